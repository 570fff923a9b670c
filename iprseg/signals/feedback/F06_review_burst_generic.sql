-- F06 review_burst_generic: shrunk share of five-star texts that repeat another within 24 hours.
-- level: listing
-- columns: reviews.listing_id; reviews.ts; reviews.stars; reviews.text
-- missing: no_five_star_texts
WITH places AS (
    -- market and category may be absent: then all listings are one place
    SELECT listing_id, market, category_path
    FROM (
        SELECT NULL::VARCHAR AS market, NULL::VARCHAR AS category_path WHERE false
        UNION ALL BY NAME FROM listings
    )
),
-- only letters count, in one case and without accents; a long text by its beginning
praise AS (
    SELECT row_number() OVER () AS review, listing_id, ts,
        left(regexp_replace(
            strip_accents(lower(nfc_normalize(left(text, 800)))),
            '[^\p{L}\p{M}]', '', 'g'
        ), 80) AS said
    FROM reviews WHERE ts < $now AND stars BETWEEN 4.5 AND 5 AND text IS NOT NULL
),
-- near-identical texts begin or end alike: they are neighbours in the order of the
-- texts, or of the texts read backwards, so that not all pairs need be compared
-- (of spans of two days that overlap: two reviews within 24 hours share one)
spans AS (
    SELECT *, unnest([ts::DATE, ts::DATE + 1]) AS span FROM praise
),
neighbours AS (
    SELECT review, listing_id, ts, said, unnest([
        lag({'said': said, 'ts': ts}) OVER forwards,
        lead({'said': said, 'ts': ts}) OVER forwards,
        lag({'said': said, 'ts': ts}) OVER backwards,
        lead({'said': said, 'ts': ts}) OVER backwards
    ]) AS other
    FROM spans
    WINDOW forwards AS (PARTITION BY listing_id, span ORDER BY said, ts),
        backwards AS (PARTITION BY listing_id, span ORDER BY reverse(said), ts)
),
-- "good" twice a day is no seeding: texts of under six letters repeat nothing
judged AS (
    SELECT review, listing_id, coalesce(bool_or(
        length(said) >= 6
        AND abs(date_diff('second', ts, other.ts)) <= 86400
        -- the cheap tests come first: most pairs are settled by them
        AND CASE
            WHEN said = other.said THEN true
            WHEN abs(strlen(said) - strlen(other.said))
                > 0.1 * greatest(strlen(said), strlen(other.said)) THEN false
            ELSE levenshtein(said, other.said)
                <= 0.1 * greatest(strlen(said), strlen(other.said))
        END
    ), false) AS repeated
    FROM neighbours GROUP BY ALL
),
counted AS (
    SELECT listing_id, market, category_path, count(*) AS n, count_if(repeated) AS k
    FROM judged JOIN places USING (listing_id) GROUP BY ALL
),
based AS (
    SELECT *,
        CASE WHEN sum(n) OVER place >= 50 THEN sum(k) OVER place / sum(n) OVER place
            ELSE sum(k) OVER () / sum(n) OVER () END AS p0
    FROM counted WINDOW place AS (PARTITION BY market, category_path)
)
SELECT listing_id AS id, (k + 10 * p0) / (n + 10) AS value FROM based
