"""Compute the signals of a level: those of the catalogue, and those of the user's own."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from iprseg.brands.brand_list import BrandList
from iprseg.brands.learn import learn_brands
from iprseg.errors import IprsegError
from iprseg.signals.inputs import Column, Inputs
from iprseg.signals.queries import read_sql_signal, run_sql_signal
from iprseg.signals.registry import (
    STAGES,
    find_composites,
    find_functions,
    find_queries,
    select_signals,
    signal_catalogue,
)
from iprseg.tables.access import MarketplaceLike
from iprseg.validation import check_option

_OWNER = "compute_signals"
_ID_COLUMNS = {
    "listing": "listing_id",
    "seller": "seller_id",
    "creator": "creator_id",
    "rights_owner": "ro_id",
}


def compute_signals(
    marketplace: MarketplaceLike,
    level: str = "listing",
    as_of: Any = None,
    max_stage: str | None = None,
    brands: BrandList | pd.DataFrame | str | PathLike[str] | None = None,
    own: Mapping[str, OwnSignal] | None = None,
    families: Iterable[str] | None = None,
) -> pd.DataFrame:
    """Compute the signals of listings, sellers, creators or rights owners.

    Parameters
    ----------
    marketplace : Marketplace or dict of frames
        At least ``listings`` with ``listing_id`` and ``title``.
    level : {"listing", "seller", "creator", "rights_owner"}, default "listing"
    as_of : timestamp, optional
        Compute from what was known before this time. None: from all there is.
    max_stage : {"T0", "T1", "T2", "T3", "T4"}, optional
        Leave out signals known later than this stage of a listing's life.
    brands : BrandList, DataFrame or path of a CSV file, optional
        Brands to look for. None: learned from the tables (as known at `as_of`).
    own : mapping of str to path or callable, optional
        Signals of your own by column name, such as ``"X01_my_signal"``: a file with one
        query (see ``docs/own_signals.md``), or a function that is given the tables and
        returns a Series by id. They are added to the frame as they are.
    families : iterable of str, optional
        Compute signals of these families of the catalogue alone, such as
        ``["text", "price"]``. None: of all.

    Returns
    -------
    DataFrame
        One row per listing (index ``listing_id``), seller (``seller_id``), creator
        (``creator_id``) or rights owner (``ro_id``), a float
        column per signal, such as ``B05_discount_depth``. Sellers also get, over their
        listings, of each listing signal without a formula for sellers

        - ``…_mean``;
        - ``…_gmv_mean``: the mean weighted by the value sold in all days known
          (``orders_daily.gmv_usd``), missing where nothing was sold; only at stages
          that know of sales (T3, T4);
        - of those that are no yes-or-no ``…_share``, the share of listings beyond the
          catalogue's ``tau`` (below it where low values are the risky ones), and
          ``…_p90``, the 90th percentile (``…_p10`` too where low ones are risky).

        Creators get the same over the listings they promote, each once, from T2 on.
        A missing value is NaN, never 0; `missing_reasons` says why it is missing.

    Raises
    ------
    IprsegError
        If an option is none of those offered.
    TableError
        If a needed table or column is missing.

    Examples
    --------
    >>> listings = pd.DataFrame({
    ...     "listing_id": ["a", "b"],
    ...     "title": ["Zephyra bag, master copy", "Canvas bag"],
    ...     "brand_field": ["as shown", None],
    ... })
    >>> brands = pd.DataFrame({"name": ["Zephyra"]})
    >>> signals = compute_signals({"listings": listings}, brands=brands)
    >>> signals["A02_brand_field_empty_with_mention"].tolist()
    [1.0, 0.0]
    """
    return _build_signal_frame(
        *_compute_all_columns(
            marketplace, level, as_of, max_stage, brands, own, families
        )
    )


def missing_reasons(
    marketplace: MarketplaceLike,
    level: str = "listing",
    as_of: Any = None,
    max_stage: str | None = None,
    brands: BrandList | pd.DataFrame | str | PathLike[str] | None = None,
    own: Mapping[str, OwnSignal] | None = None,
    families: Iterable[str] | None = None,
) -> pd.DataFrame:
    """Say of each signal value that is missing why it is missing.

    Parameters
    ----------
    marketplace : Marketplace, dict of DataFrame, or DataFrame
        As in `compute_signals`, as are all parameters. The signals are computed anew:
        where both are needed of a large marketplace, `CohortResult` holds both
        (``signals``, ``reasons``).
    level : {"listing", "seller", "creator", "rights_owner"}
        Whose signals.
    as_of : str or timestamp, optional
        Only what was known before this time.
    max_stage : {"T0", "T1", "T2", "T3", "T4"}, optional
        Only signals that can be known at this stage.
    brands : BrandList, optional
        The brands to look for.
    own : mapping of str to path or callable, optional
        Signals of your own.
    families : sequence of str, optional
        Only signals of these families.

    Returns
    -------
    DataFrame of str
        The shape, index and columns of `compute_signals`; ``""`` where a value is
        there, else such as ``"column_absent: list_price"`` or ``"thin_group"``.

    Raises
    ------
    IprsegError, TableError
        As `compute_signals`.

    Examples
    --------
    >>> listings = pd.DataFrame({"listing_id": ["a"], "title": ["Canvas bag"]})
    >>> reasons = missing_reasons({"listings": listings}, families=["price"])
    >>> reasons.at["a", "B05_discount_depth"]
    'column_absent: list_price'
    """
    return _build_reason_frame(
        *_compute_all_columns(
            marketplace, level, as_of, max_stage, brands, own, families
        )
    )


def compute_signals_with_reasons(
    marketplace: MarketplaceLike,
    level: str = "listing",
    as_of: Any = None,
    max_stage: str | None = None,
    brands: BrandList | pd.DataFrame | str | PathLike[str] | None = None,
    own: Mapping[str, OwnSignal] | None = None,
    families: Iterable[str] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what `compute_signals` and `missing_reasons` return, from one run."""
    columns, entities = _compute_all_columns(
        marketplace, level, as_of, max_stage, brands, own, families
    )
    signals = _build_signal_frame(columns, entities)
    return signals, _build_reason_frame(columns, entities)


