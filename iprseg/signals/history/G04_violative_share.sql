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
    SELECT action_id FROM appeals WHERE outcome = 'overturned' AND ts_decided < $now
),
removed AS (
    SELECT DISTINCT entity_id AS listing_id
    FROM actions
    WHERE entity_type = 'listing' AND ts < $now
        AND ts >= $now::TIMESTAMPTZ - INTERVAL 180 DAYS
        -- ACT4 is the removal; below it a listing was held or demoted
        AND regexp_full_match(action_code, 'ACT([4-9]|1\d)')
        AND action_id NOT IN (SELECT action_id FROM overturned)
),
judged AS (
    SELECT places.*, removed.listing_id IS NOT NULL AS hit
    FROM places LEFT JOIN removed USING (listing_id)
),
based AS (
    SELECT *,
        CASE WHEN count(*) OVER place >= 50 THEN avg(hit::INTEGER) OVER place
            ELSE avg(hit::INTEGER) OVER () END AS p0
    FROM judged WINDOW place AS (PARTITION BY market, category_path)
)
SELECT seller_id AS id,
    (count_if(hit) + 10 * avg(p0)) / (count(*) + 10) AS value_180
FROM based GROUP BY seller_id
