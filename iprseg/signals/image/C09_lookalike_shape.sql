-- C09 lookalike_shape: likeness of shape to a design, without the mark, as a model of your own scores it.
-- level: listing
-- columns: model_scores.entity_id; model_scores.model_id; model_scores.ts; model_scores.score
-- missing: no_score
-- The latest score known; of several of one moment the highest. A score without a time
-- counts as the oldest.
SELECT entity_id AS id, last(score ORDER BY ts NULLS FIRST, score) AS value
FROM model_scores
WHERE model_id IN ('C09', 'C09_lookalike_shape') AND (ts < $now OR ts IS NULL)
GROUP BY entity_id
