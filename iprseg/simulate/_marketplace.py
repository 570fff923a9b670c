"""A synthetic marketplace with known truth, in memory."""

from dataclasses import dataclass

import pandas as pd
import pyarrow as pa

from iprseg.simulate._batches import checked_world, make_batches


@dataclass(frozen=True)
class Simulated:
    """A synthetic marketplace and what was planted in it.

    Attributes
    ----------
    tables : dict of str to pandas.DataFrame
        The canonical tables, ``seller_identity`` with raw (invented) values.
    truth : dict of str to pandas.DataFrame
        ``listings`` and ``sellers`` (one row each, with ``cohort``), ``networks`` (one
        row per member) and ``behaviours`` (one row per planted behaviour).
    """

    tables: dict[str, pd.DataFrame]
    truth: dict[str, pd.DataFrame]


def make_marketplace(
    n_listings: int = 5000,
    n_sellers: int = 800,
    evasion: int = 0,
    random_state: int = 0,
) -> Simulated:
    """Make a synthetic marketplace with planted cohorts.

    About 12 % of sellers are bad and 4 % of listings violate; bad sellers sell honest
    goods too. All brands, sellers and identities are invented. With 150 sellers or
    more every planted cohort is there; with fewer, the rare ones may be missing, and
    with fewer than four listings a seller the share of violations rises, because every
    bad seller has at least one.

    Parameters
    ----------
    n_listings : int, default 5000
        Number of listings, at least ``n_sellers``.
    n_sellers : int, default 800
        Number of sellers; each has at least one listing.
    evasion : {0, 1, 2, 3}, default 0
        How hard the bad sellers hide: more disguised or withheld brands, hidden brand
        fields, camouflaged prices and scrambled identities. The same seed plants the
        same cohorts and violations at every level.
    random_state : int, default 0
        Seed; the same seed gives the same marketplace on every machine.

    Returns
    -------
    Simulated
        With ``tables`` and ``truth``.

    Raises
    ------
    IprsegError
        If a parameter is out of its range.

    Examples
    --------
    >>> simulated = make_marketplace(n_listings=200, n_sellers=40)
    >>> len(simulated.tables["listings"]), len(simulated.truth["sellers"])
    (200, 40)
    """
    world = checked_world(
        n_listings, n_sellers, evasion, random_state, "make_marketplace"
    )
    tables: dict[str, list[pa.Table]] = {}
    truth: dict[str, list[pa.Table]] = {}
    for parts, planted in make_batches(world):
        for store, new in ((tables, parts), (truth, planted)):
            for name, table in new.items():
                store.setdefault(name, []).append(table)
    return Simulated(tables=_frames(tables), truth=_frames(truth))


def _frames(parts: dict[str, list[pa.Table]]) -> dict[str, pd.DataFrame]:
    return {name: pa.concat_tables(parts[name]).to_pandas() for name in sorted(parts)}
