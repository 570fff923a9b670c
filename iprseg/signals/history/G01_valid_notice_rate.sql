-- G01 valid_notice_rate: shrunk listings with a valid notice in 180 days, per thousand.
-- level: seller
-- columns: listings.seller_id; notices.notice_id; notices.valid; notices.ts_decided; notice_items.notice_id; notice_items.listing_id
-- missing: no_listings
WITH places AS (
    -- market and category may be absent: then all listings are one place
    SELECT listing_id, seller_id, market, category_path
    FROM (
        SELECT NULL::VARCHAR AS market, NULL::VARCHAR AS category_path WHERE false
        UNION ALL BY NAME FROM listings
    )
    WHERE seller_id IS NOT NULL
),
-- a notice counts once it was found valid, an item of it unless it was rejected
items AS (
    SELECT NULL::VARCHAR AS outcome WHERE false UNION ALL BY NAME FROM notice_items
),
named AS (
    SELECT DISTINCT listing_id
    FROM items JOIN notices USING (notice_id)
    WHERE valid AND ts_decided < $now
        AND ts_decided >= $now::TIMESTAMPTZ - INTERVAL 180 DAYS
        AND outcome IS DISTINCT FROM 'rejected'
),
judged AS (
    SELECT places.*, named.listing_id IS NOT NULL AS hit
    FROM places LEFT JOIN named USING (listing_id)
),
based AS (
    SELECT *,
        CASE WHEN count(*) OVER place >= 50 THEN avg(hit::INTEGER) OVER place
            ELSE avg(hit::INTEGER) OVER () END AS p0
    FROM judged WINDOW place AS (PARTITION BY market, category_path)
)
SELECT seller_id AS id,
    1000 * (count_if(hit) + 10 * avg(p0)) / (count(*) + 10) AS value_180
FROM based GROUP BY seller_id
