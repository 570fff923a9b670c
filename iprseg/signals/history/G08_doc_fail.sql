-- G08 doc_fail: documents checked and failed, and other sellers with the same document.
-- level: seller
-- columns: authorisations.seller_id; authorisations.valid_from; seller_identity.seller_id; seller_identity.doc_hash_pid
-- missing: no_documents
WITH papers AS (
    -- the outcome of the check may be absent: only its latest value is recorded
    SELECT NULL::BOOLEAN AS verified WHERE false UNION ALL BY NAME FROM authorisations
),
checked AS (
    SELECT seller_id,
        CASE WHEN count(verified) > 0 THEN count_if(NOT verified) END AS rejected
    FROM papers WHERE valid_from < $now GROUP BY seller_id
),
shared AS (
    SELECT seller_id, CASE WHEN doc_hash_pid IS NOT NULL
        THEN count(*) OVER (PARTITION BY doc_hash_pid) - 1 END AS others
    FROM seller_identity
)
SELECT seller_id AS id, rejected AS value_rejected, others AS value_shared,
    concat_ws('; ',
        CASE WHEN rejected IS NULL THEN 'no_document_checked' END,
        CASE WHEN others IS NULL THEN 'value_missing: doc_hash_pid' END
    ) AS reason
FROM checked FULL JOIN shared USING (seller_id)
WHERE seller_id IS NOT NULL
