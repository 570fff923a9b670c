"""What detectors said of each image: JSON that others wrote, read with care."""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from iprseg.signals._inputs import Inputs

# A detection below this score says little.
_MIN_SCORE = 0.5
# Regions that are covered for other reasons than a brand.
_PRIVATE = frozenset(("face", "plate", "person"))
_LONGEST = 100_000

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Finding:
    """One logo or covered region.

    Attributes
    ----------
    brand : str or None
        Name or id of the brand of a logo.
    box : tuple of float or None
        Left, top, width, height.
    """

    brand: str | None
    box: Box | None


def findings(inputs: Inputs, column: str) -> pd.DataFrame | str:
    """Return ``row``, ``image_id``, ``found`` and ``any`` of the listings' images.

    ``found`` is a list of findings, or None where the detector said nothing that can
    be read; ``any``: whether there is one. A text instead: why there are none at all.
    """
    for needed in ("images.image_id", "images.listing_id", f"images.{column}"):
        if absent := inputs.lacks(needed):
            return absent
    images = inputs.table("images").reset_index()  # type: ignore[union-attr]
    which, texts = pd.factorize(images[column])
    # a last None, for what is missing
    known = np.full(len(texts) + 1, None, dtype=object)
    for at, text in enumerate(texts):
        known[at] = read_findings(text) if isinstance(text, str) else None
    told = pd.DataFrame({"row": inputs.image_rows, "image_id": images["image_id"]})
    told["found"] = pd.Series(known[which], dtype=object)
    told["any"] = np.array([bool(found) for found in known])[which]
    return told[told["row"] >= 0].reset_index(drop=True)


def read_findings(text: str) -> list[Finding] | None:
    """Read one detector's list; None if it cannot be read.

    Examples
    --------
    >>> read_findings('[{"brand": "Zephyra"}, {"brand": "X", "score": 0.1}]')
    [Finding(brand='Zephyra', box=None)]
    >>> read_findings("[[0.4, 0.4, 0.2, 0.1]]")
    [Finding(brand=None, box=(0.4, 0.4, 0.2, 0.1))]
    >>> read_findings("no list") is None
    True
    """
    if len(text) > _LONGEST:
        return None
    try:
        listed = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(listed, list):
        return None
    found = [_finding(one) for one in listed]
    return [one for one in found if one is not None]


def _finding(one: Any) -> Finding | None:
    if isinstance(one, list):
        box = _box(one)
        return None if box is None else Finding(None, box)
    if not isinstance(one, dict) or not _counts(one):
        return None
    brand = one.get("brand_id") or one.get("brand")
    name = brand if isinstance(brand, str) and brand.strip() else None
    box = _box(one.get("box"))
    return None if name is None and box is None else Finding(name, box)


def _counts(one: dict[str, Any]) -> bool:
    score = one.get("score", 1)
    kind = one.get("kind")
    if isinstance(kind, str) and kind.casefold() in _PRIVATE:
        return False
    return not isinstance(score, int | float) or score >= _MIN_SCORE


def _box(numbers: Any) -> Box | None:
    if not isinstance(numbers, list) or len(numbers) != 4:
        return None
    if not all(isinstance(number, int | float) for number in numbers):
        return None
    left, top, width, height = map(float, numbers)
    return (left, top, width, height) if width > 0 and height > 0 else None


def overlap(one: Box, other: Box) -> bool:
    """Tell whether two boxes share any area.

    Examples
    --------
    >>> overlap((0, 0, 2, 2), (1, 1, 2, 2)), overlap((0, 0, 1, 1), (1, 0, 1, 1))
    (True, False)
    """
    return all(
        one[i] < other[i] + other[i + 2] and other[i] < one[i] + one[i + 2]
        for i in (0, 1)
    )
