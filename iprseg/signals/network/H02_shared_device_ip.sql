-- H02 shared_device_ip: other sellers on the same device or network, rare ones counting more.
-- level: seller
-- columns: seller_identity.seller_id; sellers.seller_id; sellers.created_at
-- missing: no_device_or_ip
WITH held AS (
    SELECT DISTINCT seller_id, token_of, trim(token) AS token
    FROM (
        -- none_pid: a table that lacks both columns still gives an answer
        UNPIVOT (SELECT *, NULL::VARCHAR AS none_pid FROM seller_identity)
        ON COLUMNS('^(device|ip24|none)_pid$')::VARCHAR
        INTO NAME token_of VALUE token
    )
    WHERE seller_id IS NOT NULL AND trim(token) <> ''
),
holders AS (
    SELECT token_of, token, count(*) AS n FROM held GROUP BY ALL
),
-- The identity table has no day for an address: a network counts among accounts opened
-- on one day. How many hold it on any day makes its weight, as many share a NAT or VPN.
usable AS (
    SELECT held.seller_id, token_of, token, n,
        CASE WHEN token_of = 'ip24_pid' THEN sellers.created_at::DATE
            ELSE DATE '1970-01-01' END AS day
    FROM held JOIN holders USING (token_of, token)
    LEFT JOIN sellers ON sellers.seller_id = held.seller_id
    -- a carrier's network or a hired phone farm's gateway tells nothing of who acts
    WHERE n <= 50
),
pairs AS (
    SELECT a.seller_id, b.seller_id AS other, max(1 / ln(1 + a.n)) AS weight
    FROM usable AS a JOIN usable AS b USING (token_of, token, day)
    WHERE a.seller_id <> b.seller_id
    GROUP BY ALL
),
shared AS (
    SELECT seller_id, sum(weight) AS weight FROM pairs GROUP BY seller_id
)
SELECT held.seller_id AS id,
    CASE WHEN count(usable.day) > 0
        THEN any_value(coalesce(shared.weight, 0)) END AS value,
    CASE WHEN count(usable.token) > 0 THEN 'no_account_opening'
        ELSE 'only_common_tokens' END AS reason
FROM held
LEFT JOIN usable USING (seller_id, token_of, token)
LEFT JOIN shared USING (seller_id)
GROUP BY held.seller_id
