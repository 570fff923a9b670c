"""Gather signals and meaning into blocks of columns to segment by."""

from typing import Any

import numpy as np
import pandas as pd

from iprseg._check import check_option
from iprseg._members import LEVELS
from iprseg.errors import TableError
from iprseg.segment._offer import offer_facts
from iprseg.segment._principal import principal_columns
from iprseg.segment._seller_blocks import behaviour_facts, topic_mixture

# A signal's id begins with the letter of its family; the families are the blocks.
FAMILIES = {
    "A": "text_risk",
    "B": "price",
    "C": "image",
    "D": "catalogue",
    "E": "behaviour",
    "F": "feedback",
    "G": "history",
    "H": "network",
    "I": "creator",
}
MEANING = "meaning"
_MEANING_DIMS = 32


def make_blocks(
    mp: Any,
    level: str,
    signals: pd.DataFrame,
    embeddings: pd.DataFrame | None = None,
) -> tuple[pd.DataFrame, dict[str, list[str]]]:
    """Put what is known of listings, sellers or creators into one frame of blocks.

    Parameters
    ----------
    mp : Marketplace or dict of DataFrame
        The tables.
    level : {"listing", "seller", "creator"}
    signals : DataFrame
        From `compute_signals` at that level; columns such as
        ``A01_brand_field_mismatch``, whose letter is the family.
    embeddings : DataFrame, optional
        From `embed_listings`, by listing id; without it there is no meaning block.

    Returns
    -------
    X : DataFrame of float, shape (n_entities, n_columns)
        Indexed like ``signals``; NaN is missing.
    blocks : dict of str to list of str
        The columns of each block, for `Segmenter`: a family of signals each, and
        ``meaning``: for a listing the 32 principal components of its vector, for a
        seller how its listings spread over topics, for a creator how the listings
        promoted do (see `topic_mixture`).

    Raises
    ------
    TableError
        When there is nothing to segment by, a signal's family is unknown, or the
        embeddings are not those of the listings.

    Examples
    --------
    >>> signals = pd.DataFrame({"A14_special": [0.1], "B05_discount_depth": [0.4]})
    >>> make_blocks({}, "listing", signals)[1]
    {'text_risk': ['A14_special'], 'price': ['B05_discount_depth']}
    """
    check_option("level", level, LEVELS, "make_blocks")
    blocks = _families(signals)
    frames = [signals.astype(np.float64)]
    if level != "listing":
        behaviour = behaviour_facts(mp, signals.index, level)
        blocks.setdefault("behaviour", []).extend(behaviour.columns)
        frames.append(behaviour)
    offer = offer_facts(mp, signals.index, level)
    blocks["offer"] = offer.columns.tolist()
    frames.append(offer)
    if embeddings is not None:
        _check_embeddings(embeddings)
        meaning = (
            _listing_meaning(embeddings, signals.index)
            if level == "listing"
            else topic_mixture(mp, embeddings, signals.index, level)
        )
        blocks[MEANING] = meaning.columns.tolist()
        frames.append(meaning)
    blocks = {name: columns for name, columns in blocks.items() if columns}
    if not blocks:
        raise TableError(
            f"There is nothing to segment {level}s by: give signals or embeddings."
        )
    return pd.concat(frames, axis=1), blocks


def _families(signals: pd.DataFrame) -> dict[str, list[str]]:
    blocks: dict[str, list[str]] = {}
    for column in signals.columns:
        family = FAMILIES.get(str(column)[:1])
        if family is None:
            raise TableError(
                f"The signal column {column!r} belongs to no family: its name must "
                f"begin with one of {', '.join(FAMILIES)}."
            )
        blocks.setdefault(family, []).append(column)
    return blocks


def _check_embeddings(embeddings: Any) -> None:
    if not isinstance(embeddings, pd.DataFrame) or not embeddings.index.is_unique:
        raise TableError(
            "The embeddings must be a frame with one row per listing id, each id once: "
            "give what embed_listings returns."
        )


def _listing_meaning(embeddings: pd.DataFrame, index: pd.Index) -> pd.DataFrame:
    if len(index) and not index.isin(embeddings.index).any():
        raise TableError(
            "The embeddings share no id with the listings: give what embed_listings "
            "returns for these tables."
        )
    vectors = embeddings.reindex(index).to_numpy(dtype=np.float64)
    components = principal_columns(vectors, _MEANING_DIMS)
    names = [f"{MEANING}_{place:02d}" for place in range(components.shape[1])]
    return pd.DataFrame(components, index=index, columns=names)
