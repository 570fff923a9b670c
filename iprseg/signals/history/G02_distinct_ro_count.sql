-- G02 distinct_ro_count: rights owners with a valid notice against the seller.
-- level: seller
-- columns: listings.seller_id; notices.notice_id; notices.ro_id; notices.valid; notices.ts_decided; notice_items.notice_id; notice_items.listing_id
-- missing: no_listings
WITH -- a notice counts once it was found valid, an item of it unless it was rejected
items AS (
    SELECT NULL::VARCHAR AS outcome WHERE false UNION ALL BY NAME FROM notice_items
),
named AS (
    SELECT listing_id, ro_id
    FROM items JOIN notices USING (notice_id)
    WHERE valid AND ts_decided < $now AND outcome IS DISTINCT FROM 'rejected'
)
-- a seller of whose listings no notice was found valid has 0
SELECT seller_id AS id, count(DISTINCT ro_id) AS value
FROM listings LEFT JOIN named USING (listing_id)
WHERE seller_id IS NOT NULL GROUP BY seller_id
