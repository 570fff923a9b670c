-- F02 return_fake_rate: shrunk share of the units sold that came back as counterfeit.
-- level: listing
-- columns: orders_daily.listing_id; orders_daily.date; orders_daily.units; returns.listing_id; returns.ts; returns.is_counterfeit_reason
-- missing: no_orders
WITH spans AS (FROM (VALUES (7), (30), (90)) AS t (days)),
-- market and category may be absent: then all listings are one place
places AS (
    SELECT listing_id, market, category_path
    FROM (
        SELECT NULL::VARCHAR AS market, NULL::VARCHAR AS category_path WHERE false
        UNION ALL BY NAME FROM listings
    )
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
    SELECT days, listing_id, market, category_path, n, least(coalesce(k, 0), n) AS k
    FROM sold JOIN places USING (listing_id) LEFT JOIN fake USING (days, listing_id)
),
based AS (
    SELECT *,
        CASE WHEN sum(n) OVER place >= 50 THEN sum(k) OVER place / sum(n) OVER place
            ELSE sum(k) OVER everywhere / sum(n) OVER everywhere END AS p0
    FROM counted
    WINDOW place AS (PARTITION BY days, market, category_path),
        everywhere AS (PARTITION BY days)
)
SELECT listing_id AS id,
    max((k + 10 * p0) / (n + 10)) FILTER (days = 7) AS value_7,
    max((k + 10 * p0) / (n + 10)) FILTER (days = 30) AS value_30,
    max((k + 10 * p0) / (n + 10)) FILTER (days = 90) AS value_90
FROM based GROUP BY listing_id