def _compute_all_columns(
    marketplace: MarketplaceLike,
    level: str,
    as_of: Any,
    max_stage: str | None,
    brands: BrandList | pd.DataFrame | str | PathLike[str] | None,
    own: Mapping[str, OwnSignal] | None,
    families: Iterable[str] | None,
) -> tuple[dict[str, Column], pd.Index]:
    """Compute the signals asked for, and return the ids they are of."""
    check_option("level", level, tuple(_ID_COLUMNS), _OWNER)
    check_option("max_stage", max_stage, (None, *STAGES), _OWNER)
    choice = SignalSelection(max_stage, _refuse_unknown_families(families))
    moment = _parse_as_of(as_of)
    tables = marketplace if moment is None else _restrict_to_known(marketplace, moment)
    # A marketplace that is already as of a time dates everything computed from it.
    moment = getattr(tables, "as_known", moment)
    inputs = Inputs(tables, _resolve_brands(tables, brands), moment)
    columns, entities = compute_columns(inputs, level, choice)
    given = compute_own_columns(own or {}, inputs, level, entities)
    if taken := columns.keys() & given.keys():
        raise IprsegError(
            f"The signal {min(taken)!r} of your own has the name of one that is there: "
            "call it otherwise."
        )
    columns |= given
    return columns, entities.rename(_ID_COLUMNS[level])


def _refuse_unknown_families(families: Iterable[str] | None) -> frozenset[str] | None:
    if families is None:
        return None
    offered = tuple(signal_catalogue()["family"].unique())
    # of one name alone, not its letters
    chosen = [families] if isinstance(families, str) else list(families)
    for family in chosen:
        check_option("families", family, offered, _OWNER)
    return frozenset(chosen)


def _parse_as_of(as_of: Any) -> pd.Timestamp | None:
    from iprseg.tables.parsing import parse_timestamp

    return None if as_of is None else parse_timestamp(as_of, "as_of")


