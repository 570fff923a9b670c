-- E08 listing_lifetime: median hours live before the seller removes a listing herself.
-- level: seller
-- columns: listings.seller_id; listings.first_live_at; listings.removed_at; actions.entity_type; actions.entity_id; actions.ts
-- missing: no_listings
WITH gone AS (
    SELECT listing_id, seller_id, first_live_at, removed_at,
        removed_at < $now::TIMESTAMPTZ AND removed_at >= first_live_at AS ended
    FROM listings WHERE seller_id IS NOT NULL
),
-- an action within a day of the removal: then the platform removed it
removed_by_platform AS (
    SELECT DISTINCT listing_id
    FROM gone JOIN actions ON actions.entity_id = gone.listing_id
    WHERE entity_type = 'listing' AND ts < $now::TIMESTAMPTZ
        AND abs(epoch(ts) - epoch(removed_at)) <= 86400
),
lives AS (
    SELECT seller_id, epoch(removed_at - first_live_at) / 3600 AS hours
    FROM gone ANTI JOIN removed_by_platform USING (listing_id) WHERE ended
)
SELECT seller_id AS id,
    CASE WHEN count(hours) >= 5 THEN median(hours) END AS value,
    CASE WHEN count(hours) = 0 THEN 'no_own_removals' ELSE 'thin_group' END AS reason
FROM (SELECT DISTINCT seller_id FROM gone) LEFT JOIN lives USING (seller_id)
GROUP BY seller_id
