-- B06 price_decoy_variant: how far variants' prices lie apart, if the cheapest is not what the title names.
-- level: listing
-- columns: listings.variants_json; listings.title
-- missing: value_missing: variants_json
WITH parsed AS (
    -- what is no JSON is NULL here, never an error
    SELECT listing_id, variants_json::VARCHAR AS written,
        TRY_CAST(variants_json::VARCHAR AS JSON) AS variants,
        ' ' || regexp_replace(lower(title::VARCHAR), '[^\p{L}\p{N}]+', ' ', 'g') || ' '
            AS title
    FROM listings
    WHERE trim(variants_json::VARCHAR) <> ''
),
offers AS (
    SELECT listing_id, title, unnest(json_extract(variants, '$[*]')) AS variant
    FROM parsed WHERE json_type(variants) = 'ARRAY'
),
priced AS (
    SELECT listing_id, title,
        TRY_CAST(variant ->> '$.price' AS DOUBLE) AS price,
        trim(regexp_replace(
            lower(coalesce(variant ->> '$.name', variant ->> '$.title')),
            '[^\p{L}\p{N}]+', ' ', 'g'
        )) AS name
    FROM offers
),
-- prices of 0, below it or without end are no prices
spread AS (
    SELECT listing_id, count(*) AS n, 1 - min(price) / max(price) AS apart,
        min(price) AS cheapest
    FROM priced WHERE price > 0 AND isfinite(price) GROUP BY listing_id
),
-- of several variants at the cheapest price, one that the title names is enough
named AS (
    SELECT listing_id, count(nullif(name, '')) AS names,
        bool_or(name <> '' AND contains(title, ' ' || name || ' ')) AS in_title
    FROM priced JOIN spread USING (listing_id)
    WHERE price = cheapest GROUP BY listing_id
)
SELECT parsed.listing_id AS id,
    CASE
        WHEN n < 2 THEN NULL
        WHEN apart = 0 OR in_title THEN 0
        WHEN names > 0 THEN apart
    END AS value,
    CASE
        WHEN variants IS NULL THEN 'not_json: variants_json'
        WHEN json_type(variants) <> 'ARRAY' THEN 'not_a_list: variants_json'
        WHEN n IS NULL OR n < 2 THEN 'fewer_than_two_prices'
        ELSE 'variants_without_names'
    END AS reason
FROM parsed LEFT JOIN spread USING (listing_id) LEFT JOIN named USING (listing_id)
