"""Vectors of the listings of a marketplace."""

from typing import Any

import pandas as pd

from iprseg._check import check_columns
from iprseg.embed._text_embedder import TextEmbedder, embedding_columns


def embed_listings(mp: Any, embedder: TextEmbedder | None = None) -> pd.DataFrame:
    """Turn the titles of listings into vectors.

    Parameters
    ----------
    mp : Marketplace, dict of DataFrame, or DataFrame
        A marketplace or its listings, with the column ``title``; the index, or the
        column ``listing_id``, names the listing.
    embedder : TextEmbedder, optional
        Fitted before, or fitted here on these titles; `TextEmbedder()` by default.

    Returns
    -------
    DataFrame of float32, shape (n_listings, n_features_out_)
        Indexed by ``listing_id``; columns ``e_000``, ``e_001``, …

    Raises
    ------
    TableError
        When there is no column ``title``.

    Examples
    --------
    >>> listings = pd.DataFrame({"listing_id": ["a", "b"], "title": ["Bag", "Ink"]})
    >>> embed_listings(listings, TextEmbedder(model="lexical", n_components=3)).shape
    (2, 3)
    """
    listings = mp if isinstance(mp, pd.DataFrame) else _listings_of(mp)
    if "listing_id" in listings.columns:
        listings = listings.set_index("listing_id")
    check_columns(listings, ["title"], "listings")
    embedder = TextEmbedder() if embedder is None else embedder
    fitted = hasattr(embedder, "n_features_out_")
    titles = listings["title"].tolist()
    vectors = embedder.transform(titles) if fitted else embedder.fit_transform(titles)
    columns = embedding_columns(vectors.shape[1])
    # a copy would cost as much memory again: gigabytes for a million listings
    return pd.DataFrame(vectors, index=listings.index, columns=columns, copy=False)


def _listings_of(mp: Any) -> pd.DataFrame:
    return mp["listings"] if isinstance(mp, dict) else mp.listings
