"""Say in plain words which blocks set a cohort apart."""

import json

import pandas as pd

# block -> what an analyst calls it
WORDS = {
    "text_risk": "risk signs in the text",
    "price": "price",
    "image": "images",
    "catalogue": "brand catalogue and registers",
    "behaviour": "behaviour of the seller",
    "feedback": "buyers' feedback",
    "history": "history of notices",
    "network": "links between sellers",
    "creator": "creators",
    "offer": "terms of the offer",
    "meaning": "kind of goods",
    "all": "",  # there are no blocks to tell apart
}
# less than this is not worth a reader's time
_LEAST = 0.05
_MOST = 3


def apart_parts(record: object) -> list[tuple[str, float]]:
    """Return the blocks that matter, in plain words, with their shares, largest first.

    Parameters
    ----------
    record : str
        ``block_parts`` of `profile_cohorts`: JSON of block to share. Anything else
        gives none.

    Examples
    --------
    >>> apart_parts('{"price": 0.62, "meaning": 0.36, "image": 0.02}')
    [('price', 0.62), ('kind of goods', 0.36)]
    >>> apart_parts(None)
    []
    """
    values = json.loads(record) if isinstance(record, str) and record else {}
    known = {
        WORDS.get(block, block.replace("_", " ")): float(share)
        for block, share in values.items()
        if share is not None and share >= _LEAST
    }
    known.pop("", None)
    return sorted(known.items(), key=lambda one: -one[1])[:_MOST]


def apart_words(record: object) -> str:
    """Return them as one phrase; empty where nothing is known.

    Examples
    --------
    >>> apart_words('{"price": 0.62, "meaning": 0.36, "image": 0.02}')
    'price 62 %, kind of goods 36 %'
    """
    return ", ".join(f"{words} {100 * s:.0f} %" for words, s in apart_parts(record))


def with_block_parts(
    cohorts: pd.DataFrame, contributions: pd.DataFrame | None
) -> pd.DataFrame:
    """Add `block_parts`, the share of each block in what sets a cohort apart, as JSON.

    Parameters
    ----------
    cohorts : pandas.DataFrame
        By cohort.
    contributions : pandas.DataFrame or None
        From `block_contributions`; None leaves the frame as it is.
    """
    if contributions is None:
        return cohorts
    known = contributions.round(4).reindex(cohorts.index)
    parts = ["" if row.isna().all() else row.to_json() for _, row in known.iterrows()]
    return cohorts.assign(block_parts=parts)
