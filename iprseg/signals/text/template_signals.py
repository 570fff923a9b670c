"""A16: sales copy that several shops share."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg.signals._inputs import Inputs
from iprseg.signals._result import Column, empty, full
from iprseg.signals._tables import texts_of
from iprseg.signals.text._alphabet import fold_char
from iprseg.signals.text._templates import SHINGLE, template_families
from iprseg.signals.text._words import hash_words

# Of a short text ("fast shipping, new in box") many shops have the same by chance.
MIN_WORDS = 12


def template_dup_text(inputs: Inputs) -> Column:
    """A16: other sellers whose descriptions are of the same template.

    Numbers and the brands named are left out before texts are compared. Templates are
    texts linked by a Jaccard similarity of 0.8 or more of their three-word shingles.
    """
    for column in ("description", "seller_id"):
        if not inputs.has(column):
            return empty(inputs.n, f"column_absent: {column}")
    texts = _without_brands(inputs)
    which, distinct = pd.factorize(np.array(texts, dtype=object))
    words = hash_words(distinct.tolist(), _letter)
    family = template_families(words, len(distinct))[which]
    seller = pd.factorize(inputs.listings["seller_id"])[0]
    length = np.bincount(words.row, minlength=len(distinct))[which]
    short = length < max(MIN_WORDS, SHINGLE)
    values = _other_sellers(family, seller, ~short & (seller >= 0))
    result = full(values)
    absent = inputs.listings["description"].isna()
    result = result.missing(absent, inputs.gap("description"))
    result = result.missing(seller < 0, inputs.gap("seller_id"))
    return result.missing(short, "text_too_short: description")


def _letter(char: str) -> str:
    folded = fold_char(char)
    return "" if folded.isnumeric() else folded


def _without_brands(inputs: Inputs) -> list[str]:
    texts = texts_of(inputs.listings["description"])
    mentions = inputs.mentions
    said = mentions[mentions["field"] == "description"]
    # From the last to the first, so that earlier places stay where they are.
    said = said.sort_values(["row", "start"], ascending=[True, False])
    for row, start, end in zip(
        said["row"].tolist(), said["start"].tolist(), said["end"].tolist(), strict=True
    ):
        texts[row] = f"{texts[row][:start]} {texts[row][end:]}"
    return texts


def _other_sellers(
    family: NDArray[np.int64], seller: NDArray[np.int64], used: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Count distinct sellers of each listing's family, its own left out."""
    pairs = pd.DataFrame({"family": family[used], "seller": seller[used]})
    sellers = pairs.drop_duplicates()["family"].value_counts()
    many = sellers.reindex(family).fillna(1).to_numpy(dtype=float)
    return many - 1
