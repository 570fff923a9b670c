-- F09 velocity_vs_age: units sold in the last 30 days, over the account's days plus one.
-- level: seller
-- columns: listings.seller_id; sellers.created_at; orders_daily.listing_id; orders_daily.date; orders_daily.units
-- missing: no_orders
WITH sold AS (
    -- a seller seen with orders or views, but none in these days, has sold 0
    SELECT seller_id,
        coalesce(sum(units) FILTER (
            units > 0 AND date >= $now::TIMESTAMPTZ - INTERVAL 30 DAYS
        ), 0) AS units
    FROM orders_daily JOIN listings USING (listing_id)
    WHERE date < $now AND units IS NOT NULL AND seller_id IS NOT NULL
    GROUP BY seller_id
)
SELECT seller_id AS id,
    units / (
        CASE WHEN created_at < $now
            THEN date_diff('second', created_at, $now::TIMESTAMPTZ) / 86400 END + 1
    ) AS value,
    CASE WHEN created_at < $now THEN '' ELSE 'value_missing: created_at' END AS reason
FROM sold LEFT JOIN sellers USING (seller_id)
