"""What the browser is told of an item: only what may be seen, cut into marked parts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from labeling.queue import Item

# Named one by one: a column that somebody adds to the content stays in Python.
_FACTS = ("brand_field", "category_path", "condition", "market")
_TEXTS = {"title": "title", "description": "text"}
LONGEST = 200_000


def card_item(item: Item) -> dict[str, Any]:
    """Give an item as the card shows it.

    Parameters
    ----------
    item : Item
        With offsets of its evidence in characters of the text, as Python counts them.
    """
    content = item.content
    shown: dict[str, Any] = {"key": item.key}
    for source, name in _TEXTS.items():
        spans = [s for s in content.get("evidence", ()) if s.get("field") == source]
        shown[name] = marked_parts(str(content.get(source, "")), spans)
    shown["facts"] = [
        [name.replace("_", " "), str(content[name])]
        for name in _FACTS
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
    shown["signals"] = [
        {name: one[name] for name in ("name", "value", "reason") if name in one}
        for one in content.get("signals", ())
    ]
    return shown


def marked_parts(text: str, spans: Iterable[Mapping[str, Any]]) -> list[list[str]]:
    """Cut a text at its evidence: a list of [part, why], why empty where unmarked.

    Examples
    --------
    >>> marked_parts("a Zephyra bag", [{"start": 2, "end": 9, "why": "a brand"}])
    [['a ', ''], ['Zephyra', 'a brand'], [' bag', '']]
    """
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]}… [{len(text) - LONGEST:,} more characters]"
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
