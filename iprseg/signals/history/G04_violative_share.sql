-- G04 violative_share: shrunk share of listings removed in 180 days, not overturned.
-- level: seller
-- columns: listings.seller_id; actions.action_id; actions.entity_type; actions.entity_id; actions.action_code; actions.ts; appeals.action_id; appeals.outcome; appeals.ts_decided
-- optional: appeals
-- missing: no_listings
WITH places AS (
    -- market and category may be absent: then all listings are one place
    SELECT listing_id, seller_id, market, category_path
    FROM (
        SELECT NULL::VARCHAR AS market, NULL::VARCHAR AS category_path WHERE false
        UNION ALL BY NAME FROM listings
    )
    WHERE seller_id IS NOT NULL
),
overturned AS (
    -- an appeal that names no action undoes none
    SELECT DISTINCT action_id FROM appeals
    WHERE action_id IS NOT NULL AND outcome = 'overturned' AND ts_decided < $now
),
acted AS (
    SELECT entity_id AS listing_id,
        CASE WHEN regexp_full_match(upper(trim(action_code)), 'ACT\d{1,2}')
            THEN substr(trim(action_code), 4)::INTEGER END AS step
    FROM actions ANTI JOIN overturned USING (action_id)
    WHERE entity_type = 'listing' AND ts < $now
        AND ts >= $now::TIMESTAMPTZ - INTERVAL 180 DAYS
),
-- ACT4 is the removal; below it a listing was held or demoted. NULL where a code is not
-- of the ladder, unless another one removed the listing
removed AS (
    SELECT listing_id, bool_or(coalesce(step >= 4, FALSE)) AS gone,
        bool_or(step IS NULL) AS unread
    FROM acted GROUP BY listing_id
),
judged AS (
    SELECT places.*,
        CASE WHEN gone THEN TRUE WHEN NOT coalesce(unread, FALSE) THEN FALSE END AS hit
    FROM places LEFT JOIN removed USING (listing_id)
),
based AS (
    SELECT *,
        CASE WHEN count(hit) OVER place >= 50 THEN avg(hit::INTEGER) OVER place
            ELSE avg(hit::INTEGER) OVER () END AS p0
    FROM judged WINDOW place AS (PARTITION BY market, category_path)
)
SELECT seller_id AS id,
    CASE WHEN bool_and(hit IS NOT NULL)
        THEN (count_if(hit) + 10 * avg(p0)) / (count(*) + 10) END AS value_180,
    'unknown_action_code' AS reason
FROM based GROUP BY seller_id
