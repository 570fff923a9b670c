-- B07 price_digit_code: 1 if brand logos are on the pictures and the price is a deposit's or ends in the seller's own code.
-- level: listing
-- columns: listings.price; listings.seller_id; listings.currency; images.listing_id; images.logo_detections_json
-- missing: value_missing: price
WITH priced AS (
    SELECT listing_id, seller_id, currency, TRY_CAST(price AS DOUBLE) AS price,
        -- the last three digits, cents included
        TRY_CAST(round(TRY_CAST(price AS DOUBLE) * 100) AS BIGINT) % 1000 AS ending
    FROM listings
    WHERE TRY_CAST(price AS DOUBLE) IS NOT NULL AND NOT isnan(TRY_CAST(price AS DOUBLE))
),
-- where the usual price is in the ten thousands, deposits are in thousands
scale AS (
    SELECT currency, CASE WHEN median(price) >= 10000 THEN 1000 ELSE 1 END AS unit
    FROM priced WHERE price > 0 AND isfinite(price) GROUP BY currency
),
endings AS (
    SELECT currency, seller_id, ending, count(*) AS n
    FROM priced WHERE seller_id IS NOT NULL AND price > 0 AND ending IS NOT NULL
    GROUP BY ALL
),
counted AS (
    SELECT *,
        sum(n) OVER (PARTITION BY currency, seller_id) AS of_seller,
        sum(n) OVER (PARTITION BY currency, ending) AS of_ending,
        sum(n) OVER (PARTITION BY currency) AS of_currency
    FROM endings
),
-- half of a seller's prices, five at least, end so, and hardly any other seller's do
codes AS (
    SELECT currency, seller_id, ending FROM counted
    WHERE n >= 5 AND n * 2 >= of_seller AND of_currency - of_seller >= 50
        AND (of_ending - n) <= 0.02 * (of_currency - of_seller)
),
logos AS (
    SELECT listing_id,
        bool_or(json_array_length(TRY_CAST(logo_detections_json::VARCHAR AS JSON)) > 0)
            AS shown
    FROM images WHERE listing_id IS NOT NULL GROUP BY listing_id
)
SELECT priced.listing_id AS id,
    CASE WHEN price > 0 AND isfinite(price) THEN (
        shown AND (price / unit IN (1, 9.9, 99) OR codes.ending IS NOT NULL)
    )::INT END AS value,
    CASE
        WHEN price > 0 AND isfinite(price) THEN 'no_logo_detections'
        ELSE 'value_not_positive: price'
    END AS reason
FROM priced
LEFT JOIN logos USING (listing_id)
LEFT JOIN scale ON scale.currency IS NOT DISTINCT FROM priced.currency
LEFT JOIN codes ON codes.currency IS NOT DISTINCT FROM priced.currency
    AND codes.seller_id = priced.seller_id AND codes.ending = priced.ending
