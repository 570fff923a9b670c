"""Which listings were taken down for a grave violation, as far as that stands."""

import numpy as np
from numpy.typing import NDArray

from iprseg.signals._inputs import Inputs

_NEEDED = ("entity_type", "entity_id", "action_code", "ts")
_QUERY = """
WITH acted AS (
    SELECT *, upper(trim(action_code)) AS code FROM actions
    WHERE entity_type = 'listing' AND ts < $now
),
removed AS (
    SELECT *, code IN ('ACT4', 'DECISION_VISIBILITY_CONTENT_REMOVED') AS gone
    FROM acted
    -- the other steps of the ladder and the other words of the law remove nothing
    WHERE gone OR code IS NULL
        OR NOT regexp_full_match(code, 'ACT\\d{{1,2}}|DECISION_.*')
)
SELECT entity_id, bool_or(coalesce(gone, FALSE)) AS gone FROM removed
WHERE true {overturned} {slight}
GROUP BY entity_id
"""
_OVERTURNED = """
    -- a removal that an appeal has undone counts no more
    AND NOT EXISTS (
        SELECT 1 FROM appeals
        WHERE appeals.action_id = removed.action_id
            AND outcome = 'overturned' AND ts_decided < $now
    )"""
_SLIGHT = """
    -- of a removal without a label nobody says that it was a slight one
    AND NOT EXISTS (
        SELECT 1 FROM labels
        WHERE labels.label_id = removed.label_id
            AND upper(trim(severity)) IN ('S0', 'S1', 'S2')
    )"""


def taken_down(
    inputs: Inputs,
) -> tuple[NDArray[np.int64], NDArray[np.int64]] | str:
    """Return positions of listings removed before the time asked for, or a reason.

    The second array holds those acted against with a code that is not known: whether
    they were removed nobody can tell.
    """
    columns = [f"actions.{column}" for column in _NEEDED]
    if absent := next(filter(None, map(inputs.lacks, columns)), None):
        return absent
    appeals = ("actions.action_id", "appeals.action_id", "appeals.outcome")
    labels = ("actions.label_id", "labels.label_id", "labels.severity")
    query = _QUERY.format(
        overturned=_OVERTURNED if _all(inputs, *appeals, "appeals.ts_decided") else "",
        slight=_SLIGHT if _all(inputs, *labels) else "",
    )
    found = inputs.sql(query, {"now": inputs.now})
    rows = inputs.listings.index.get_indexer(found["entity_id"])
    gone = found["gone"].to_numpy(dtype=bool)
    return rows[gone & (rows >= 0)], rows[~gone & (rows >= 0)]


def _all(inputs: Inputs, *columns: str) -> bool:
    return not any(map(inputs.lacks, columns))
