-- I08 delete_after_live: share of live sessions whose replay was deleted within an hour.
-- level: creator
-- columns: promotions.creator_id; promotions.type; promotions.ts; promotions.duration_s; promotions.replay_deleted_at
-- missing: no_live_sessions
WITH sessions AS (
    -- one session may promote several listings, each a row
    SELECT creator_id, ts, min(replay_deleted_at) AS deleted,
        ts + least(greatest(max(duration_s), 0), 86400) * INTERVAL 1 SECOND AS ended
    FROM promotions
    WHERE type = 'live' AND ts < $now AND creator_id IS NOT NULL
    GROUP BY creator_id, ts
    -- when a session of unknown length ended nobody knows
    HAVING max(duration_s) IS NOT NULL
)
SELECT creator_id AS id,
    avg(coalesce(deleted <= ended + INTERVAL 1 HOUR, false)::INTEGER) AS value
FROM sessions
-- of a session that ended less than an hour ago nobody knows yet
WHERE ended + INTERVAL 1 HOUR < $now::TIMESTAMPTZ
GROUP BY creator_id
