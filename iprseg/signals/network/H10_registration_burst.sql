-- H10 registration_burst: other accounts opened the same day that share an identity token.
-- level: seller
-- columns: seller_identity.seller_id; sellers.seller_id; sellers.created_at
-- missing: no_identity_tokens
WITH held AS (
    SELECT DISTINCT seller_id, token_of, trim(token) AS token,
        sellers.created_at::DATE AS day
    FROM (
        -- any token counts here, names too: the day makes up for a weak one
        UNPIVOT (SELECT *, NULL::VARCHAR AS none_pid FROM seller_identity)
        ON COLUMNS('_pid$')::VARCHAR
        INTO NAME token_of VALUE token
    ) LEFT JOIN sellers USING (seller_id)
    WHERE seller_id IS NOT NULL AND trim(token) <> ''
),
counted AS (
    SELECT *,
        count(*) OVER (PARTITION BY token_of, token) AS holders,
        count(*) OVER (PARTITION BY token_of, token, day) AS that_day
    FROM held
),
-- A token of more than 50 sellers is a service, unless a fifth of them came that day.
telling AS (
    SELECT * FROM counted
    WHERE day IS NOT NULL AND (holders <= 50 OR that_day * 5 >= holders)
),
pairs AS (
    SELECT a.seller_id, count(DISTINCT b.seller_id) AS others
    FROM telling AS a JOIN telling AS b USING (token_of, token, day)
    -- a big batch is counted whole, below: its pairs would be too many
    WHERE a.seller_id <> b.seller_id AND a.that_day <= 50
    GROUP BY a.seller_id
),
batch AS (
    SELECT seller_id, max(that_day) - 1 AS others FROM telling GROUP BY seller_id
)
SELECT held.seller_id AS id,
    CASE WHEN any_value(batch.others) IS NOT NULL
        THEN greatest(any_value(batch.others), coalesce(any_value(pairs.others), 0))
    END AS value,
    CASE WHEN count(held.day) = 0 THEN 'no_account_opening'
        ELSE 'only_common_tokens' END AS reason
FROM held
LEFT JOIN batch USING (seller_id)
LEFT JOIN pairs USING (seller_id)
GROUP BY held.seller_id
