"""When each value of each table became known, as data (`known_when.csv`).

The column ``known`` of the file holds one of

- ``row``: the row appeared at this time; ``row_day``: when this day was over;
- ``row_of:TABLE``: the row appeared with the row of TABLE that it refers to;
- ``timeless`` (for the column ``*``): reference data, known at all times;
- ``with_row``: known as soon as the row was;
- ``self``: a time that was known once it had come;
- the name of another column: known once that time had come;
- ``content``: what a listing says, versioned by ``listing_versions``;
- ``current``: only the latest value is recorded.

A column that the file does not name counts as ``current``: the safe reading.
"""

from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import pandas as pd


@cache
def _rules() -> dict[str, dict[str, str]]:
    frame = pd.read_csv(Path(__file__).with_name("known_when.csv"), dtype=str)
    return {
        str(table): dict(zip(rows["column"], rows["known"], strict=True))
        for table, rows in frame.groupby("table", sort=False)
    }


def known(table: str, column: str) -> str:
    """Say when a column's values became known.

    >>> known("appeals", "outcome"), known("listings", "verdict")
    ('ts_decided', 'current')
    """
    own = _rules().get(table, {})
    if column in own:
        return own[column]
    general = _rules()["*"].items()
    return next(
        (when for name, when in general if fnmatchcase(column, name)), "current"
    )


def row_rule(table: str) -> tuple[str, str] | None:
    """Give (column, rule) of what dates the rows of a table, None if nothing does.

    >>> row_rule("orders_daily"), row_rule("scratch")
    (('date', 'row_day'), None)
    """
    rules = _rules().get(table, {}).items()
    dating = (
        (name, when)
        for name, when in rules
        if when == "timeless" or when.startswith("row")
    )
    return next(dating, None)
