-- H07 community_size_density: sellers joined by shared tokens: how many, how densely, over what time.
-- level: seller
-- columns: seller_identity.seller_id; sellers.seller_id; sellers.created_at
-- missing: no_identity_tokens
WITH RECURSIVE held AS (
    SELECT DISTINCT seller_id, token_of, trim(token) AS token
    FROM (
        -- none_pid: a table that lacks all these columns still gives an answer. A name
        -- (name, legal_rep) links nobody here: names coincide, and chance chains would
        -- join half the marketplace. Nor does a warehouse: most are a service's. H04 counts
        -- legal representatives, D09 warehouses.
        UNPIVOT (SELECT *, NULL::VARCHAR AS none_pid FROM seller_identity)
        ON COLUMNS('^(bank|tax|doc_hash|device|phone|email|address|return_addr|ip24|none)_pid$')::VARCHAR
        INTO NAME token_of VALUE token
    )
    WHERE seller_id IS NOT NULL AND trim(token) <> ''
),
-- what more than 50 sellers hold is a service (a carrier's address, a NAT), no operator;
-- a network joins accounts that were opened on one day, as in H02
usable AS (
    SELECT held.seller_id, token_of, token,
        CASE WHEN token_of = 'ip24_pid' THEN created_at::DATE
            ELSE DATE '1970-01-01' END AS day
    FROM held LEFT JOIN sellers USING (seller_id)
    QUALIFY count(*) OVER (PARTITION BY token_of, token) <= 50
),
links AS (
    SELECT DISTINCT a.seller_id AS one, b.seller_id AS other
    FROM usable AS a JOIN usable AS b USING (token_of, token, day)
    WHERE a.seller_id <> b.seller_id
),
-- each seller begins as a community of its own and takes over the first name around it
member(seller_id, community) USING KEY (seller_id) AS (
    SELECT DISTINCT seller_id, seller_id FROM usable
    UNION
    SELECT links.other, min(member.community)
    FROM member
    JOIN links ON links.one = member.seller_id
    JOIN recurring.member AS so_far ON so_far.seller_id = links.other
    WHERE member.community < so_far.community
    GROUP BY links.other
),
sizes AS (
    SELECT community, count(*) AS size,
        (epoch(max(created_at)) - epoch(min(created_at))) / 86400 AS age_spread
    FROM member LEFT JOIN sellers USING (seller_id)
    GROUP BY community
),
-- every link is there twice, once from either side
inside AS (
    SELECT community, count(*) / 2 AS n_links
    FROM links JOIN member ON member.seller_id = links.one
    GROUP BY community
),
everyone AS (
    SELECT DISTINCT seller_id FROM held
)
SELECT everyone.seller_id AS id,
    size AS value_size,
    n_links / (size * (size - 1) / 2) AS value_density,
    CASE WHEN size > 1 THEN age_spread END AS value_age_spread,
    CASE WHEN size IS NULL THEN 'only_common_tokens'
        WHEN size = 1 THEN 'no_linked_seller'
        ELSE 'no_account_opening' END AS reason
FROM everyone
LEFT JOIN member USING (seller_id)
LEFT JOIN sizes USING (community)
LEFT JOIN inside USING (community)
