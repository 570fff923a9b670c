-- E12 dormant_then_burst: most listings made in the 7 days after a pause of 90 days or more.
-- level: seller
-- columns: listings.seller_id; listings.created_at
-- missing: no_listings
WITH made AS (
    SELECT seller_id, created_at,
        created_at - lag(created_at) OVER (PARTITION BY seller_id ORDER BY created_at)
            >= INTERVAL 90 DAYS AS after_pause,
        count(*) OVER (
            PARTITION BY seller_id ORDER BY created_at
            RANGE BETWEEN CURRENT ROW AND INTERVAL 7 DAYS FOLLOWING
        ) AS within_week
    FROM listings
    WHERE seller_id IS NOT NULL AND created_at < $now::TIMESTAMPTZ
)
SELECT seller_id AS id, coalesce(max(within_week) FILTER (after_pause), 0) AS value
FROM made GROUP BY seller_id
