"""D02: whether the brand's marks cover the class of goods it is sold on."""

import re
from collections.abc import Iterable
from functools import cache, lru_cache

import numpy as np
import pandas as pd

from iprseg.reference import load_reference
from iprseg.signals._gated import dates, listed_ids, rows_of
from iprseg.signals._inputs import Inputs
from iprseg.signals._result import Column, empty, full
from iprseg.signals.text.normalise import fold

_NEEDED = ("category_path", "marks.brand_id", "marks.nice_classes")


def brand_class_gap(inputs: Inputs) -> Column:
    """D02: 1 if none of the brand's marks is of the Nice class of the category.

    Context rather than guilt: a mark used outside its classes is another kind of case
    than a counterfeit. Marks that have run out do not count; their market does not
    matter here.
    """
    absent = next(filter(None, map(inputs.lacks, _NEEDED)), None)
    if absent is not None:
        return empty(inputs.n, absent)
    classes = _classes_of_brands(inputs)
    paths = inputs.listings["category_path"].to_numpy(dtype=object)
    goods = nice_classes_of(paths)
    held = [classes.get(brand) for brand in inputs.brand]
    values = [
        float(not (mine & theirs)) if mine and theirs else np.nan
        for mine, theirs in zip(goods, held, strict=True)
    ]
    result = full(values).missing([not mine for mine in goods], "category_unknown")
    result = result.missing(pd.isna(inputs.brand), "no_brand")
    return result.missing([not theirs for theirs in held], "no_mark")


def nice_classes_of(paths: Iterable[object]) -> list[frozenset[int]]:
    """Return the Nice classes of categories, by the words of their deepest part.

    Examples
    --------
    >>> [sorted(c) for c in nice_classes_of(["Fashion > Shoes", "Toner", "Odds", None])]
    [[25], [2], [], []]
    """
    return [_class_of(path) if isinstance(path, str) else frozenset() for path in paths]


@lru_cache(maxsize=100_000)
def _class_of(path: str) -> frozenset[int]:
    words = _words()
    for part in reversed(path[:1000].split(">")):
        tokens = [_singular(word) for word in re.findall(r"[^\W\d_]+", part.lower())]
        # "phone case" before "case": the longer name says what the goods are
        for size in (2, 1):
            named = [
                words[name]
                for i in range(len(tokens) - size + 1)
                if (name := fold(" ".join(tokens[i : i + size]))) in words
            ]
            if named:
                return frozenset().union(*named)
    return frozenset()


@cache
def _words() -> dict[str, frozenset[int]]:
    table: dict[str, frozenset[int]] = {}
    for number, names in load_reference("nice_classes")["classes"].items():
        for name in names:
            key = fold(" ".join(map(_singular, name.lower().split())))
            table[key] = table.get(key, frozenset()) | {int(number)}
    return table


def _singular(word: str) -> str:
    if len(word) <= 3 or not word.endswith("s") or word.endswith("ss"):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    return re.sub(r"((?<=[cs]h|ss)e|(?<=x)e)?s$", "", word)


def _classes_of_brands(inputs: Inputs) -> dict[object, frozenset[int]]:
    marks = rows_of(inputs, "marks").dropna(subset=["brand_id", "nice_classes"])
    if "valid_to" in marks.columns:
        marks = marks[~(dates(marks["valid_to"]) <= inputs.now)]
    marks = marks.assign(brand_id=listed_ids(inputs, marks["brand_id"]))
    held: dict[object, set[int]] = {}
    for brand, classes in marks[["brand_id", "nice_classes"]].itertuples(index=False):
        numbers = {int(one) for one in re.findall(r"\d+", str(classes))}
        held.setdefault(brand, set()).update(n for n in numbers if 1 <= n <= 45)
    return {brand: frozenset(numbers) for brand, numbers in held.items()}
