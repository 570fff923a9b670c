-- D05 category_risk_index: shrunk rate of listings with a valid notice, in the category.
-- level: listing
-- columns: listings.seller_id; listings.market; listings.category_path; notices.ts_received; notices.valid; notice_items.listing_id
-- missing: value_missing: category_path
WITH noticed AS (
    SELECT DISTINCT listing_id FROM notice_items JOIN notices USING (notice_id)
    WHERE valid AND ts_received < $now::TIMESTAMPTZ
),
-- where nobody knows the seller, only the listing itself is left out
own AS (
    SELECT listing_id, coalesce(seller_id, 'listing ' || listing_id) AS shop,
        category_path AS place, coalesce(market, '') AS market,
        (noticed.listing_id IS NOT NULL)::INT AS hit
    FROM listings LEFT JOIN noticed USING (listing_id)
),
counted AS (
    SELECT shop, place, market, count(*) AS n, sum(hit) AS k FROM own GROUP BY ALL
),
-- all without the own shop: in the category, in the market, anywhere
others AS (
    SELECT shop, place, market,
        sum(n) OVER here - n AS n, sum(k) OVER here - k AS k,
        sum(n) OVER land - sum(n) OVER land_shop AS land_n,
        sum(k) OVER land - sum(k) OVER land_shop AS land_k,
        sum(n) OVER () - sum(n) OVER every_shop AS all_n,
        sum(k) OVER () - sum(k) OVER every_shop AS all_k
    FROM counted WINDOW here AS (PARTITION BY market, place),
        land AS (PARTITION BY market), land_shop AS (PARTITION BY market, shop),
        every_shop AS (PARTITION BY shop)
),
rates AS (
    SELECT *, CASE WHEN land_n >= 50 THEN land_k / land_n ELSE all_k / all_n END AS p0
    FROM others
)
SELECT listing_id AS id, CASE WHEN n >= 8 THEN (k + 10 * p0) / (n + 10) END AS value,
    'thin_group' AS reason
FROM own JOIN rates USING (shop, place, market)
