"""Which listings were taken down for a grave violation, as far as that stands."""

import numpy as np
from numpy.typing import NDArray

from iprseg.signals._inputs import Inputs

_NEEDED = ("entity_type", "entity_id", "action_code", "ts")
_QUERY = """
WITH removed AS (
    SELECT * FROM actions
    WHERE entity_type = 'listing' AND ts < $now
        AND upper(trim(action_code))
            IN ('ACT4', 'DECISION_VISIBILITY_CONTENT_REMOVED')
)
SELECT DISTINCT entity_id FROM removed
WHERE true {overturned} {slight}
"""
_OVERTURNED = """
    -- a removal that an appeal has undone counts no more
    AND action_id NOT IN (
        SELECT action_id FROM appeals
        WHERE action_id IS NOT NULL AND outcome = 'overturned' AND ts_decided < $now
    )"""
_SLIGHT = """
    -- of a removal without a label nobody says that it was a slight one
    AND coalesce(label_id, '') NOT IN (
        SELECT label_id FROM labels
        WHERE upper(trim(severity)) IN ('S0', 'S1', 'S2')
    )"""


def taken_down(inputs: Inputs) -> NDArray[np.int64] | str:
    """Return positions of listings removed before the time asked for, or a reason."""
    columns = [f"actions.{column}" for column in _NEEDED]
    if absent := next(filter(None, map(inputs.lacks, columns)), None):
        return absent
    appeals = ("actions.action_id", "appeals.action_id", "appeals.outcome")
    labels = ("actions.label_id", "labels.label_id", "labels.severity")
    query = _QUERY.format(
        overturned=_OVERTURNED if _all(inputs, *appeals, "appeals.ts_decided") else "",
        slight=_SLIGHT if _all(inputs, *labels) else "",
    )
    removed = inputs.sql(query, {"now": inputs.now})["entity_id"]
    rows = inputs.listings.index.get_indexer(removed)
    return rows[rows >= 0]


def _all(inputs: Inputs, *columns: str) -> bool:
    return not any(map(inputs.lacks, columns))
