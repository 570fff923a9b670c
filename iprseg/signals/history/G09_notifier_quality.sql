-- G09 notifier_quality: expected share of a rights owner's notices that are valid.
-- level: rights_owner
-- columns: notices.ro_id; notices.valid; notices.ts_decided
-- missing: no_decided_notices
WITH decided AS (
    SELECT ro_id, valid FROM notices WHERE ts_decided < $now AND valid IS NOT NULL
),
-- mean of Beta(k + 10 p0, n - k + 10 (1 - p0)), p0 the share over all notifiers
prior AS (SELECT avg(valid::INTEGER) AS p0 FROM decided)
SELECT ro_id AS id,
    (count_if(valid) + 10 * any_value(p0)) / (count(*) + 10) AS value
FROM decided CROSS JOIN prior
WHERE ro_id IS NOT NULL GROUP BY ro_id
