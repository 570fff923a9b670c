"""J04: how many independent kinds of evidence point at an entity."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg.signals._catalogue import signal_catalogue
from iprseg.signals._result import Column, full

# Kinds of evidence by the letter of the signal ids; listing behaviour, logistics and
# promotion are context, and no evidence of their own (domain-spec section 3, J04).
_KINDS = {
    "A": "text",
    "B": "price",
    "C": "image",
    "F": "feedback",
    "G": "history",
    "H": "network",
}
# How the catalogue begins the formula of a yes or no. What the values of a day happen
# to be says nothing: a count of buyers is 1 in a small shop.
_YES_OR_NO = "1 if "
# A seller has a kind of evidence if this share of its listings has it.
_SHARE = 0.25

Flags = dict[str, tuple[NDArray[np.bool_], NDArray[np.bool_]]]


def hard_evidence_count(columns: dict[str, Column], n: int) -> Column:
    """J04: number of kinds of evidence with a signal beyond its bound, of listings.

    The bound is the catalogue's ``tau``; a signal without one that is a yes or no by
    its formula (``1 if …``) counts where it is yes, any other one without a bound never
    does, nor does one whose direction is ``±``. A listing of which no kind is known is
    missing.
    """
    return _count(_flags(columns, n), n)


def hard_evidence_count_of_sellers(
    columns: dict[str, Column],
    of_listings: dict[str, Column],
    seller: NDArray[np.int64],
    n: int,
) -> Column:
    """J04 of sellers: by their own signals, or by a quarter of their listings.

    Parameters
    ----------
    columns : dict of str to Column
        Signals with a formula for sellers, shape (n,) each.
    of_listings : dict of str to Column
        Signals of listings that sellers have no formula for.
    seller : ndarray of int, shape (n_listings,)
        Position of each listing's seller, -1 where unknown.
    n : int
        Number of sellers.
    """
    flags = _flags(columns, n)
    for kind, (beyond, known) in _flags(of_listings, len(seller)).items():
        used = known & (seller >= 0)
        total = np.bincount(seller[used], minlength=n)
        hits = np.bincount(seller[used & beyond], minlength=n)
        own = flags.get(kind, (np.zeros(n, dtype=bool),) * 2)
        flags[kind] = (
            own[0] | ((total > 0) & (hits >= _SHARE * total)),
            own[1] | (total > 0),
        )
    return _count(flags, n)


def _count(flags: Flags, n: int) -> Column:
    count = np.zeros(n)
    known = np.zeros(n, dtype=bool)
    for beyond, seen in flags.values():
        count += beyond
        known |= seen
    return full(count).missing(~known, "no_evidence_known")


def _flags(columns: dict[str, Column], n: int) -> Flags:
    """Tell by kind who has a signal beyond its bound, and of whom any is known."""
    catalogue = signal_catalogue()
    flags: Flags = {}
    for name, column in columns.items():
        kind = _KINDS.get(name[0])
        if kind is None:
            continue
        beyond = _beyond(column.values, catalogue.loc[name.partition("_")[0]])
        if beyond is not None:
            none = np.zeros(n, dtype=bool)
            hit, known = flags.get(kind, (none, none))
            flags[kind] = (hit | beyond, known | ~np.isnan(column.values))
    return flags


def _beyond(values: NDArray[np.float64], row: pd.Series) -> NDArray[np.bool_] | None:
    """Tell which values are beyond the bound; None for a signal that has none."""
    if row["direction"] == "±":
        return None
    low = row["direction"] == "-"
    if not np.isnan(row["tau"]):
        return values < row["tau"] if low else values > row["tau"]
    # "-" without a bound protects where it is yes, and says nothing where it is no
    return values == 1 if row["formula"].startswith(_YES_OR_NO) and not low else None
