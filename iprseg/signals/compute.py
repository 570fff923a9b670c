"""Compute the signals of the catalogue."""

from collections.abc import Iterable, Mapping
from os import PathLike
from typing import Any

import numpy as np
import pandas as pd

from iprseg._check import check_option
from iprseg.errors import IprsegError
from iprseg.signals._catalogue import STAGES, signal_catalogue
from iprseg.signals._inputs import Inputs
from iprseg.signals._levels import Choice, signal_columns
from iprseg.signals._own import Own, own_columns
from iprseg.signals._result import Column
from iprseg.signals.brands import BrandList, learn_brands

_OWNER = "compute_signals"
_KEYS = {
    "listing": "listing_id",
    "seller": "seller_id",
    "creator": "creator_id",
    "rights_owner": "ro_id",
}


def compute_signals(
    mp: Any,
    level: str = "listing",
    as_of: Any = None,
    max_stage: str | None = None,
    brands: BrandList | pd.DataFrame | str | PathLike[str] | None = None,
    return_reasons: bool = False,
    own: Mapping[str, Own] | None = None,
    families: Iterable[str] | None = None,
) -> pd.DataFrame | tuple[pd.DataFrame, pd.DataFrame]:
    """Compute the signals of listings, sellers, creators or rights owners.

    Parameters
    ----------
    mp : Marketplace or dict of frames
        At least ``listings`` with ``listing_id`` and ``title``.
    level : {"listing", "seller", "creator", "rights_owner"}, default "listing"
    as_of : timestamp, optional
        Compute from what was known before this time. None: from all there is.
    max_stage : {"T0", "T1", "T2", "T3", "T4"}, optional
        Leave out signals known later than this stage of a listing's life.
    brands : BrandList, DataFrame or path of a CSV file, optional
        Brands to look for. None: learned from the tables (as known at `as_of`).
    return_reasons : bool, default False
        Also return why values are missing.
    own : mapping of str to path or callable, optional
        Signals of your own by column name, such as ``"X01_my_signal"``: a file with one
        query (see ``docs/own_signals.md``), or a function that is given the tables and
        returns a Series by id. They are added to the frame as they are.
    families : iterable of str, optional
        Compute signals of these families of the catalogue alone, such as
        ``["text", "price"]``. None: of all.

    Returns
    -------
    signals : DataFrame
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
        A missing value is NaN, never 0.
    reasons : DataFrame
        Only if `return_reasons`: same shape, ``""`` where a value is there, else
        such as ``"column_absent: list_price"`` or ``"thin_group"``.

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
    check_option("level", level, tuple(_KEYS), _OWNER)
    check_option("max_stage", max_stage, (None, *STAGES), _OWNER)
    choice = Choice(max_stage, _checked(families))
    moment = _moment(as_of)
    tables = mp if moment is None else _known_at(mp, moment)
    # A marketplace that is already as of a time dates everything computed from it.
    moment = getattr(tables, "as_known", moment)
    inputs = Inputs(tables, _brand_list(tables, brands), moment)
    columns, entities = signal_columns(inputs, level, choice)
    given = own_columns(own or {}, inputs, level, entities)
    if taken := columns.keys() & given.keys():
        raise IprsegError(
            f"The signal {min(taken)!r} of your own has the name of one that is there: "
            "call it otherwise."
        )
    columns |= given
    return _frames(columns, entities, _KEYS[level], return_reasons)


def _checked(families: Iterable[str] | None) -> frozenset[str] | None:
    if families is None:
        return None
    offered = tuple(signal_catalogue()["family"].unique())
    # of one name alone, not its letters
    chosen = [families] if isinstance(families, str) else list(families)
    for family in chosen:
        check_option("families", family, offered, _OWNER)
    return frozenset(chosen)


def _moment(as_of: Any) -> pd.Timestamp | None:
    from iprseg.tables._times import parse_time

    return None if as_of is None else parse_time(as_of, "as_of")


def _known_at(mp: Any, moment: pd.Timestamp) -> Any:
    from iprseg.tables import Marketplace

    if isinstance(mp, pd.DataFrame):
        mp = {"listings": mp}
    if isinstance(mp, dict):
        mp = Marketplace.from_frames(mp)
    return mp.as_of(moment)


def _brand_list(tables: Any, brands: Any) -> BrandList:
    if isinstance(brands, BrandList):
        return brands
    if brands is None:
        return learn_brands(tables)
    if isinstance(brands, pd.DataFrame):
        return BrandList.from_frame(brands)
    return BrandList.load(brands)


def _frames(
    columns: dict[str, Column], index: pd.Index, name: str, return_reasons: bool
) -> pd.DataFrame | tuple[pd.DataFrame, pd.DataFrame]:
    index = index.rename(name)
    values = {k: np.asarray(c.values, dtype=np.float64) for k, c in columns.items()}
    signals = pd.DataFrame(values, index=index)
    if not return_reasons:
        return signals
    reasons = {key: column.reasons for key, column in columns.items()}
    return signals, pd.DataFrame(reasons, index=index, dtype=object)
