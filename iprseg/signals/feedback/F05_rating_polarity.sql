-- F05 rating_polarity: shrunk shares of reviews at one or five stars, and at one star.
-- level: listing
-- columns: reviews.listing_id; reviews.ts; reviews.stars
-- missing: no_ratings
WITH places AS (
    -- market and category may be absent: then all listings are one place
    SELECT listing_id, market, category_path
    FROM (
        SELECT NULL::VARCHAR AS market, NULL::VARCHAR AS category_path WHERE false
        UNION ALL BY NAME FROM listings
    )
),
-- no stars, or none of one to five, is no rating
rated AS (
    SELECT listing_id, market, category_path, count(*) AS n,
        count_if(stars < 1.5) AS ones, count_if(stars < 1.5 OR stars >= 4.5) AS poles
    FROM reviews JOIN places USING (listing_id)
    WHERE ts < $now AND stars BETWEEN 1 AND 5 GROUP BY ALL
),
based AS (
    SELECT *,
        CASE WHEN sum(n) OVER place >= 50 THEN sum(ones) OVER place / sum(n) OVER place
            ELSE sum(ones) OVER () / sum(n) OVER () END AS p_ones,
        CASE WHEN sum(n) OVER place >= 50 THEN sum(poles) OVER place / sum(n) OVER place
            ELSE sum(poles) OVER () / sum(n) OVER () END AS p_poles
    FROM rated WINDOW place AS (PARTITION BY market, category_path)
)
SELECT listing_id AS id,
    (poles + 10 * p_poles) / (n + 10) AS value_poles,
    (ones + 10 * p_ones) / (n + 10) AS value_ones
FROM based
