-- G10 time_since_last_violation: days since the last removal or more, not overturned.
-- level: seller
-- columns: listings.seller_id; actions.action_id; actions.entity_type; actions.entity_id; actions.action_code; actions.ts; appeals.action_id; appeals.outcome; appeals.ts_decided
-- optional: appeals
-- missing: no_violation
WITH overturned AS (
    -- an appeal that names no action undoes none
    SELECT DISTINCT action_id FROM appeals
    WHERE action_id IS NOT NULL AND outcome = 'overturned' AND ts_decided < $now
),
-- the step of the ladder: a removal (ACT4) or more answers a clear violation
acted AS (
    SELECT coalesce(seller_id, CASE entity_type WHEN 'seller' THEN entity_id END)
            AS seller_id,
        actions.ts,
        CASE WHEN regexp_full_match(upper(trim(action_code)), 'ACT\d{1,2}')
            THEN substr(trim(action_code), 4)::INTEGER END AS step
    FROM actions LEFT JOIN listings
        ON entity_type = 'listing' AND entity_id = listing_id
        ANTI JOIN overturned USING (action_id)
    WHERE actions.ts < $now
)
SELECT seller_id AS id,
    date_diff('second', max(ts) FILTER (step >= 4), $now::TIMESTAMPTZ) / 86400 AS value,
    CASE WHEN bool_or(step IS NULL) THEN 'unknown_action_code' ELSE '' END AS reason
FROM acted WHERE seller_id IS NOT NULL GROUP BY seller_id
