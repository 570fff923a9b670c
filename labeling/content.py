"""What the card shows of a listing: its text, price among like ones, signals."""

from __future__ import annotations

from typing import Any

import pandas as pd

from labeling.errors import LabelingError

__all__ = ["make_content"]

SHOWN = (
    "title",
    "description",
    "brand_field",
    "category_path",
    "condition",
    "market",
    "price",
    "currency",
)
# signals that are a ratio of the price to the median of a comparison group
_PRICE_GROUPS = {"B02": "same brand and category", "B03": "same category"}
_KINDS = {
    "exact": "names a brand",
    "line": "names a product line",
    "obfuscated": "a brand in disguise",
    "near_miss": "close to a brand's name",
}


def make_content(
    listings: pd.DataFrame,
    *,
    signals: pd.DataFrame | None = None,
    reasons: pd.DataFrame | None = None,
    mentions: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Gather what an annotator is to see of each listing.

    Parameters
    ----------
    listings : DataFrame
        Index `listing_id`; of its columns only text, brand field, category, condition,
        market and price are taken. The drawn ones are enough.
    signals, reasons : DataFrame, optional
        What `compute_signals` gave for listings: values, and why one is missing.
    mentions : DataFrame, optional
        What `find_brand_mentions` gave: `listing_id, field, start, end, kind` and
        `referential`; they are highlighted.

    Returns
    -------
    DataFrame
        Index `listing_id`; pass it to `LabelStore.add_design`.

    Raises
    ------
    LabelingError
        Listings without a title column.

    Examples
    --------
    >>> listings = pd.DataFrame({"title": ["Zephyra bag"], "price": 20.0}, index=["a"])
    >>> signals = pd.DataFrame({"B03_price_ratio_category": [0.5]}, index=["a"])
    >>> row = make_content(listings, signals=signals).loc["a"]
    >>> float(row["price_ratio"]), row["price_group"]
    (0.5, 'same category')
    """
    if "title" not in listings.columns:
        raise LabelingError(
            "The listings have no column 'title'; nothing could be shown."
        )
    content = listings[[name for name in SHOWN if name in listings.columns]].copy()
    ids = content.index
    if signals is not None:
        signals = signals.reindex(ids)
        blank = pd.DataFrame("", index=ids, columns=signals.columns)
        why = blank if reasons is None else reasons.reindex(ids).reindex_like(blank)
        rows = zip(signals.to_dict("records"), why.to_dict("records"), strict=True)
        content["signals"] = _objects(
            [_signals(values, missing) for values, missing in rows], ids
        )
        groups = [_price_group(values) for values in signals.to_dict("records")]
        content["price_ratio"] = [ratio for ratio, _ in groups]
        content["price_group"] = [group for _, group in groups]
    if mentions is not None:
        found = {
            listing: [_span(row) for row in part.to_dict("records")]
            for listing, part in mentions.groupby("listing_id")
        }
        content["evidence"] = _objects([found.get(one, []) for one in ids], ids)
    return content


def _objects(values: list[Any], index: pd.Index) -> pd.Series:
    return pd.Series(values, index=index, dtype=object)


def _signals(values: dict[Any, Any], why: dict[Any, Any]) -> list[dict[str, Any]]:
    """Signals that are raised, then those that are missing, one line a reason."""
    raised: list[dict[str, Any]] = []
    missing: dict[str, list[str]] = {}
    for name, value in values.items():
        label = str(name).replace("_", " ")
        if pd.isna(value):
            reason = why.get(name)
            reason = reason if isinstance(reason, str) and reason else "not known"
            missing.setdefault(reason.replace("_", " "), []).append(label)
        elif value != 0:
            raised.append({"name": label, "value": float(value)})
    lines = [
        {"name": ", ".join(names), "reason": reason}
        for reason, names in missing.items()
    ]
    return raised + lines


def _price_group(values: dict[Any, Any]) -> tuple[float, str | None]:
    for prefix, group in _PRICE_GROUPS.items():
        for name, value in values.items():
            if str(name).startswith(prefix) and pd.notna(value):
                return float(value), group
    return float("nan"), None


def _span(row: dict[Any, Any]) -> dict[str, Any]:
    why = _KINDS.get(row.get("kind", ""), str(row.get("kind", "")))
    if row.get("referential"):
        why += ", to say what the item fits"
    return {
        "field": row["field"],
        "start": int(row["start"]),
        "end": int(row["end"]),
        "why": why,
    }
