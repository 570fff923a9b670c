-- I04 live_only_sales: units sold on live days of listings nobody sees otherwise, of all units, in 90 days.
-- level: seller
-- columns: listings.seller_id; listings.created_at; orders_daily.listing_id; orders_daily.date; orders_daily.units; promotions.listing_id; promotions.ts; promotions.type
-- missing: no_sales
WITH sessions AS (
    SELECT listing_id, ts, least(greatest(coalesce(duration_s, 0), 0), 86400) AS seconds
    FROM (
        -- without a length a session ends on the day it began
        SELECT NULL::DOUBLE AS duration_s WHERE false UNION ALL BY NAME FROM promotions
    )
    WHERE type = 'live' AND listing_id IS NOT NULL AND ts < $now
),
-- orders are counted by day, so a session makes its whole day (or two) a live day
live_days AS (
    SELECT listing_id, ts::DATE AS day FROM sessions
    UNION SELECT listing_id, (ts + seconds * INTERVAL 1 SECOND)::DATE FROM sessions
),
days AS (
    SELECT orders.listing_id, orders.date::DATE AS day,
        greatest(coalesce(orders.units, 0), 0) AS units,
        coalesce(orders.units, 0) > 0 OR coalesce(orders.views, 0) > 0 AS seen,
        live_days.day IS NOT NULL AS live
    FROM (
        SELECT NULL::BIGINT AS views WHERE false UNION ALL BY NAME FROM orders_daily
    ) AS orders
    LEFT JOIN live_days
        ON live_days.listing_id = orders.listing_id
        AND live_days.day = orders.date::DATE
    WHERE orders.date < $now AND orders.date >= $now::TIMESTAMPTZ - INTERVAL 90 DAYS
),
sold AS (
    SELECT seller_id, sum(units) AS units,
        -- a listing of the last week has had few other days to be seen on
        bool_and(live OR NOT seen)
            AND any_value(created_at) < $now::TIMESTAMPTZ - INTERVAL 7 DAYS
            AS live_only
    FROM days JOIN listings USING (listing_id)
    WHERE seller_id IS NOT NULL
    GROUP BY seller_id, listing_id
)
SELECT seller_id AS id,
    coalesce(sum(units) FILTER (live_only), 0) / sum(units) AS value
FROM sold GROUP BY seller_id
HAVING sum(units) > 0
