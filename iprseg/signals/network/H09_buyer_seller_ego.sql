-- H09 buyer_seller_ego: the buyers around a seller, as far as they wrote reviews.
-- level: seller
-- columns: reviews.listing_id; reviews.buyer_pid; listings.seller_id
-- missing: no_reviews_with_buyer
-- Orders name no buyer; a review does. It stands for a purchase, and most buyers write none.
WITH bought AS (
    SELECT listings.seller_id, trim(reviews.buyer_pid::VARCHAR) AS buyer,
        count(*) AS reviews
    FROM reviews JOIN listings USING (listing_id)
    WHERE listings.seller_id IS NOT NULL AND trim(reviews.buyer_pid::VARCHAR) <> ''
    GROUP BY ALL
),
counted AS (
    SELECT *, count(*) OVER (PARTITION BY buyer) AS n_sellers FROM bought
),
ego AS (
    SELECT seller_id, count(*) AS buyers, sum(reviews) AS reviews,
        count(*) FILTER (n_sellers > 1) AS shared
    FROM counted GROUP BY seller_id
),
-- the base rate is that of the other sellers' buyers
base AS (
    SELECT sum(buyers) AS buyers, sum(shared) AS shared FROM ego
),
-- a buyer who reviews more than 50 sellers is a reviewer by trade and links none
common AS (
    SELECT a.seller_id, b.seller_id AS other, count(*) AS n
    FROM counted AS a JOIN counted AS b USING (buyer)
    WHERE a.seller_id <> b.seller_id AND a.n_sellers <= 50
    GROUP BY ALL
),
closest AS (
    SELECT seller_id, max(n) AS n FROM common GROUP BY seller_id
)
SELECT ego.seller_id AS id,
    ego.buyers AS value_degree,
    ego.reviews / ego.buyers AS value_strength,
    (ego.shared + 10 * CASE WHEN base.buyers > ego.buyers
        THEN (base.shared - ego.shared) / (base.buyers - ego.buyers)
        ELSE 0 END) / (ego.buyers + 10) AS value_shared_buyers,
    CASE WHEN ego.buyers >= 8
        THEN coalesce(closest.n, 0) / ego.buyers END AS value_closest_seller,
    'thin_group' AS reason
FROM ego CROSS JOIN base LEFT JOIN closest USING (seller_id)
