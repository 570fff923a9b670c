-- E07 delist_relist_cycles: listings made like an own one removed in the 30 days before.
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
-- same title, but for one letter in ten; DuckDB counts edits in bytes, so lengths are bytes
same_title AS (
    SELECT fresh.seller_id, fresh.listing_id AS fresh_id, gone.listing_id AS gone_id
    FROM own AS fresh JOIN own AS gone
        ON fresh.seller_id = gone.seller_id AND fresh.listing_id <> gone.listing_id
        AND fresh.created_at > gone.removed_at
        AND fresh.created_at <= gone.removed_at + INTERVAL 30 DAYS
    WHERE gone.removed_at < $now::TIMESTAMPTZ AND fresh.words <> '' AND gone.words <> ''
        AND abs(strlen(fresh.words) - strlen(gone.words))
            <= 0.1 * greatest(strlen(fresh.words), strlen(gone.words))
        AND levenshtein(fresh.words, gone.words)
            <= 0.1 * greatest(strlen(fresh.words), strlen(gone.words))
),
-- and the same image, by PDQ: at most 31 of 256 bits differ; NULL without two images
judged AS (
    SELECT seller_id, fresh_id, bool_or(
        bit_count(xor(x.a, y.a))::INT + bit_count(xor(x.b, y.b))::INT
        + bit_count(xor(x.c, y.c))::INT + bit_count(xor(x.d, y.d))::INT <= 31
    ) AS same
    FROM same_title
        LEFT JOIN hashes AS x ON x.listing_id = fresh_id
        LEFT JOIN hashes AS y ON y.listing_id = gone_id
    GROUP BY ALL
),
cycles AS (
    SELECT seller_id, count(*) FILTER (same) AS relisted, count(*) FILTER (same IS NULL) AS unsure
    FROM judged GROUP BY seller_id
)
SELECT seller_id AS id,
    CASE WHEN relisted > 0 OR coalesce(unsure, 0) = 0 THEN coalesce(relisted, 0) END AS value,
    'no_image_hash' AS reason
FROM (SELECT DISTINCT seller_id FROM own) LEFT JOIN cycles USING (seller_id)
