"""What a lead decides: the items on which readers disagree, as SQL on the record."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from iprseg.survey.responses import HEADLINE_SEVERITIES

# What the headline counts an answer as. Readers who differ on a code and not on this
# agree: S2 and S3 are both counted, S1 is not.
COUNTED_AS = f"""
CASE WHEN json_extract(events.data, '$.violative') IS NULL THEN 'undecided'
     WHEN json_extract(events.data, '$.violative') = 0 THEN 'lawful'
     WHEN json_extract(events.data, '$.answer.severity')
          IN {HEADLINE_SEVERITIES} THEN 'S2 or above'
     ELSE coalesce(json_extract(events.data, '$.answer.severity'), 'no severity') END
"""
# Whether an answer is a lead's; not a role, because roles say what a label is used for.
DECIDES = "coalesce(json_extract(events.data, '$.decides'), 0)"

_DISPUTED = f"""
    NOT EXISTS (SELECT 1 FROM gone g WHERE g.item_id = i.item_id)
    AND (SELECT count(DISTINCT {COUNTED_AS}) > 1 AND NOT max({DECIDES})
         FROM answers a JOIN events ON events.seq = a.seq
         WHERE a.item_id = i.item_id AND a.kind = 'submit')
"""
_UNANSWERED = """
    NOT EXISTS (SELECT 1 FROM answers a
                WHERE a.item_id = i.item_id AND a.annotator = :annotator)
"""
OPEN_FOR_LEAD = f"""
    i.design_id = :design_id AND i.position >= :start
    AND {_UNANSWERED} AND {_DISPUTED}
"""
HELD_FROM_LEAD = """
    EXISTS (SELECT 1 FROM leases l WHERE l.item_id = i.item_id AND l.expires > :now
            AND NOT (l.annotator = :annotator AND l.session = :session))
"""
_COUNT_QUERY = f"""
WITH ours AS MATERIALIZED (
    SELECT a.item_id, a.kind FROM answers a JOIN items i ON i.item_id = a.item_id
    JOIN events ON events.seq = a.seq
    WHERE i.design_id = :design_id AND a.annotator = :annotator AND {DECIDES}
), disputed AS MATERIALIZED (
    SELECT i.item_id, {_UNANSWERED} AS open FROM items i
    WHERE i.design_id = :design_id AND {_DISPUTED}
), work AS (SELECT item_id FROM ours UNION SELECT item_id FROM disputed)
SELECT (SELECT count(*) FROM work) AS total,
       0 AS gone,
       (SELECT count(*) FROM work)
           - (SELECT coalesce(sum(open), 0) FROM disputed) AS closed,
       coalesce(sum(kind = 'submit'), 0) AS labeled,
       coalesce(sum(kind = 'skip'), 0) AS skipped
FROM ours
"""


def count_decisions(connection: sa.Connection, design_id: str, annotator: str) -> Any:
    """Count items that readers disagree on, and those that this lead answered."""
    return connection.execute(
        sa.text(_COUNT_QUERY), {"design_id": design_id, "annotator": annotator}
    ).one()


def is_disputed(connection: sa.Connection, item_id: int) -> bool:
    """Say whether readers disagree on an item and no lead has decided it."""
    query = f"SELECT {_DISPUTED} FROM items i WHERE i.item_id = :item_id"
    return bool(connection.scalar(sa.text(query), {"item_id": item_id}))
