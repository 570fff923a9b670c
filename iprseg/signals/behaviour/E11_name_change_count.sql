-- E11 name_change_count: changes of a seller's name or legal representative in 90 days.
-- level: seller
-- columns: seller_events.seller_id; seller_events.ts; seller_events.event
-- missing: no_events
WITH events AS (
    SELECT seller_id, ts >= $now::TIMESTAMPTZ - INTERVAL 90 DAYS AS recent,
        -- name_change, store_name_change, legal_rep_change, change of representative
        string_split_regex(lower(event), '[^a-z]+') AS words
    FROM seller_events
    WHERE seller_id IS NOT NULL AND ts < $now::TIMESTAMPTZ
)
SELECT seller_id AS id,
    count(*) FILTER (
        recent AND list_has_any(words, ['change', 'changed'])
        AND list_has_any(words, ['name', 'rep', 'representative'])
    ) AS value
FROM events GROUP BY seller_id
