-- F02 return_fake_rate: shrunk share of the units a seller sold that came back as counterfeit.
-- level: seller
-- columns: listings.seller_id; orders_daily.listing_id; orders_daily.date; orders_daily.units; returns.listing_id; returns.ts; returns.is_counterfeit_reason
-- missing: no_orders
WITH spans AS (FROM (VALUES (7), (30), (90)) AS t (days)),
-- market and category may be absent: then all listings are one place
places AS (
    SELECT listing_id, seller_id, market, category_path
    FROM (
        SELECT NULL::VARCHAR AS market, NULL::VARCHAR AS category_path WHERE false
        UNION ALL BY NAME FROM listings
    )
    WHERE seller_id IS NOT NULL
),
sold AS (
    SELECT days, listing_id, sum(units) AS n
    FROM orders_daily JOIN spans
        ON date < $now AND date >= $now::TIMESTAMPTZ - to_days(days)
    WHERE units > 0 GROUP BY ALL
),
-- a return without a reason was not sent back as counterfeit
fake AS (
    SELECT days, listing_id, count(*) AS k
    FROM returns JOIN spans
        ON ts < $now AND ts >= $now::TIMESTAMPTZ - to_days(days)
    WHERE is_counterfeit_reason GROUP BY ALL
),
-- returns lag behind sales, so there may be more of them than units in the window
counted AS (
    SELECT days, seller_id, market, category_path, n, least(coalesce(k, 0), n) AS k
    FROM sold JOIN places USING (listing_id) LEFT JOIN fake USING (days, listing_id)
),
based AS (
    SELECT *,
        CASE WHEN sum(n) OVER place >= 50 THEN sum(k) OVER place / sum(n) OVER place
            ELSE sum(k) OVER everywhere / sum(n) OVER everywhere END AS p0
    FROM counted
    WINDOW place AS (PARTITION BY days, market, category_path),
        everywhere AS (PARTITION BY days)
),
-- the base rate of a seller: of where its units were sold
sellers_sold AS (
    SELECT days, seller_id,
        (sum(k) + 10 * sum(n * p0 ORDER BY n, p0) / sum(n)) / (sum(n) + 10) AS rate
    FROM based GROUP BY ALL
)
SELECT seller_id AS id,
    max(rate) FILTER (days = 7) AS value_7,
    max(rate) FILTER (days = 30) AS value_30,
    max(rate) FILTER (days = 90) AS value_90
FROM sellers_sold GROUP BY seller_id
