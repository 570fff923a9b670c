-- E01 listing_burst: most listings made within 24 hours, over the median day plus one.
-- level: seller
-- columns: listings.seller_id; listings.created_at
-- missing: no_listings
WITH made AS (
    SELECT seller_id, created_at,
        count(*) OVER (
            PARTITION BY seller_id ORDER BY created_at
            RANGE BETWEEN INTERVAL 24 HOURS PRECEDING AND CURRENT ROW
        ) AS within_day
    FROM listings
    WHERE seller_id IS NOT NULL AND created_at IS NOT NULL
),
-- the median over all days since the first listing: days without one count as 0
days AS (
    SELECT seller_id, created_at::DATE AS day, count(*) AS n
    FROM made GROUP BY ALL
),
span AS (
    SELECT seller_id,
        date_diff('day', min(day), $now::TIMESTAMPTZ::DATE) + 1 AS all_days,
        count(*) AS busy_days, median(n) AS median_busy
    FROM days GROUP BY seller_id
)
SELECT made.seller_id AS id,
    max(within_day) / (
        -- more idle days than busy ones: the median day has none
        any_value(CASE WHEN busy_days * 2 > all_days THEN median_busy ELSE 0 END) + 1
    ) AS value
FROM made JOIN span USING (seller_id)
GROUP BY made.seller_id
