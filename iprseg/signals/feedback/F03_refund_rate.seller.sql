-- F03 refund_rate: shrunk share of the units a seller sold that were refunded.
-- level: seller
-- columns: listings.seller_id; orders_daily.listing_id; orders_daily.date; orders_daily.units; returns.listing_id; returns.ts; returns.refunded_usd
-- missing: no_orders
WITH places AS (
    -- market and category may be absent: then all listings are one place
    SELECT listing_id, seller_id, market, category_path
    FROM (
        SELECT NULL::VARCHAR AS market, NULL::VARCHAR AS category_path WHERE false
        UNION ALL BY NAME FROM listings
    )
    WHERE seller_id IS NOT NULL
),
sold AS (
    SELECT listing_id, sum(units) AS n
    FROM orders_daily WHERE date < $now AND units > 0 GROUP BY ALL
),
-- a row of returns is one unit; it was refunded if money went back
refunded AS (
    SELECT listing_id, count(*) AS k
    FROM returns WHERE ts < $now AND refunded_usd > 0 GROUP BY ALL
),
counted AS (
    SELECT seller_id, market, category_path, n, least(coalesce(k, 0), n) AS k
    FROM sold JOIN places USING (listing_id) LEFT JOIN refunded USING (listing_id)
),
based AS (
    SELECT *,
        CASE WHEN sum(n) OVER place >= 50 THEN sum(k) OVER place / sum(n) OVER place
            ELSE sum(k) OVER () / sum(n) OVER () END AS p0
    FROM counted WINDOW place AS (PARTITION BY market, category_path)
)
-- the base rate of a seller: of where its units were sold
SELECT seller_id AS id,
    (sum(k) + 10 * sum(n * p0 ORDER BY n, p0) / sum(n)) / (sum(n) + 10) AS value
FROM based GROUP BY seller_id
