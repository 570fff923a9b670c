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
-- the median over all days since the first listing: days without one count as 0, and
-- stand before the busy ones in the order
days AS (
    SELECT seller_id, created_at::DATE AS day, count(*) AS n
    FROM made GROUP BY ALL
),
span AS (
    SELECT seller_id,
        -- a day that has not begun is none
        date_diff('day', min(day), ($now::TIMESTAMPTZ - INTERVAL 1 MICROSECOND)::DATE)
            + 1 AS all_days,
        count(*) AS busy_days
    FROM days GROUP BY seller_id
),
ordered AS (
    SELECT seller_id, n, all_days,
        all_days - busy_days
            + row_number() OVER (PARTITION BY seller_id ORDER BY n) AS place
    FROM days JOIN span USING (seller_id)
),
middle AS (
    SELECT seller_id,
        (
            coalesce(sum(n) FILTER (place = (all_days + 1) // 2), 0)
            + coalesce(sum(n) FILTER (place = all_days // 2 + 1), 0)
        ) / 2 AS median_day
    FROM ordered GROUP BY seller_id
)
SELECT made.seller_id AS id, max(within_day) / (any_value(median_day) + 1) AS value
FROM made JOIN middle USING (seller_id)
GROUP BY made.seller_id
