-- I09 flash_traffic: views of what a creator sells live, on the day, over the days before.
-- level: creator
-- columns: promotions.creator_id; promotions.listing_id; promotions.ts; promotions.type; orders_daily.listing_id; orders_daily.date; orders_daily.views; listings.created_at
-- missing: no_live_session
WITH sessions AS (
    SELECT DISTINCT creator_id, promotions.listing_id, ts::DATE AS day,
        date_diff('day', created_at::DATE, ts::DATE) AS age
    FROM promotions JOIN listings USING (listing_id)
    -- the day must be over: its views are counted then
    WHERE type = 'live' AND creator_id IS NOT NULL
        AND ts < $now AND ts::DATE < $now::TIMESTAMPTZ::DATE
),
views AS (
    SELECT listing_id, date::DATE AS day, sum(views) AS views
    FROM orders_daily WHERE views >= 0 AND date < $now
    GROUP BY ALL
),
-- a listing of which views are counted at all; its days without a row had none
counted AS (
    SELECT *, row_number() OVER () AS session FROM sessions
    WHERE listing_id IN (SELECT listing_id FROM views) AND age >= 7
),
before AS (
    SELECT session, median(coalesce(views.views, 0)) AS usual
    FROM counted CROSS JOIN generate_series(1, 28) AS back(days)
    LEFT JOIN views ON views.listing_id = counted.listing_id
        AND views.day = counted.day - back.days::INTEGER
    -- not the days before the listing was made
    WHERE back.days <= age
    GROUP BY session
),
spikes AS (
    SELECT creator_id, median(coalesce(views.views, 0) / (usual + 1)) AS spike
    FROM counted JOIN before USING (session)
    LEFT JOIN views ON views.listing_id = counted.listing_id
        AND views.day = counted.day
    GROUP BY creator_id
)
SELECT creator_id AS id, any_value(spike) AS value,
    'thin_group' AS reason
FROM sessions LEFT JOIN spikes USING (creator_id)
GROUP BY creator_id