def _restrict_to_known(marketplace: MarketplaceLike, moment: pd.Timestamp) -> Any:
    from iprseg.tables import Marketplace

    if isinstance(marketplace, pd.DataFrame):
        marketplace = {"listings": marketplace}
    if isinstance(marketplace, Mapping):
        marketplace = Marketplace.from_frames(marketplace)
    return marketplace.as_of(moment)


def _resolve_brands(tables: Any, brands: Any) -> BrandList:
    if isinstance(brands, BrandList):
        return brands
    if brands is None:
        return learn_brands(tables)
    if isinstance(brands, pd.DataFrame):
        return BrandList.from_frame(brands)
    return BrandList.load(brands)


def _build_signal_frame(columns: dict[str, Column], index: pd.Index) -> pd.DataFrame:
    values = {k: np.asarray(c.values, dtype=np.float64) for k, c in columns.items()}
    return pd.DataFrame(values, index=index)


def _build_reason_frame(columns: dict[str, Column], index: pd.Index) -> pd.DataFrame:
    reasons = {key: column.reasons for key, column in columns.items()}
    return pd.DataFrame(reasons, index=index, dtype=object)


_COMPOSITE = "composite"


@dataclass(frozen=True)
class SignalSelection:
    """Which signals are asked for: known by a stage, of some families (None: all)."""

    max_stage: str | None = None
    families: frozenset[str] | None = None

    def has(self, family: str) -> bool:
        """Tell whether a family is asked for."""
        return self.families is None or family in self.families

    def all_families(self) -> SignalSelection:
        """Return the same stage with every family."""
        return SignalSelection(self.max_stage)

    def select(self, level: str) -> dict[str, str]:
        """Return id and column name of the signals asked for at a level."""
        return select_signals(level, self.max_stage, self.families)


def compute_columns(
    inputs: Inputs, level: str, selection: SignalSelection
) -> tuple[dict[str, Column], pd.Index]:
    """Compute all signals of a level, with the entities they are of."""
    from iprseg.signals import aggregates  # nothing of listings needs it

    # composites are made of all the others
    wide = selection.all_families() if selection.has(_COMPOSITE) else selection
    entities = _list_entities(inputs, level)
    columns = _compute_signals_of_level(inputs, level, entities, wide)
    owned = level == "seller" or (
        level == "creator" and aggregates.knows_promotions(inputs, wide.max_stage)
    )
    # signals with a formula of their own for the owner are not averaged
    own = select_signals(level)
    listing = (
        _compute_signals_of_level(inputs, "listing", inputs.listings.index, wide, own)
        if owned
        else {}
    )
    # at the level of listings nothing is made of nothing
    if selection.has(_COMPOSITE) and (columns or level == "seller"):
        columns |= _compute_composites(inputs, level, entities, columns, listing)
    if level == "seller":
        columns |= aggregates.aggregate_by_seller(
            inputs, listing, entities, wide.max_stage
        )
    elif owned:
        columns |= aggregates.aggregate_by_creator(
            inputs, listing, entities, wide.max_stage
        )
    if selection.families is None:
        return columns, entities
    family = signal_catalogue()["family"]
    kept = {
        n: c for n, c in columns.items() if selection.has(family[n.partition("_")[0]])
    }
    return kept, entities


def _list_entities(inputs: Inputs, level: str) -> pd.Index:
    if level == "listing":
        return inputs.listings.index
    from iprseg.signals.aggregates import list_creators_or_rights_owners, list_sellers

    if level == "seller":
        return list_sellers(inputs)
    return list_creators_or_rights_owners(inputs, level)


def _compute_signals_of_level(
    inputs: Inputs,
    level: str,
    entities: pd.Index,
    selection: SignalSelection,
    without: Container[str] = (),
) -> dict[str, Column]:
    """Compute the signals of a level: functions, then queries; no composite."""
    names = selection.select(level)
    names = {key: name for key, name in names.items() if key not in without}
    columns = {
        names[key]: function(inputs)
        if level == "listing"
        else function(inputs, entities)
        for key, function in find_functions(names, level).items()
    }
    for query in find_queries(names, level).values():
        columns |= run_sql_signal(query, inputs, entities)
    return columns


