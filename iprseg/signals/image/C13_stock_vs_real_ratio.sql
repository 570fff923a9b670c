-- C13 stock_vs_real_ratio: share of the seller's listings with a photograph that is no stock photo.
-- level: seller
-- columns: listings.seller_id; images.listing_id; images.photo_kind
-- missing: no_photo_kinds
WITH kinds AS (
    SELECT listing_id, bool_or(lower(trim(photo_kind)) <> 'stock') AS own
    FROM images WHERE trim(photo_kind) <> '' GROUP BY listing_id
)
SELECT seller_id AS id, avg(own::INTEGER) AS value
FROM kinds JOIN listings USING (listing_id)
WHERE seller_id IS NOT NULL GROUP BY seller_id
