-- E06 category_entropy_jump: how far the categories of the last 30 days are from those before.
-- level: seller
-- columns: listings.seller_id; listings.category_path; listings.created_at
-- missing: no_listings
WITH made AS (
    SELECT seller_id, created_at >= $now::TIMESTAMPTZ - INTERVAL 30 DAYS AS recent,
        -- two levels: leaves are so many that their mix jumps by chance
        array_to_string(string_split(category_path, ' > ')[1:2], ' > ') AS category
    FROM listings
    WHERE seller_id IS NOT NULL AND category_path IS NOT NULL
        AND created_at < $now::TIMESTAMPTZ
),
counted AS (
    SELECT seller_id, category,
        count(*) FILTER (recent) AS n_recent, count(*) FILTER (NOT recent) AS n_before
    FROM made GROUP BY ALL
),
totals AS (
    SELECT *, sum(n_recent) OVER shop AS all_recent, sum(n_before) OVER shop AS all_before,
        count(*) OVER shop AS categories
    FROM counted WINDOW shop AS (PARTITION BY seller_id)
),
-- one listing more in every category before, so that a new category is far, not endlessly far
shares AS (
    SELECT *, n_recent / all_recent AS p,
        (n_before + 1) / (all_before + categories) AS q
    FROM totals
)
SELECT seller_id AS id,
    CASE WHEN any_value(all_recent) >= 8 AND any_value(all_before) >= 8 THEN
        greatest(sum(CASE WHEN n_recent > 0 THEN p * ln(p / q) ELSE 0 END), 0)
    END AS value,
    'thin_group' AS reason
FROM shares GROUP BY seller_id