def _compute_composites(
    inputs: Inputs,
    level: str,
    entities: pd.Index,
    columns: dict[str, Column],
    listing: dict[str, Column],
) -> dict[str, Column]:
    names = select_signals(level, families=[_COMPOSITE])
    return {
        names[key]: function(inputs, entities, columns, listing)
        for key, function in find_composites(names, level).items()
    }


OwnSignal = str | PathLike[str] | Callable[[Any], pd.Series]
_COLUMN_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def compute_own_columns(
    own: Mapping[str, OwnSignal], inputs: Inputs, level: str, entities: pd.Index
) -> dict[str, Column]:
    """Compute the user's signals over entities, by column name.

    Raises
    ------
    IprsegError
        If a name is none or the catalogue's, a file is not there or of another level,
        or a function fails or gives no Series with each id once.
    """
    columns: dict[str, Column] = {}
    for name, source in own.items():
        _check_own_name(name)
        if not callable(source) and not isinstance(source, str | PathLike):
            raise IprsegError(
                f"The signal {name!r} must be the path of a file with one query, or a "
                f"function; got {type(source).__name__}."
            )
        if callable(source):
            columns[name] = _call_own_function(name, source, inputs, entities)
        else:
            columns |= _run_own_query(name, Path(source), inputs, level, entities)
    return columns


def _check_own_name(name: Any) -> None:
    """Refuse what is no name, and names of the catalogue, computed now or not."""
    if not isinstance(name, str) or _COLUMN_NAME.fullmatch(name) is None:
        raise IprsegError(
            f"A signal of your own is called {name!r}: use letters, figures and '_' "
            "only, such as 'X01_my_signal'."
        )
    catalogue = signal_catalogue()
    built = catalogue.index + "_" + catalogue["name"]
    # of sellers a name goes on: ..._mean
    if any(name == one or name.startswith(f"{one}_") for one in built):
        raise IprsegError(
            f"The signal {name!r} of your own has the name of one of the catalogue: "
            "call it otherwise."
        )
    key = name.partition("_")[0]
    if key in catalogue.index:  # words, directions and blocks are found by the id
        raise IprsegError(
            f"The signal {name!r} of your own begins with {key}, the id of a signal of "
            "the catalogue: call it otherwise, such as 'X01_my_signal'."
        )


def _run_own_query(
    name: str, path: Path, inputs: Inputs, level: str, entities: pd.Index
) -> dict[str, Column]:
    if not path.is_file():
        raise IprsegError(
            f"The signal {name!r} is to come from {str(path)!r}, and there is no such "
            "file: give the path of one query."
        )
    signal = read_sql_signal(path)
    if signal.level != level:
        raise IprsegError(
            f"The signal file {path.name!r} is of level {signal.level!r} and "
            f"level={level!r} was asked for: leave it out, or ask for its level."
        )
    made = run_sql_signal(signal, inputs, entities)
    base = f"{signal.key}_{signal.name}"
    return {name + column.removeprefix(base): one for column, one in made.items()}


def _call_own_function(
    name: str, function: Callable[[Any], Any], inputs: Inputs, entities: pd.Index
) -> Column:
    try:
        found = function(inputs.marketplace)
    except Exception as error:  # it is the user's code: anything may happen in it
        told = " ".join(f"{type(error).__name__}: {error}".split())
        raise IprsegError(
            f"The function of the signal {name!r} ended with {told.rstrip('.: ')}: "
            "mend it, or leave the signal out."
        ) from error
    must = f"The function of the signal {name!r} must return a Series of numbers with"
    if not isinstance(found, pd.Series):
        raise IprsegError(
            f"{must} each id once in its index; it gave {type(found).__name__}."
        )
    if not found.index.is_unique:
        twice = found.index[found.index.duplicated()][0]
        raise IprsegError(f"{must} each id once in its index; it gave {twice!r} twice.")
    try:
        if pd.api.types.is_datetime64_any_dtype(found):
            raise TypeError("a time is no number")
        values = pd.to_numeric(found.reindex(entities)).to_numpy(float, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise IprsegError(
            f"{must} each id once in its index; it gave what is no number."
        ) from error
    gap = ~np.isfinite(values)
    reasons = np.where(gap, "not_given", "").astype(object)
    return Column(np.where(gap, np.nan, values), reasons)
