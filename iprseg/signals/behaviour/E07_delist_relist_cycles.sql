-- E07 delist_relist_cycles: listings made like an own one removed in the 30 days before.
-- The second column asks for the image alone: who relists often words the title anew.
-- level: seller
-- columns: listings.seller_id; listings.created_at; listings.removed_at; images.listing_id; images.pdq_hex
-- missing: no_listings
WITH own AS (
    SELECT listing_id, seller_id, created_at, removed_at,
        -- letters and digits alone; a title of 100 kB is compared by its beginning
        left(regexp_replace(lower(left(title, 400)), '[^\p{L}\p{N}]+', '', 'g'), 200) AS words
    FROM listings
    WHERE seller_id IS NOT NULL AND created_at < $now::TIMESTAMPTZ
),
-- a PDQ hash is 256 bits: four numbers of 64
hashes AS (
    SELECT listing_id,
        ('0x' || pdq_hex[1:16])::UBIGINT AS a, ('0x' || pdq_hex[17:32])::UBIGINT AS b,
        ('0x' || pdq_hex[33:48])::UBIGINT AS c, ('0x' || pdq_hex[49:64])::UBIGINT AS d
    FROM images
    WHERE listing_id IS NOT NULL AND regexp_full_match(pdq_hex, '[0-9a-fA-F]{64}')
),
pictured AS (SELECT own.*, a, b, c, d FROM own LEFT JOIN hashes USING (listing_id)),
-- the same image, by PDQ: at most 31 of 256 bits differ; NULL where one has no image.
-- Images go first (and are kept): comparing titles takes a hundred times as long
same_image AS MATERIALIZED (
    SELECT fresh.seller_id, fresh.listing_id, fresh.words, gone.words AS old_words,
        bit_count(xor(fresh.a, gone.a))::INT + bit_count(xor(fresh.b, gone.b))::INT
        + bit_count(xor(fresh.c, gone.c))::INT + bit_count(xor(fresh.d, gone.d))::INT AS bits
    FROM pictured AS fresh JOIN pictured AS gone
        ON fresh.seller_id = gone.seller_id AND fresh.listing_id <> gone.listing_id
        AND fresh.created_at > gone.removed_at
        AND fresh.created_at <= gone.removed_at + INTERVAL 30 DAYS
    WHERE gone.removed_at < $now::TIMESTAMPTZ AND coalesce(bits <= 31, TRUE)
),
-- the same title, but for one letter in ten; DuckDB counts edits and here lengths in bytes
titled AS (
    SELECT seller_id, listing_id, bits,
        words <> '' AND old_words <> '' AND CASE
            WHEN abs(strlen(words) - strlen(old_words)) <= edits
            THEN levenshtein(words, old_words) <= edits ELSE FALSE END AS same_title
    FROM (SELECT *, 0.1 * greatest(strlen(words), strlen(old_words)) AS edits FROM same_image)
),
judged AS (
    SELECT seller_id, listing_id, bool_or(bits <= 31) AS by_image,
        bool_or(bits <= 31) FILTER (same_title) AS by_both,
        coalesce(bool_or(same_title), FALSE) AS by_title
    FROM titled GROUP BY ALL
),
-- where nothing was found and an image was wanting, nobody knows
cycles AS (
    SELECT seller_id, count(*) FILTER (by_image) AS images,
        count(*) FILTER (by_both) AS relisted,
        count(*) FILTER (by_title AND by_both IS NULL) AS unsure,
        count(*) FILTER (by_image IS NULL) AS unsure_images
    FROM judged GROUP BY seller_id
)
SELECT seller_id AS id,
    CASE WHEN relisted > 0 OR coalesce(unsure, 0) = 0 THEN coalesce(relisted, 0) END AS value,
    CASE WHEN images > 0 OR coalesce(unsure_images, 0) = 0 THEN coalesce(images, 0) END
        AS value_image,
    'no_image_hash' AS reason
FROM (SELECT DISTINCT seller_id FROM own) LEFT JOIN cycles USING (seller_id)
