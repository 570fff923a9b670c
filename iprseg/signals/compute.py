"""Compute the signals of the catalogue."""

from collections.abc import Callable
from os import PathLike
from typing import Any

import numpy as np
import pandas as pd

from iprseg._check import check_option
from iprseg.errors import IprsegError
from iprseg.signals._catalogue import STAGES, signal_catalogue
from iprseg.signals._inputs import Inputs
from iprseg.signals._result import Column
from iprseg.signals.behaviour.brand_mix import brand_entropy, new_account_highvalue
from iprseg.signals.brands import BrandList, learn_brands
from iprseg.signals.feedback.review_claims import review_fake_mention_rate
from iprseg.signals.price import msrp, ratios
from iprseg.signals.seller_aggregates import aggregate_by_seller, seller_index
from iprseg.signals.text import brand_signals, lexicon_signals, script_signals

_OWNER = "compute_signals"
_LEVELS = ("listing", "seller")

_LISTING: dict[str, Callable[[Inputs], Column]] = {
    "A01": brand_signals.brand_field_mismatch,
    "A02": brand_signals.brand_field_empty_with_mention,
    "A03": brand_signals.brand_stuffing_count,
    "A04": brand_signals.obfuscated_brand,
    "A05": brand_signals.brand_edit_near_miss,
    "A06": brand_signals.referential_use,
    "A07": lexicon_signals.replica_lexicon_hit,
    "A08": lexicon_signals.grade_term,
    "A09": lexicon_signals.disclaimer,
    "A10": lexicon_signals.authenticity_overclaim,
    "A14": script_signals.special_char_ratio,
    "A15": script_signals.mixed_script_token,
    "B01": msrp.price_ratio_msrp,
    "B02": ratios.price_ratio_brand_cat,
    "B03": ratios.price_ratio_category,
    "B04": ratios.log_price_z_mad,
    "B05": ratios.discount_depth,
    "F01": lambda inputs: review_fake_mention_rate(inputs, inputs.listings.index),
}
_SELLER: dict[str, Callable[[Inputs, pd.Index], Column]] = {
    "E02": new_account_highvalue,
    "E04": brand_entropy,
    "F01": lambda inputs, sellers: review_fake_mention_rate(
        inputs, sellers, "seller_id"
    ),
}


def compute_signals(
    mp: Any,
    level: str = "listing",
    as_of: Any = None,
    max_stage: str | None = None,
    brands: BrandList | pd.DataFrame | str | PathLike[str] | None = None,
    return_reasons: bool = False,
) -> pd.DataFrame | tuple[pd.DataFrame, pd.DataFrame]:
    """Compute the signals of listings or sellers.

    Parameters
    ----------
    mp : Marketplace or dict of frames
        At least ``listings`` with ``listing_id`` and ``title``.
    level : {"listing", "seller"}, default "listing"
    as_of : timestamp, optional
        Compute from what was known before this time. None: from all there is.
    max_stage : {"T0", "T1", "T2", "T3", "T4"}, optional
        Leave out signals known later than this stage of a listing's life.
    brands : BrandList, DataFrame or path of a CSV file, optional
        Brands to look for. None: learned from the tables (as known at `as_of`).
    return_reasons : bool, default False
        Also return why values are missing.

    Returns
    -------
    signals : DataFrame
        One row per listing (index ``listing_id``) or seller (``seller_id``), a float
        column per signal, such as ``B05_discount_depth``. Sellers also get the mean of
        each listing signal (``…_mean``) and, of those that are no yes-or-no, the share
        of their listings beyond the catalogue's ``tau`` (``…_share``; below it where
        low values are the risky ones).
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
    check_option("level", level, _LEVELS, _OWNER)
    check_option("max_stage", max_stage, (None, *STAGES), _OWNER)
    moment = _moment(as_of)
    tables = mp if moment is None else _known_at(mp, moment)
    # A marketplace that is already as of a time dates everything computed from it.
    moment = getattr(tables, "as_known", moment)
    inputs = Inputs(tables, _brand_list(tables, brands), moment)
    listing = _listing_columns(inputs, max_stage, level)
    if level == "listing":
        return _frames(listing, inputs.listings.index, "listing_id", return_reasons)
    sellers = seller_index(inputs)
    chosen = _ids(_SELLER, "seller", max_stage)
    columns = {name: _SELLER[key](inputs, sellers) for key, name in chosen.items()}
    columns |= aggregate_by_seller(inputs, listing, sellers)
    return _frames(columns, sellers, "seller_id", return_reasons)


def _moment(as_of: Any) -> pd.Timestamp | None:
    if as_of is None:
        return None
    try:
        moment = pd.Timestamp(as_of)
    except (TypeError, ValueError) as error:
        raise IprsegError(
            f"The 'as_of' parameter of {_OWNER} must be a date or time; got {as_of!r}."
        ) from error
    return (
        moment.tz_localize("UTC") if moment.tzinfo is None else moment.tz_convert("UTC")
    )


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


def _ids(built: dict, level: str, max_stage: str | None) -> dict[str, str]:
    """Return id and column name of the catalogue's signals of a level and stage."""
    catalogue = signal_catalogue()
    last = STAGES.index(max_stage) if max_stage else len(STAGES)
    return {
        key: f"{key}_{name}"
        for key, name, levels, stage in zip(
            catalogue.index,
            catalogue["name"],
            catalogue["level"],
            catalogue["stage"],
            strict=True,
        )
        if key in built and level in levels.split(";") and STAGES.index(stage) <= last
    }


def _listing_columns(
    inputs: Inputs, max_stage: str | None, level: str
) -> dict[str, Column]:
    chosen = _ids(_LISTING, "listing", max_stage)
    if level == "seller":
        # Signals with a formula of their own for sellers are not averaged.
        chosen = {key: name for key, name in chosen.items() if key not in _SELLER}
    return {name: _LISTING[key](inputs) for key, name in chosen.items()}


def _frames(
    columns: dict[str, Column], index: pd.Index, name: str, return_reasons: bool
) -> pd.DataFrame | tuple[pd.DataFrame, pd.DataFrame]:
    index = index.rename(name)
    values = {key: column.values.astype(np.float64) for key, column in columns.items()}
    signals = pd.DataFrame(values, index=index)
    if not return_reasons:
        return signals
    reasons = {key: column.reasons for key, column in columns.items()}
    return signals, pd.DataFrame(reasons, index=index, dtype=object)
