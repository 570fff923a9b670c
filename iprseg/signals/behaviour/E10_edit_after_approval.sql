-- E10 edit_after_approval: edits of title, image and price in the first 48 hours live.
-- level: listing
-- columns: listings.first_live_at; listing_versions.version; listing_versions.valid_from; listing_versions.title; listing_versions.price; listing_versions.image_ids
-- missing: value_missing: first_live_at
WITH versions AS (
    SELECT listing_id, valid_from, title, price, image_ids,
        row_number() OVER edits AS place, lag(title) OVER edits AS old_title,
        lag(price) OVER edits AS old_price, lag(image_ids) OVER edits AS old_images
    FROM listing_versions WHERE valid_from < $now::TIMESTAMPTZ
    WINDOW edits AS (PARTITION BY listing_id ORDER BY valid_from, version)
),
-- share of the title that differs from the version before; DuckDB counts edits in bytes
edits AS (
    SELECT listing_id, valid_from,
        (title IS DISTINCT FROM old_title)::INT + (price IS DISTINCT FROM old_price)::INT
            + (image_ids IS DISTINCT FROM old_images)::INT AS fields,
        levenshtein(left(coalesce(title, ''), 200), left(coalesce(old_title, ''), 200))
            / greatest(strlen(left(title, 200)), strlen(left(old_title, 200)), 1) AS retitled
    FROM versions WHERE place > 1
)
-- a listing without versions was never edited
SELECT listings.listing_id AS id, coalesce(sum(fields), 0) AS value,
    coalesce(max(retitled), 0) AS value_title_change
FROM listings LEFT JOIN edits
    ON edits.listing_id = listings.listing_id AND valid_from > first_live_at
    AND valid_from <= first_live_at + INTERVAL 48 HOURS
WHERE first_live_at < $now::TIMESTAMPTZ
GROUP BY listings.listing_id
