-- D08 small_parcel_pattern: shrunk share of orders of one or two pieces, in 90 days.
-- level: seller
-- columns: listings.seller_id; listings.market; listings.category_path; orders_daily.date; orders_daily.orders; orders_daily.units
-- missing: no_orders
-- A day of a listing counts as small when its orders have two pieces or fewer on average.
WITH own AS (
    SELECT seller_id, coalesce(market, '') AS market, coalesce(category_path, '') AS category,
        sum(orders) AS n, coalesce(sum(orders) FILTER (units <= 2 * orders), 0) AS k
    FROM orders_daily JOIN listings USING (listing_id)
    WHERE seller_id IS NOT NULL AND orders > 0 AND units > 0
        AND date < $now::TIMESTAMPTZ AND date >= $now::TIMESTAMPTZ - INTERVAL 90 DAYS
    GROUP BY ALL
),
-- the base rate is of the category's other sellers, of all others where they are few
base AS (
    SELECT *, sum(n) OVER here - n AS near_n, sum(k) OVER here - k AS near_k,
        sum(n) OVER () - sum(n) OVER shop AS far_n, sum(k) OVER () - sum(k) OVER shop AS far_k
    FROM own
    WINDOW here AS (PARTITION BY market, category), shop AS (PARTITION BY seller_id)
),
expected AS (
    SELECT *, CASE WHEN near_n >= 50 THEN near_k / near_n
        WHEN far_n > 0 THEN far_k / far_n END AS p0
    FROM base
)
SELECT seller_id AS id,
    (sum(k) + 10 * sum(n * p0 ORDER BY n, p0) / sum(n)) / (sum(n) + 10) AS value,
    'no_other_seller' AS reason
FROM expected GROUP BY seller_id
