"""A marketplace with and without a behaviour, and the signals of both."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

import iprseg
from benchmarks.adversaries._shares import share
from iprseg.simulate import SimulatedMarketplace

SEED = 43
LARGE = (15_000, 2_400)  # listings and sellers, where a behaviour is rare
_VAULT_KEY = bytes(range(32))  # of invented identities


@cache
def plain(listings: int = 6_000, sellers: int = 950) -> SimulatedMarketplace:
    """Make the marketplace without adversaries of this folder."""
    return iprseg.make_marketplace(listings, sellers, 0, SEED)


def plant(
    code: str, size: tuple[int, int] = (6_000, 950), **options: Any
) -> SimulatedMarketplace:
    """Plant one behaviour in it."""
    asked: Mapping[str, Any] = {"share": 0.5} | options
    return iprseg.add_adversaries(plain(*size), {code: asked}, SEED)


def signals(
    simulated: SimulatedMarketplace, families: list[str], level: str = "listing"
) -> pd.DataFrame:
    """Compute signals of families, identities behind tokens, columns by their code."""
    tables = dict(simulated.tables)
    vault = iprseg.Vault(_VAULT_KEY)
    tables["seller_identity"] = vault.pseudonymise(tables["seller_identity"])
    marketplace = iprseg.Marketplace.from_frames(tables)
    return iprseg.compute_signals(marketplace, level, families=families)


def column(frame: pd.DataFrame, code: str, ending: str = "") -> pd.Series:
    """Give the column of a signal by its code and the end of its name."""
    names = [
        c for c in frame.columns if c.startswith(f"{code}_") and c.endswith(ending)
    ]
    return frame[min(names, key=len)]


def truth(simulated: SimulatedMarketplace, kind: str = "") -> pd.DataFrame:
    """Give what was planted, of one kind of entity."""
    rows = simulated.truth["adversaries"]
    return rows[rows["entity_type"] == kind] if kind else rows


@dataclass(frozen=True)
class Line:
    """One row of the table.

    Attributes
    ----------
    code, planted : str
        Behaviour, and how it was planted.
    against : str
        The counter-signals of domain-spec section 6.1.
    read : str
        What was asked of which signal.
    off, on, others : str
        Flagged before it was planted, after, and among entities without it.
    """

    code: str
    planted: str
    read: str
    off: str = "–"
    on: str = "–"
    others: str = "–"

    def row(self) -> dict[str, str]:
        """Give it as a row, with the counter-signals of the specification."""
        against = iprseg.adversary_catalogue().loc[self.code, "signals"]
        return {
            "": self.code,
            "planted": self.planted,
            "against it (6.1)": against.replace(";", ", "),
            "read": self.read,
            "off": self.off,
            "on": self.on,
            "others": self.others,
        }


def compare(
    code: str,
    planted: str,
    read: str,
    ids: pd.Index | list[str],
    flagged: pd.Series,
    before: pd.Series | None,
    clusters: pd.Series | None = None,
    others: pd.Series | None = None,
) -> Line:
    """Compare what is flagged of planted entities, before and after, and of others.

    ``flagged`` and ``before`` are flags by id; ``clusters`` sellers by id, where the
    entities are listings.
    """
    ids = pd.Index(ids)
    rest = flagged[~flagged.index.isin(ids)] if others is None else others
    there = before is not None and ids.isin(before.index).all()
    return Line(
        code,
        planted,
        read,
        _share(before, ids, clusters) if there and before is not None else "new",
        _share(flagged, ids, clusters),
        _share(rest, rest.index, clusters),
    )


def _share(flags: pd.Series, ids: pd.Index, clusters: pd.Series | None) -> str:
    hits = flags.reindex(ids).fillna(False).to_numpy(bool)
    known = None if clusters is None else clusters.reindex(ids).to_numpy(object)
    return share(hits, known)


def above(values: pd.Series, usual: pd.Series, level: float = 0.95) -> pd.Series:
    """Flag what exceeds all but one in twenty of the usual entities."""
    bound = np.nanquantile(usual.to_numpy(float), level)
    return values > bound
