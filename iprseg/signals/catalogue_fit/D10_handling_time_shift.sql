-- D10 handling_time_shift: median days from order to dispatch after an approval, minus before.
-- level: seller
-- columns: listings.seller_id; orders_daily.listing_id; orders_daily.date; orders_daily.dispatched_at; authorisations.seller_id; authorisations.valid_from
-- missing: no_approval
WITH handled AS (
    SELECT seller_id, date, date_diff('second', date, dispatched_at) / 86400 AS days
    FROM orders_daily JOIN listings USING (listing_id)
    WHERE dispatched_at >= date AND dispatched_at < $now
        -- of the last days only what was sent at once is known
        AND date < $now::TIMESTAMPTZ - INTERVAL 14 DAYS
),
-- an approval is the day from which a brand's document covers the seller
approvals AS (
    SELECT DISTINCT seller_id, valid_from AS moment FROM authorisations
    WHERE seller_id IS NOT NULL AND valid_from < $now
),
shifts AS (
    SELECT approvals.seller_id, moment,
        median(days) FILTER (date >= moment) - median(days) FILTER (date < moment)
            AS shift,
        least(count(*) FILTER (date >= moment), count(*) FILTER (date < moment)) AS n
    FROM approvals LEFT JOIN handled ON handled.seller_id = approvals.seller_id
        AND date >= moment - INTERVAL 90 DAYS AND date < moment + INTERVAL 90 DAYS
    GROUP BY approvals.seller_id, moment
)
SELECT seller_id AS id, max(shift) FILTER (n >= 8) AS value, 'thin_group' AS reason
FROM shifts GROUP BY seller_id
