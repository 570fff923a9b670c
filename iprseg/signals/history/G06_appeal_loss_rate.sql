-- G06 appeal_loss_rate: shrunk share of the seller's decided appeals that were lost.
-- level: seller
-- columns: listings.seller_id; actions.action_id; actions.entity_type; actions.entity_id; appeals.action_id; appeals.outcome; appeals.ts_decided
-- missing: no_decided_appeals
WITH places AS (
    -- market and category may be absent: then all listings are one place
    SELECT listing_id, seller_id, market, category_path
    FROM (
        SELECT NULL::VARCHAR AS market, NULL::VARCHAR AS category_path WHERE false
        UNION ALL BY NAME FROM listings
    )
    WHERE seller_id IS NOT NULL
),
-- a seller's place is where most of its listings are
homes AS (
    SELECT seller_id, market, category_path
    FROM places GROUP BY seller_id, market, category_path
    QUALIFY row_number() OVER (
        PARTITION BY seller_id ORDER BY count(*) DESC, market, category_path
    ) = 1
),
-- only what was decided by then; a withdrawn appeal was not
decided AS (
    SELECT coalesce(seller_id, CASE entity_type WHEN 'seller' THEN entity_id END)
            AS seller_id,
        outcome = 'upheld' AS hit
    FROM appeals JOIN actions USING (action_id) LEFT JOIN places
        ON entity_type = 'listing' AND entity_id = listing_id
    WHERE ts_decided < $now AND outcome IN ('upheld', 'overturned', 'partial')
),
based AS (
    SELECT decided.*,
        CASE WHEN count(*) OVER place >= 50 THEN avg(hit::INTEGER) OVER place
            ELSE avg(hit::INTEGER) OVER () END AS p0
    FROM decided LEFT JOIN homes USING (seller_id)
    WINDOW place AS (PARTITION BY market, category_path)
)
SELECT seller_id AS id,
    (count_if(hit) + 10 * avg(p0)) / (count(*) + 10) AS value
FROM based WHERE seller_id IS NOT NULL GROUP BY seller_id
