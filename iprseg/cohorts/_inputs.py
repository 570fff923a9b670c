"""Take what profiling needs from a marketplace or plain frames, and check it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from iprseg._members import listings_of, table_of
from iprseg.errors import TableError

_TITLES_PER_SELLER = 8


@dataclass(frozen=True)
class ProfileInputs:
    """Aligned to the entities: everything below is indexed like `labels`.

    Attributes
    ----------
    texts : pandas.Series of str
        Title, or the first titles of a seller or creator.
    sellers : pandas.Series or None
        Seller id, NA where unknown; None when no seller is known at all. Creators, who
        are people as sellers are, stand for themselves.
    gmv : pandas.Series or None
        Sales in US dollars, of a creator those of the listings promoted; NaN where no
        order row exists; None without orders_daily.
    category : pandas.Series or None
        Whole category path (the most frequent one of a seller or creator).
    lang : pandas.Series or None
        Language code; None when the tables have none (see `languages`).
    price : pandas.Series or None
        Price of each listing; None but for listings of one currency.
    listings : pandas.DataFrame
        The listings, by listing id.
    """

    texts: pd.Series
    sellers: pd.Series | None
    gmv: pd.Series | None
    category: pd.Series | None
    lang: pd.Series | None
    price: pd.Series | None
    listings: pd.DataFrame


def take_table(mp: Any, name: str, index: str | None = None) -> pd.DataFrame | None:
    """Return a table of a marketplace or dictionary, by its id, or None if absent."""
    frame = table_of(mp, name)
    if frame is not None and index is not None and index in frame.columns:
        frame = frame.set_index(index)
    return frame


def profile_inputs(mp: Any, entities: pd.Index, level: str) -> ProfileInputs:
    """Align the tables to the entities that were clustered.

    Raises
    ------
    TableError
        When there are no listings, or entities that no listing belongs to.
    """
    listings = take_table(mp, "listings", "listing_id")
    if listings is None:
        raise TableError(
            "profile_cohorts needs the table 'listings', which is not there: give a "
            "Marketplace or a dictionary that holds it."
        )
    gmv = _listing_gmv(take_table(mp, "orders_daily"), listings.index)
    if level == "listing":
        _refuse_unknown(entities, listings.index, "listing")
        own = listings.loc[entities]
        return ProfileInputs(
            _column(own, "title"),
            _known(own, "seller_id"),
            None if gmv is None else gmv.loc[entities],
            _known(own, "category_path"),
            _known(own, "lang"),
            _price(own),
            listings,
        )
    speaking = listings_of(mp, level)
    if speaking is None:
        needed = "the column 'seller_id' in listings"
        if level == "creator":
            needed = "the table 'promotions' with creator_id and listing_id"
        raise TableError(
            f"profile_cohorts needs {needed} to describe cohorts of {level}s: map it, "
            "or profile listings instead."
        )
    return _holder_inputs(listings, speaking, gmv, entities)


def _holder_inputs(
    listings: pd.DataFrame,
    speaking: pd.DataFrame,
    gmv: pd.Series | None,
    entities: pd.Index,
) -> ProfileInputs:
    """Describe sellers and creators by the listings that speak for them."""
    holder = speaking["entity"].to_numpy()
    title = _column(speaking, "title")
    first = speaking.groupby(holder).cumcount().to_numpy() < _TITLES_PER_SELLER
    texts = title[first].groupby(holder[first]).agg(" | ".join)
    totals = None
    if gmv is not None:
        sales = gmv.reindex(speaking.index).groupby(holder)
        totals = sales.sum(min_count=1).reindex(entities)
    category = _known(speaking, "category_path")
    if category is not None:
        category = category.groupby(holder).agg(_most_frequent).reindex(entities)
    return ProfileInputs(
        texts.reindex(entities).fillna(""),
        pd.Series(entities, index=entities),
        totals,
        category,
        None,
        None,
        listings,
    )


def _refuse_unknown(entities: pd.Index, known: pd.Index, level: str) -> None:
    unknown = entities.difference(known)
    if len(unknown):
        raise TableError(
            f"labels hold {len(unknown):,} {level} ids that listings does not have, "
            f"such as {str(unknown[0])!r}: profile the marketplace that was clustered."
        )


def _column(frame: pd.DataFrame, name: str) -> pd.Series:
    if name not in frame:
        return pd.Series("", index=frame.index)
    return frame[name].astype("object").where(frame[name].notna(), "").astype(str)


def _known(frame: pd.DataFrame, name: str) -> pd.Series | None:
    return frame[name] if name in frame and frame[name].notna().any() else None


def _most_frequent(values: pd.Series) -> Any:
    counts = values.value_counts()
    return counts.index[0] if len(counts) else np.nan


def _listing_gmv(orders: pd.DataFrame | None, ids: pd.Index) -> pd.Series | None:
    if orders is None or "gmv_usd" not in orders or "listing_id" not in orders:
        return None
    sales = pd.to_numeric(orders["gmv_usd"], errors="coerce")
    return sales.groupby(orders["listing_id"]).sum(min_count=1).reindex(ids)


def _price(frame: pd.DataFrame) -> pd.Series | None:
    """Prices, unless they are in several currencies and so do not compare."""
    if "price" not in frame or not one_currency(frame):
        return None
    return pd.to_numeric(frame["price"], errors="coerce")


def one_currency(frame: pd.DataFrame) -> bool:
    """Whether all prices of a frame compare without exchange rates."""
    return "currency" not in frame or frame["currency"].nunique() <= 1


def languages(inputs: ProfileInputs, rows: np.ndarray) -> np.ndarray:
    """Return the language of some rows, or the main script of their text."""
    if inputs.lang is None:
        return inputs.texts.iloc[rows].map(main_script).to_numpy()
    given = inputs.lang.iloc[rows].astype("object")
    return given.where(given.notna(), "unknown").to_numpy()


def main_script(text: str) -> str:
    """Return the script of most letters among the first hundred characters.

    Examples
    --------
    >>> main_script("น้ำหอม oud"), main_script("123")
    ('THAI', 'NONE')
    """
    import unicodedata

    counts: dict[str, int] = {}
    for character in text[:100]:
        if character.isalpha():
            script = unicodedata.name(character, "NONE").split(" ")[0]
            counts[script] = counts.get(script, 0) + 1
    return max(sorted(counts), key=lambda s: counts[s]) if counts else "NONE"
