-- E09 off_hours_posting: shrunk share of listings made between 22:00 and 08:00 of the market.
-- level: seller
-- columns: listings.seller_id; listings.market; listings.created_at
-- missing: no_listings
-- Hours of few moderators are an assumption: put your own shifts into `local_hour` below.
-- A country of several zones counts with that of its largest city or most people.
WITH zones(market, zone) AS (VALUES
    ('AE', 'Asia/Dubai'), ('AR', 'America/Argentina/Buenos_Aires'), ('AT', 'Europe/Vienna'),
    ('AU', 'Australia/Sydney'), ('BE', 'Europe/Brussels'), ('BR', 'America/Sao_Paulo'),
    ('CA', 'America/Toronto'), ('CH', 'Europe/Zurich'), ('CL', 'America/Santiago'),
    ('CN', 'Asia/Shanghai'), ('CO', 'America/Bogota'), ('CZ', 'Europe/Prague'),
    ('DE', 'Europe/Berlin'), ('DK', 'Europe/Copenhagen'), ('EG', 'Africa/Cairo'),
    ('ES', 'Europe/Madrid'), ('FI', 'Europe/Helsinki'), ('FR', 'Europe/Paris'),
    ('GB', 'Europe/London'), ('GR', 'Europe/Athens'), ('HK', 'Asia/Hong_Kong'),
    ('HU', 'Europe/Budapest'), ('ID', 'Asia/Jakarta'), ('IE', 'Europe/Dublin'),
    ('IL', 'Asia/Jerusalem'), ('IN', 'Asia/Kolkata'), ('IT', 'Europe/Rome'),
    ('JP', 'Asia/Tokyo'), ('KR', 'Asia/Seoul'), ('MX', 'America/Mexico_City'),
    ('MY', 'Asia/Kuala_Lumpur'), ('NL', 'Europe/Amsterdam'), ('NO', 'Europe/Oslo'),
    ('NZ', 'Pacific/Auckland'), ('PE', 'America/Lima'), ('PH', 'Asia/Manila'),
    ('PL', 'Europe/Warsaw'), ('PT', 'Europe/Lisbon'), ('RO', 'Europe/Bucharest'),
    ('RU', 'Europe/Moscow'), ('SA', 'Asia/Riyadh'), ('SE', 'Europe/Stockholm'),
    ('SG', 'Asia/Singapore'), ('TH', 'Asia/Bangkok'), ('TR', 'Europe/Istanbul'),
    ('TW', 'Asia/Taipei'), ('UA', 'Europe/Kyiv'), ('US', 'America/New_York'),
    ('VN', 'Asia/Ho_Chi_Minh'), ('ZA', 'Africa/Johannesburg')
),
made AS (
    SELECT seller_id, listings.market, zone,
        -- midnight sharp is a day without a time: nobody can tell its hour
        CASE WHEN created_at <> date_trunc('day', created_at)
            THEN hour(timezone(zone, created_at)) END AS local_hour
    FROM listings LEFT JOIN zones ON zones.market = listings.market
    WHERE seller_id IS NOT NULL AND created_at < $now::TIMESTAMPTZ
),
own AS (
    SELECT seller_id, market, count(local_hour) AS n,
        count(*) FILTER (local_hour >= 22 OR local_hour < 8) AS k,
        bool_or(zone IS NOT NULL) AS has_zone
    FROM made GROUP BY ALL
),
-- the base rate is of the market's other sellers, of all others where they are few
base AS (
    SELECT *, sum(n) OVER here - n AS near_n, sum(k) OVER here - k AS near_k,
        sum(n) OVER () - sum(n) OVER shop AS far_n, sum(k) OVER () - sum(k) OVER shop AS far_k
    FROM own WINDOW here AS (PARTITION BY market), shop AS (PARTITION BY seller_id)
),
expected AS (
    SELECT *, CASE WHEN near_n >= 50 THEN near_k / near_n
        WHEN far_n > 0 THEN far_k / far_n END AS p0
    FROM base
)
SELECT seller_id AS id,
    (sum(k) + 10 * sum(n * p0 ORDER BY n, p0) / nullif(sum(n), 0)) / (sum(n) + 10) AS value,
    CASE WHEN NOT bool_or(has_zone) THEN 'market_without_zone'
        WHEN sum(n) = 0 THEN 'no_time_of_day' ELSE 'no_other_seller' END AS reason
FROM expected GROUP BY seller_id
