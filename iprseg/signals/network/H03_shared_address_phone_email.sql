-- H03 shared_address_phone_email: how many other sellers hold the same address, telephone or e-mail.
-- level: seller
-- columns: seller_identity.seller_id
-- missing: no_address_phone_email
WITH held AS (
    SELECT DISTINCT seller_id, token_of, trim(token) AS token
    FROM (
        -- none_pid: a table that lacks all three columns still gives an answer
        UNPIVOT (SELECT *, NULL::VARCHAR AS none_pid FROM seller_identity)
        ON COLUMNS('^(address|phone|email|none)_pid$')::VARCHAR
        INTO NAME token_of VALUE token
    )
    WHERE seller_id IS NOT NULL AND trim(token) <> ''
),
-- what more than 50 sellers hold is a service (a carrier's desk, a filing agent)
usable AS (
    SELECT seller_id, token_of, token FROM held
    QUALIFY count(*) OVER (PARTITION BY token_of, token) <= 50
),
shared AS (
    SELECT a.seller_id, count(DISTINCT b.seller_id) AS others
    FROM usable AS a JOIN usable AS b USING (token_of, token)
    WHERE a.seller_id <> b.seller_id
    GROUP BY a.seller_id
)
SELECT held.seller_id AS id,
    CASE WHEN count(usable.token) > 0
        THEN any_value(coalesce(shared.others, 0)) END AS value,
    'only_common_tokens' AS reason
FROM held
LEFT JOIN usable USING (seller_id, token_of, token)
LEFT JOIN shared USING (seller_id)
GROUP BY held.seller_id
