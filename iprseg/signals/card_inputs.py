"""Labels, sellers, weights and groups by which the cards of signals are measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from iprseg.errors import TableError
from iprseg.signals.text.writing import detect_main_scripts
from iprseg.tables.access import MarketplaceLike, get_listings, to_text_list
from iprseg.validation import check_option


def signal_groups(marketplace: MarketplaceLike, level: str = "listing") -> pd.DataFrame:
    """Give market, language and script of each listing, to look at a signal by them.

    Parameters
    ----------
    marketplace : Marketplace, dict of frames or listings frame
        The tables; ``listings`` is needed.
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
    >>> signal_groups(listings).to_numpy().tolist()
    [['DE', 'Latin'], ['KZ', 'Cyrillic']]
    """
    check_option("level", level, ("listing", "seller"), "signal_groups")
    listings = get_listings(marketplace)
    known = [name for name in ("market", "lang") if name in listings.columns]
    groups = listings[known].astype(object)
    scripts = detect_main_scripts(to_text_list(listings["title"]))
    groups["script"] = pd.Series(scripts, index=groups.index, dtype=object)
    if level == "listing":
        return groups
    if "seller_id" not in listings.columns:
        return groups.iloc[:0].rename_axis("seller_id")
    owner = listings["seller_id"].astype(object)
    return pd.DataFrame(
        {name: _find_most_frequent(groups[name], owner) for name in groups}
    )


def _find_most_frequent(values: pd.Series, owner: pd.Series) -> pd.Series:
    """Give what most rows of each owner have; of equals the first by name."""
    told = pd.DataFrame({"seller_id": owner, "value": values}).dropna()
    counted = told.value_counts().rename("n").reset_index()
    ordered = counted.sort_values(["n", "value"], ascending=[False, True])
    return ordered.drop_duplicates("seller_id").set_index("seller_id")["value"]


_MAX_NAMED = 5


def pool_small_groups(
    groups: pd.Series, owner: np.ndarray, min_sellers: int
) -> pd.Series:
    """Join the groups of few sellers, so that none of them can be told from the rest.

    They become one group that names them; where they have too few sellers together, the
    next larger group joins them, because a single one left out follows by subtraction.

    Parameters
    ----------
    groups : Series
        Group of each row; NaN is "unknown".
    owner : ndarray, shape (n,)
        Seller of each row.
    min_sellers : int

    Examples
    --------
    >>> groups = pd.Series(["BR"] * 4 + ["AE", None])
    >>> pool_small_groups(groups, np.array(list("abcdef")), 2).tolist()
    ['BR', 'BR', 'BR', 'BR', 'others (AE, unknown)', 'others (AE, unknown)']
    """
    names = groups.astype(object).where(groups.notna(), "unknown").map(str)
    held = pd.Series(owner).groupby(names.to_numpy()).nunique().sort_values()
    few = list(held.index[held < min_sellers])
    if not few:
        return names
    for name in held.index[len(few) :]:
        if len(np.unique(owner[names.isin(few)])) >= min_sellers:
            break
        few.append(name)
    told = sorted(few)[:_MAX_NAMED] + ["…"] * (len(few) > _MAX_NAMED)
    return names.mask(names.isin(few), f"others ({', '.join(told)})")


@dataclass(frozen=True)
class RowLabels:
    """What is known of the labeled rows, one entry per label.

    Attributes
    ----------
    row : ndarray of int
        Row of the signals; those of a seller serve each labeled listing of his.
    positive : ndarray of bool
    seller : ndarray of int
    weight : ndarray of float
    """

    row: np.ndarray
    positive: np.ndarray
    seller: np.ndarray
    weight: np.ndarray

    def of(self, inside: np.ndarray) -> RowLabels:
        """Give the labels of some rows of the signals."""
        here = inside[self.row]
        parts = (self.row, self.positive, self.seller, self.weight)
        return RowLabels(*(part[here] for part in parts))


def parse_signal_table(signals: pd.DataFrame) -> pd.DataFrame:
    """Give the signals as numbers; what is infinite is missing.

    Raises
    ------
    TableError
        When there is no signal, an id or a signal is there twice, or a column holds
        what is no number.
    """
    check_type(signals, "signals", pd.DataFrame)
    if not len(signals.columns):
        raise TableError(
            "There is no signal to measure: the frame of signals has no column."
        )
    check_unique(signals.index, "signals")
    check_unique(signals.columns, "the columns of signals")
    made: dict[Any, np.ndarray] = {}
    for name in signals.columns:
        try:
            if pd.api.types.is_datetime64_any_dtype(signals[name]):
                raise TypeError("a time is no number")
            values = signals[name].to_numpy(dtype=float, na_value=np.nan)
        except (TypeError, ValueError) as error:
            raise TableError(
                f"The signal {str(name)!r} holds what is no number: leave its column "
                "out of the signals."
            ) from error
        made[name] = np.where(np.isfinite(values), values, np.nan)
    return pd.DataFrame(made, index=signals.index, columns=signals.columns)


def encode_sellers(index: pd.Index, sellers: pd.Series | None) -> np.ndarray:
    """Give each row the number of its seller; one of none known is by itself."""
    alone = np.arange(len(index))
    if sellers is None:
        return alone
    check_type(sellers, "sellers", pd.Series)
    check_unique(sellers.index, "the sellers")
    codes = pd.factorize(sellers.reindex(index).astype(object))[0]
    return np.where(codes < 0, len(index) + alone, codes)


def match_labels(
    index: pd.Index,
    violative: pd.Series | None,
    sellers: pd.Series | None,
    weights: pd.Series | None,
) -> RowLabels:
    """Find the row that each label speaks of.

    Raises
    ------
    TableError
        When none is known, no label meets a row, a label is neither 0 nor 1, an id has
        two, or a weight is missing or not above 0.
    """
    if violative is None:
        none = np.zeros(0, dtype=int)
        return RowLabels(none, none.astype(bool), none, none.astype(float))
    check_type(violative, "labels", pd.Series)
    check_unique(violative.index, "the labels")
    known = violative.dropna()
    if known.empty:
        raise TableError(
            "Every label is missing: give labels that say yes or no, or none at all."
        )
    truth = pd.to_numeric(known, errors="coerce").astype(float)
    if not truth.isin([0.0, 1.0]).all():
        wrong = known[~truth.isin([0.0, 1.0])].iloc[0]
        raise TableError(
            f"A label must be true or false (1 or 0); got {wrong!r}: turn what was "
            "answered into violative or not first."
        )
    key: Any = known.index
    if sellers is not None and _is_seller_signal(index, known.index):
        check_unique(sellers.index, "the sellers")
        key = pd.Index(sellers.reindex(known.index).astype(object))
    row = index.astype(object).get_indexer(key)
    here = row >= 0
    if not here.any():
        raise TableError(
            "No id has both signals and a label: give labels by the ids that the "
            "signals are of, or with the seller of each (`sellers`)."
        )
    ids = known.index[here]
    return RowLabels(
        row[here],
        truth.to_numpy()[here] > 0,
        encode_sellers(ids, sellers),
        _match_weights(weights, ids),
    )


def _is_seller_signal(index: pd.Index, labeled: pd.Index) -> bool:
    """Whether signals are of sellers while labels are of what they sell."""
    return index.name == "seller_id" and labeled.name != "seller_id"


def _match_weights(weights: pd.Series | None, ids: pd.Index) -> np.ndarray:
    if weights is None:
        return np.ones(len(ids))
    check_unique(weights.index, "the weights")
    found = weights.reindex(ids).to_numpy(dtype=float, na_value=np.nan)
    if not (np.isfinite(found) & (found > 0)).all():
        wrong = ids[~(np.isfinite(found) & (found > 0))][0]
        raise TableError(
            f"The label of {str(wrong)!r} has no weight above 0: give one over its "
            "chance of being drawn, or no weights."
        )
    return found


def check_type(given: Any, what: str, kind: type) -> None:
    """Refuse what has no ids, such as a list."""
    if not isinstance(given, kind):
        raise TableError(
            f"What is given as {what} must be a {kind.__name__} by id; "
            f"got {type(given).__name__}."
        )


def check_unique(index: pd.Index, what: str) -> None:
    """Refuse an index that holds an id twice."""
    if not index.is_unique:
        twice = index[index.duplicated()][0]
        raise TableError(
            f"In {what} {str(twice)!r} is there more than once: keep one of each."
        )
