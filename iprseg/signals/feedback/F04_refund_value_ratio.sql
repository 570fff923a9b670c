-- F04 refund_value_ratio: shrunk share of the value sold that was refunded.
-- level: seller
-- columns: listings.seller_id; orders_daily.listing_id; orders_daily.date; orders_daily.units; orders_daily.gmv_usd; returns.listing_id; returns.ts; returns.refunded_usd
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
    SELECT listing_id, sum(units) AS n, sum(gmv_usd) AS gmv
    FROM orders_daily WHERE date < $now AND units > 0 AND gmv_usd > 0 GROUP BY ALL
),
refunded AS (
    SELECT listing_id, sum(refunded_usd) AS back
    FROM returns WHERE ts < $now AND refunded_usd > 0 GROUP BY ALL
),
-- no more can go back than was paid: the rest is a wrong entry or an older sale
counted AS (
    SELECT seller_id, market, category_path, n, gmv,
        least(coalesce(back, 0), gmv) AS back
    FROM sold JOIN places USING (listing_id) LEFT JOIN refunded USING (listing_id)
),
based AS (
    SELECT *,
        CASE WHEN sum(n) OVER place >= 50
            THEN sum(back) OVER place / sum(gmv) OVER place
            ELSE sum(back) OVER () / sum(gmv) OVER () END AS p0
    FROM counted WINDOW place AS (PARTITION BY market, category_path)
)
-- ten units more, of the seller's own mean value, refunded at the base rate
SELECT seller_id AS id,
    (sum(back) + 10 * sum(gmv) / sum(n) * sum(gmv * p0) / sum(gmv))
    / (sum(gmv) + 10 * sum(gmv) / sum(n)) AS value
FROM based GROUP BY seller_id
