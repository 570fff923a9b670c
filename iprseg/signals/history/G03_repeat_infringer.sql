-- G03 repeat_infringer: separate days in a year with a removal or more, not overturned.
-- level: seller
-- columns: listings.seller_id; actions.action_id; actions.entity_type; actions.entity_id; actions.action_code; actions.ts; appeals.action_id; appeals.outcome; appeals.ts_decided
-- optional: appeals
-- missing: no_listings
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
),
-- several actions of one day are one occasion
days AS (
    SELECT seller_id,
        count(DISTINCT ts::DATE) FILTER (step >= 4) AS n,
        bool_or(step IS NULL) AS unread
    FROM acted
    WHERE seller_id IS NOT NULL AND ts >= $now::TIMESTAMPTZ - INTERVAL 365 DAYS
    GROUP BY seller_id
),
sellers_seen AS (
    SELECT seller_id FROM listings WHERE seller_id IS NOT NULL
    UNION SELECT seller_id FROM days
)
SELECT seller_id AS id,
    CASE WHEN unread THEN NULL ELSE coalesce(n, 0) END AS value,
    'unknown_action_code' AS reason
FROM sellers_seen LEFT JOIN days USING (seller_id)
