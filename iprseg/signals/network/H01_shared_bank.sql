-- H01 shared_bank: how many other sellers hold the same bank token.
-- level: seller
-- columns: seller_identity.seller_id; seller_identity.bank_pid
-- missing: no_bank_token
WITH held AS (
    SELECT DISTINCT seller_id, trim(bank_pid::VARCHAR) AS token
    FROM seller_identity
    -- an unknown account matches none, not even another unknown one
    WHERE seller_id IS NOT NULL AND trim(bank_pid::VARCHAR) <> ''
),
holders AS (
    SELECT token, count(*) AS n FROM held GROUP BY token
)
SELECT seller_id AS id, max(n) - 1 AS value
FROM held JOIN holders USING (token)
GROUP BY seller_id
