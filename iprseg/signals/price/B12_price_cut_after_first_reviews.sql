-- B12 price_cut_after_first_reviews: share of the price that is cut within 14 days of the first review.
-- level: listing
-- columns: listings.price; listing_versions.listing_id; listing_versions.version; listing_versions.valid_from; listing_versions.price; reviews.listing_id; reviews.ts
-- missing: no_reviews
WITH first_review AS (
    SELECT listing_id, min(ts) AS ts FROM reviews
    WHERE ts < $now GROUP BY listing_id
),
versions AS (
    SELECT listing_id, valid_from, version, TRY_CAST(price AS DOUBLE) AS price
    FROM listing_versions
    WHERE valid_from < $now
),
prices AS (
    SELECT listing_id, count(valid_from) AS versions,
        arg_max(price, (valid_from, version)) FILTER (valid_from <= ts) AS before,
        arg_max(price, (valid_from, version))
            FILTER (valid_from <= ts + INTERVAL 14 DAYS) AS after,
        count(*) FILTER (valid_from <= ts) AS versions_before,
        bool_and(price > 0 AND isfinite(price))
            FILTER (valid_from <= ts + INTERVAL 14 DAYS) AS sound
    FROM first_review LEFT JOIN versions USING (listing_id)
    GROUP BY listing_id
)
SELECT listing_id AS id,
    CASE
        WHEN ts > $now::TIMESTAMPTZ - INTERVAL 14 DAYS THEN NULL
        -- a listing without versions was never edited: its price was not cut
        WHEN versions = 0 AND TRY_CAST(price AS DOUBLE) > 0
            AND isfinite(TRY_CAST(price AS DOUBLE)) THEN 0
        WHEN versions_before > 0 AND sound THEN 1 - after / before
    END AS value,
    CASE
        WHEN ts > $now::TIMESTAMPTZ - INTERVAL 14 DAYS THEN 'window_not_over'
        WHEN versions > 0 AND versions_before = 0 THEN 'no_version_before: price'
        ELSE 'value_not_positive: price'
    END AS reason
FROM prices JOIN first_review USING (listing_id) JOIN listings USING (listing_id)
