-- E13 sku_churn: listings made or removed per week, over those active, in 7 to 180 days.
-- level: seller
-- columns: listings.seller_id; listings.created_at; listings.removed_at
-- missing: no_listings
WITH windows(days) AS (VALUES (7), (30), (90), (180)),
counted AS (
    SELECT seller_id, days,
        count(*) FILTER (created_at >= start) AS made,
        count(*) FILTER (removed_at >= start AND removed_at < $now::TIMESTAMPTZ) AS removed,
        -- on sale at some time of the window
        count(*) FILTER (removed_at IS NULL OR removed_at >= start) AS active
    FROM listings, (SELECT days, $now::TIMESTAMPTZ - to_days(days) AS start FROM windows)
    WHERE seller_id IS NOT NULL AND created_at < $now::TIMESTAMPTZ
    GROUP BY ALL
),
rates AS (
    SELECT seller_id, days, (made + removed) / nullif(active, 0) * 7 / days AS churn
    FROM counted
)
SELECT seller_id AS id,
    any_value(churn) FILTER (days = 7) AS value_7,
    any_value(churn) FILTER (days = 30) AS value_30,
    any_value(churn) FILTER (days = 90) AS value_90,
    any_value(churn) FILTER (days = 180) AS value_180,
    'no_active_listings' AS reason
FROM rates GROUP BY seller_id
