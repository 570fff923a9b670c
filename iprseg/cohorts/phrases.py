"""Plain words for signals: the phrase table, read once."""

import csv
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

_SIGNAL = re.compile(r"^([A-Z]\d{2})(?:_|$)")
_MEAN, _SHARE = "_mean", "_share"
# Signals whose risky side is low: a seller's share counts the listings below the bound
# (direction "-" and a bound other than 0 in the catalogue), so that more is riskier.
LOW_TAIL = frozenset({"B01", "B02", "B04"})


@dataclass(frozen=True)
class Phrase:
    """What a signal is called.

    Attributes
    ----------
    signal : str
        Signal id such as ``"A07"``, or the column's own name when it has none.
    high, low : str
        How a cohort that is high (low) on it is described; empty where that side says
        nothing.
    quantity : str
        What the number measures.
    """

    signal: str
    high: str
    low: str
    quantity: str


def signal_id(column: str) -> str:
    """Return the catalogue id at the head of a column's name, or the whole name.

    Examples
    --------
    >>> signal_id("A07_replica_lexicon_hit_mean"), signal_id("price")
    ('A07', 'price')
    """
    match = _SIGNAL.match(column)
    return match.group(1) if match else column


def phrase_of(column: str) -> Phrase:
    """Return the words for a signal column; an unknown one is called by its name.

    Examples
    --------
    >>> phrase_of("A07_replica_lexicon_hit").high
    'with replica wording'
    >>> phrase_of("Z99_odd_thing").quantity
    'odd thing'
    """
    key = signal_id(column)
    known = _table().get(key)
    if known is None:
        name = re.sub(_SIGNAL, "", column).replace("_", " ").strip() or column
        known = Phrase(key, f"high in {name}", f"low in {name}", name)
    if column.endswith(_MEAN):
        return replace(known, quantity=f"{known.quantity} (mean over listings)")
    if column.endswith(_SHARE):
        counted = known.low if is_share_of_low(column) else known.high
        return Phrase(key, counted, "", f"share of listings {counted}")
    return known


def is_share_of_low(column: str) -> bool:
    """Whether a column is a seller's share of listings on the low side of a signal.

    Examples
    --------
    >>> is_share_of_low("B02_price_ratio_brand_cat_share")
    True
    """
    return column.endswith(_SHARE) and signal_id(column) in LOW_TAIL


@lru_cache(maxsize=1)
def _table() -> dict[str, Phrase]:
    path = Path(__file__).parent / "phrases.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = [Phrase(**row) for row in csv.DictReader(file)]
    return {row.signal: row for row in rows}
