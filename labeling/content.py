"""What a labeler sees of a listing: gathered from frames, cut up for the card."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from labeling.errors import LabelingError
from labeling.queue import Item

SHOWN_COLUMNS = (
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
_KIND_WORDS = {
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
    phrases: pd.DataFrame | None = None,
    mentions: pd.DataFrame | None = None,
    origins: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Gather what an annotator is to see of each listing.

    Parameters
    ----------
    listings : DataFrame
        Index `listing_id`; of its columns only text, brand field, category, condition,
        market and price are taken. The drawn ones are enough.
    signals, reasons : DataFrame, optional
        What `compute_signals` gave for listings: values, and why one is missing.
    phrases : DataFrame, optional
        What signals are called; index: columns of `signals`. Columns `quantity`: what
        the number measures; `yes`: what a signal that only says yes or no says of a
        listing, empty for one that is a number. A signal without a row goes by its
        own name.
    mentions : DataFrame, optional
        What `find_brand_mentions` gave: `listing_id, field, start, end, kind` and
        `referential`; they are highlighted.
    origins : DataFrame, optional
        Where a listing is; index `listing_id`. Columns `seller`: who offers it; `link`:
        the address of its page, http or https. Either may be left out. Without origins
        the card does not say which listing it is, so that nobody looks it up.

    Returns
    -------
    DataFrame
        Index `listing_id`; pass it to `LabelStore.add_design`.

    Raises
    ------
    LabelingError
        Listings without a title column, a link that no browser should open.

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
    content = listings[
        [name for name in SHOWN_COLUMNS if name in listings.columns]
    ].copy()
    ids = content.index
    if signals is not None:
        signals = signals.reindex(ids)
        blank = pd.DataFrame("", index=ids, columns=signals.columns)
        why = blank if reasons is None else reasons.reindex(ids).reindex_like(blank)
        rows = zip(signals.to_dict("records"), why.to_dict("records"), strict=True)
        words = {} if phrases is None else phrases.to_dict("index")
        content["signals"] = _build_object_series(
            [_list_signals(values, missing, words) for values, missing in rows], ids
        )
        groups = [_read_price_group(values) for values in signals.to_dict("records")]
        content["price_ratio"] = [ratio for ratio, _ in groups]
        content["price_group"] = [group for _, group in groups]
    if mentions is not None:
        found = {
            listing: [_build_evidence_span(row) for row in part.to_dict("records")]
            for listing, part in mentions.groupby("listing_id")
        }
        content["evidence"] = _build_object_series(
            [found.get(one, []) for one in ids], ids
        )
    if origins is not None:
        content["id"] = ids.astype(str)
        found_at = origins.reindex(ids)
        for name in found_at.columns.intersection(["seller", "link"]):
            content[name] = found_at[name].astype(object).where(found_at[name].notna())
        for link in content.get("link", pd.Series(dtype=object)).dropna():
            if not is_web_address(link):
                raise LabelingError(
                    f"{link!r} is no address of a page: a link begins with https:// "
                    "or http://."
                )
    return content


def is_web_address(link: Any) -> bool:
    """Say whether a link leads to a page of the web, and is not a script or a file.

    Examples
    --------
    >>> is_web_address("https://shop.example/1"), is_web_address("javascript:alert(1)")
    (True, False)
    """
    return isinstance(link, str) and re.match(r"https?://[^\s/]", link) is not None


def _build_object_series(values: list[Any], index: pd.Index) -> pd.Series:
    return pd.Series(values, index=index, dtype=object)


def _list_signals(
    values: dict[Any, Any], why: dict[Any, Any], words: dict[Any, Any]
) -> list[dict[str, Any]]:
    """Signals that are raised, then those that are missing, one line a reason."""
    raised: list[dict[str, Any]] = []
    missing: dict[str, list[str]] = {}
    for name, value in values.items():
        phrase = words.get(name, {})
        label = phrase.get("quantity") or str(name).replace("_", " ")
        if pd.isna(value):
            reason = why.get(name)
            reason = reason if isinstance(reason, str) and reason else "not known"
            missing.setdefault(reason.replace("_", " "), []).append(label)
        elif value != 0:
            yes = phrase.get("yes") if value == 1 else ""
            said = {"name": yes, "yes": True} if yes else {"name": label}
            raised.append({**said, "value": float(value)})
    lines = [
        {"name": ", ".join(names), "reason": reason, "count": len(names)}
        for reason, names in missing.items()
    ]
    return raised + lines


def _read_price_group(values: dict[Any, Any]) -> tuple[float, str | None]:
    for prefix, group in _PRICE_GROUPS.items():
        for name, value in values.items():
            if str(name).startswith(prefix) and pd.notna(value):
                return float(value), group
    return float("nan"), None


def _build_evidence_span(row: dict[Any, Any]) -> dict[str, Any]:
    why = _KIND_WORDS.get(row.get("kind", ""), str(row.get("kind", "")))
    if row.get("referential"):
        why += ", to say what the item fits"
    return {
        "field": row["field"],
        "start": int(row["start"]),
        "end": int(row["end"]),
        "why": why,
    }


# Named one by one: a column that somebody adds to the content stays in Python.
_FACT_COLUMNS = ("brand_field", "category_path", "condition", "market")
_TEXT_COLUMNS = {"title": "title", "description": "text"}
MAX_TEXT_LENGTH = 200_000
MAX_QUOTES, MAX_QUOTE_LENGTH = 12, 80


def build_card_item(item: Item) -> dict[str, Any]:
    """Give an item as the card shows it.

    Parameters
    ----------
    item : Item
        With offsets of its evidence in characters of the text, as Python counts them.
    """
    content = item.content
    shown: dict[str, Any] = {"key": item.key}
    for name in ("id", "seller"):
        value = content.get(name)
        shown[name] = None if pd.isna(value) else str(value)
    link = content.get("link")
    shown["link"] = link if is_web_address(link) else None
    for source, name in _TEXT_COLUMNS.items():
        spans = [s for s in content.get("evidence", ()) if s.get("field") == source]
        shown[name] = split_at_evidence(str(content.get(source, "")), spans)
    shown["facts"] = [
        [name.replace("_", " "), str(content[name])]
        for name in _FACT_COLUMNS
        if name in content
    ]
    shown["price"] = {
        name: content[source]
        for name, source in {
            "amount": "price",
            "currency": "currency",
            "ratio": "price_ratio",
            "group": "price_group",
        }.items()
        if source in content
    }
    signals = content.get("signals", ())
    shown["signals"] = [
        {name: one[name] for name in ("name", "value", "yes") if name in one}
        for one in signals
        if "value" in one
    ]
    shown["missing"] = [
        {"name": one["name"], "reason": one["reason"], "count": one.get("count", 1)}
        for one in signals
        if "value" not in one
    ]
    shown["evidence"] = _count_distinct_evidence(shown["title"] + shown["text"])
    return shown


def _count_distinct_evidence(parts: Iterable[list[str]]) -> list[list[Any]]:
    """Each mention once, however often it stands there: [text, why, times].

    Examples
    --------
    >>> _count_distinct_evidence([["Gucci", "a brand"], [" bag ", ""], ["GUCCI", "a brand"]])
    [['Gucci', 'a brand', 2]]
    """
    found: dict[tuple[str, str], list[Any]] = {}
    for part, why in parts:
        if why:
            quote = " ".join(part.split())[:MAX_QUOTE_LENGTH]
            found.setdefault((quote.casefold(), why), [quote, why, 0])[2] += 1
    return list(found.values())[:MAX_QUOTES]


def split_at_evidence(text: str, spans: Iterable[Mapping[str, Any]]) -> list[list[str]]:
    """Cut a text at its evidence: a list of [part, why], why empty where unmarked.

    Examples
    --------
    >>> split_at_evidence("a Zephyra bag", [{"start": 2, "end": 9, "why": "a brand"}])
    [['a ', ''], ['Zephyra', 'a brand'], [' bag', '']]
    """
    if len(text) > MAX_TEXT_LENGTH:
        text = f"{text[:MAX_TEXT_LENGTH]}… [{len(text) - MAX_TEXT_LENGTH:,} more characters]"
    parts, done = [], 0
    for span in sorted(spans, key=lambda one: (one["start"], -one["end"])):
        start, end = max(done, span["start"]), min(len(text), span["end"])
        if start >= end:
            continue  # outside the text, or inside the span before
        if start > done:
            parts.append([text[done:start], ""])
        parts.append([text[start:end], str(span.get("why", "")) or "evidence"])
        done = end
    if done < len(text):
        parts.append([text[done:], ""])
    return parts
