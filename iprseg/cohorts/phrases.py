"""Plain words for signals: the phrase table, read once."""

import csv
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

_SIGNAL = re.compile(r"^([A-Z]\d{2})(?:_|$)")
_ENDINGS = {
    "_mean": "mean over listings",
    "_gmv_mean": "mean over listings, weighted by sales",
    "_gmv_weighted_mean": "mean over listings, weighted by sales",
    "_p90": "90th percentile over listings",
    "_share": "share of listings",
}


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
    ending = max((e for e in _ENDINGS if column.endswith(e)), key=len, default="")
    if not ending:
        return known
    quantity = f"{known.quantity} ({_ENDINGS[ending]})"
    return Phrase(key, known.high, known.low, quantity)


@lru_cache(maxsize=1)
def _table() -> dict[str, Phrase]:
    path = Path(__file__).parent / "phrases.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = [Phrase(**row) for row in csv.DictReader(file)]
    return {row.signal: row for row in rows}
