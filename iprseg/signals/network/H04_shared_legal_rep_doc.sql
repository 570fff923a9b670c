-- H04 shared_legal_rep_doc: most other sellers with the same legal representative or document.
-- level: seller
-- columns: seller_identity.seller_id
-- missing: no_legal_rep_or_doc
WITH held AS (
    SELECT DISTINCT seller_id, token_of, trim(token) AS token
    FROM (
        -- none_pid: a table that lacks both columns still gives an answer
        UNPIVOT (SELECT *, NULL::VARCHAR AS none_pid FROM seller_identity)
        ON COLUMNS('^(legal_rep|doc_hash|none)_pid$')::VARCHAR
        INTO NAME token_of VALUE token
    )
    WHERE seller_id IS NOT NULL AND trim(token) <> ''
),
-- no upper bound: a nominee of hundreds of shops is what this looks for
holders AS (
    SELECT token_of, token, count(*) AS n FROM held GROUP BY ALL
)
SELECT seller_id AS id, max(n) - 1 AS value
FROM held JOIN holders USING (token_of, token)
GROUP BY seller_id
