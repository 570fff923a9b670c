"""Market, language and script of listings and sellers."""

from __future__ import annotations

from typing import Any

import pandas as pd

from iprseg._check import check_option
from iprseg.signals._tables import listings_of, texts_of
from iprseg.signals.text._scripts import main_scripts

__all__ = ["card_groups"]


def card_groups(mp: Any, level: str = "listing") -> pd.DataFrame:
    """Give market, language and script of each listing, to look at a signal by them.

    Parameters
    ----------
    mp : Marketplace, dict of frames or listings frame
    level : {"listing", "seller"}, default "listing"
        A seller has what most of his listings have.

    Returns
    -------
    DataFrame
        Index ``listing_id`` or ``seller_id``; columns ``market`` and ``lang`` where the
        tables hold them, and ``script`` of the title. For `signal_cards(by=…)`.

    Raises
    ------
    IprsegError
        If `level` is none of those offered.
    TableError
        If there are no listings.

    Examples
    --------
    >>> listings = pd.DataFrame({
    ...     "listing_id": ["a", "b"], "title": ["Bag", "Сумка"], "market": ["DE", "KZ"]
    ... })
    >>> card_groups(listings).to_numpy().tolist()
    [['DE', 'Latin'], ['KZ', 'Cyrillic']]
    """
    check_option("level", level, ("listing", "seller"), "card_groups")
    listings = listings_of(mp)
    known = [name for name in ("market", "lang") if name in listings.columns]
    groups = listings[known].astype(object)
    scripts = main_scripts(texts_of(listings["title"]))
    groups["script"] = pd.Series(scripts, index=groups.index, dtype=object)
    if level == "listing":
        return groups
    if "seller_id" not in listings.columns:
        return groups.iloc[:0].rename_axis("seller_id")
    owner = listings["seller_id"].astype(object)
    return pd.DataFrame({name: _most(groups[name], owner) for name in groups})


def _most(values: pd.Series, owner: pd.Series) -> pd.Series:
    """Give what most rows of each owner have; of equals the first by name."""
    told = pd.DataFrame({"seller_id": owner, "value": values}).dropna()
    counted = told.value_counts().rename("n").reset_index()
    ordered = counted.sort_values(["n", "value"], ascending=[False, True])
    return ordered.drop_duplicates("seller_id").set_index("seller_id")["value"]
