-- G05 points_trajectory: penalty points a day over 90 days, and whether they gather.
-- level: seller
-- columns: seller_events.seller_id; seller_events.ts; seller_events.points
-- missing: no_events
WITH given AS (
    SELECT seller_id, points,
        -- days since the window began: 0 to 89
        89 - date_diff('second', ts, $now::TIMESTAMPTZ) // 86400 AS day
    FROM seller_events WHERE ts < $now
)
-- a seller with events, but no points in these days, has 0
SELECT seller_id AS id,
    coalesce(sum(points) FILTER (day >= 0), 0) / 90 AS value_pace,
    -- least squares of each day's points on the day: the mean day is 44.5, and its
    -- squares sum to 90 (90 x 90 - 1) / 12 = 60742.5
    coalesce(sum(points * (day - 44.5)) FILTER (day >= 0), 0) / 60742.5 AS value_turn
FROM given WHERE seller_id IS NOT NULL GROUP BY seller_id
