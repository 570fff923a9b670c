-- D09 shared_warehouse_return: other sellers with the same warehouse or return address.
-- level: seller
-- columns: seller_identity.seller_id; seller_identity.warehouse_pid; seller_identity.return_addr_pid
-- missing: no_address
-- An address of more than 20 sellers is taken for a fulfilment house, which links nobody.
WITH addresses AS (
    SELECT DISTINCT seller_id, unnest([
        'w ' || nullif(trim(warehouse_pid), ''), 'r ' || nullif(trim(return_addr_pid), '')
    ]) AS address
    FROM seller_identity
),
known AS (
    SELECT seller_id, address, count(*) OVER (PARTITION BY address) AS sellers
    FROM addresses WHERE address IS NOT NULL
),
private AS (SELECT seller_id, address FROM known WHERE sellers <= 20),
linked AS (
    SELECT a.seller_id, count(DISTINCT b.seller_id) - 1 AS others
    FROM private AS a JOIN private AS b USING (address) GROUP BY a.seller_id
)
SELECT seller_id AS id, any_value(others) AS value, 'fulfilment_house' AS reason
FROM known LEFT JOIN linked USING (seller_id) GROUP BY seller_id
