-- C12 exif_device_shared: most other sellers whose images bear one of the seller's camera or software tokens.
-- level: seller
-- columns: listings.seller_id; images.listing_id; images.exif_pid
-- missing: no_exif
WITH taken AS (
    SELECT DISTINCT listings.seller_id, trim(exif_pid) AS device
    FROM images JOIN listings USING (listing_id)
    WHERE listings.seller_id IS NOT NULL AND trim(exif_pid) <> ''
),
-- a common camera is shared by many: counted by token, not by pairs of sellers
shared AS (
    SELECT seller_id, count(*) OVER (PARTITION BY device) - 1 AS others
    FROM taken
)
SELECT seller_id AS id, max(others) AS value
FROM shared GROUP BY seller_id
