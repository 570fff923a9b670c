"""How far an annotator is, in one query."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from labeling.store._work import Worker

COUNTS = """
WITH ours AS MATERIALIZED (
    SELECT a.item_id, a.annotator, a.kind FROM answers a JOIN items i
    ON i.item_id = a.item_id WHERE i.design_id = :design_id
), lost AS MATERIALIZED (
    SELECT g.item_id FROM gone g JOIN items i ON i.item_id = g.item_id
    WHERE i.design_id = :design_id
), closed AS (
    SELECT item_id FROM lost
    UNION SELECT item_id FROM ours WHERE annotator = :annotator
    UNION SELECT item_id FROM ours WHERE kind = 'submit'
    GROUP BY item_id HAVING count(*) >= :labels_per_item
)
SELECT (SELECT count(*) FROM items WHERE design_id = :design_id) AS total,
       (SELECT count(*) FROM lost) AS gone,
       (SELECT count(*) FROM closed) AS closed,
       coalesce(sum(kind = 'submit'), 0) AS labeled,
       coalesce(sum(kind = 'skip'), 0) AS skipped
FROM ours WHERE annotator = :annotator
"""


def counts(connection: sa.Connection, worker: Worker) -> Any:
    """Count items drawn, gone, closed to this annotator, and answered by them."""
    return connection.execute(
        sa.text(COUNTS),
        {
            "design_id": worker.design_id,
            "annotator": worker.annotator,
            "labels_per_item": worker.labels_per_item,
        },
    ).one()
