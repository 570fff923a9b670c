"""What the listings of a seller say of the seller."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg._check import check_columns
from iprseg.segment._tables import table_of

_MAX_TOPICS = 48
_LISTINGS_PER_TOPIC = 25
# A seller of one listing is no specialist yet: each seller is lent so many listings of
# the average mixture.
_LENT = 2.0
_SEED = 0


def seller_topics(mp: Any, embeddings: pd.DataFrame, sellers: pd.Index) -> pd.DataFrame:
    """Return how each seller's listings spread over topics.

    Topics are k-means clusters of the vectors of all listings. A mean vector would
    put a seller of shoes and phones where one of bags is; the mixture does not.

    Parameters
    ----------
    mp : Marketplace or dict of DataFrame
        With ``listings`` that name their ``seller_id``.
    embeddings : DataFrame
        From `embed_listings`, by listing id.
    sellers : Index
        The sellers wanted.

    Returns
    -------
    DataFrame, index ``sellers``, columns ``topic_00`` …
        Square roots of shares, so that Euclidean distance is Hellinger's; NaN for a
        seller none of whose listings has a vector.
    """
    owner = listing_owners(mp).reindex(embeddings.index)
    vectors = embeddings.to_numpy(dtype=np.float32)
    place = pd.Index(sellers).get_indexer(owner)
    known = (place >= 0) & np.isfinite(vectors).all(axis=1) & vectors.any(axis=1)
    topics = _topics(vectors[known])
    n_topics = int(topics.max(initial=0)) + 1
    counts = np.zeros((len(sellers), n_topics))
    np.add.at(counts, (place[known], topics), 1)
    own = counts.sum(axis=1, keepdims=True)
    average = counts.sum(axis=0) / max(counts.sum(), 1)
    shares = np.where(own > 0, (counts + _LENT * average) / (own + _LENT), np.nan)
    names = [f"topic_{topic:02d}" for topic in range(n_topics)]
    return pd.DataFrame(np.sqrt(shares), index=sellers, columns=names)


def seller_behaviour(mp: Any, sellers: pd.Index) -> pd.DataFrame:
    """Return size, breadth and age of each seller, as far as the tables tell.

    Parameters
    ----------
    mp : Marketplace or dict of DataFrame
    sellers : Index

    Returns
    -------
    DataFrame, index ``sellers``
        ``listings_log`` (log of 1 + number of listings), ``category_entropy`` (in
        nats, over top-level categories), ``account_age_log`` (log of 1 + days from
        the account's creation to the newest listing of all); columns whose source is
        not in the tables are left out.
    """
    listings = table_of(mp, "listings")
    columns: dict[str, pd.Series] = {}
    if listings is not None and "seller_id" in listings.columns:
        groups = listings.groupby("seller_id", observed=True)
        columns["listings_log"] = groups.size().reindex(sellers).fillna(0).map(np.log1p)
        if "category_path" in listings.columns:
            columns["category_entropy"] = _entropy(listings).reindex(sellers)
    age = _account_age(table_of(mp, "sellers"), listings)
    if age is not None:
        columns["account_age_log"] = age.reindex(sellers).map(np.log1p)
    return pd.DataFrame(columns, index=sellers, dtype=np.float64)


def listing_owners(mp: Any) -> pd.Series:
    """Return the seller of each listing, by listing id."""
    listings = table_of(mp, "listings")
    listings = pd.DataFrame() if listings is None else listings
    if "listing_id" in listings.columns:
        listings = listings.set_index("listing_id")
    check_columns(listings, ["seller_id"], "listings")
    return listings["seller_id"]


def _topics(vectors: NDArray[np.float32]) -> NDArray[np.int64]:
    n_topics = min(_MAX_TOPICS, max(len(vectors) // _LISTINGS_PER_TOPIC, 1))
    if n_topics < 2:
        return np.zeros(len(vectors), np.int64)
    import faiss

    data = np.ascontiguousarray(vectors)
    k_means = faiss.Kmeans(
        data.shape[1], n_topics, niter=20, seed=_SEED, min_points_per_centroid=1
    )
    k_means.train(data)
    return k_means.index.search(data, 1)[1].ravel().astype(np.int64)


def _entropy(listings: pd.DataFrame) -> pd.Series:
    top = listings["category_path"].astype("str").str.split(">").str[0].str.strip()
    known = listings["category_path"].notna()
    counts = top[known].groupby(listings["seller_id"][known]).value_counts()
    shares = counts / counts.groupby(level=0).transform("sum")
    return -(shares * np.log(shares)).groupby(level=0).sum()


def _account_age(
    sellers: pd.DataFrame | None, listings: pd.DataFrame | None
) -> pd.Series | None:
    """Return days since creation, as of the newest time the tables know."""
    if sellers is None or "created_at" not in sellers.columns:
        return None
    if "seller_id" in sellers.columns:
        sellers = sellers.set_index("seller_id")
    created = pd.to_datetime(sellers["created_at"], errors="coerce", utc=True)
    newest = created.max()
    if listings is not None and "created_at" in listings.columns:
        listed = pd.to_datetime(listings["created_at"], errors="coerce", utc=True)
        newest = max(newest, listed.max()) if listed.notna().any() else newest
    days = (newest - created).dt.total_seconds() / 86_400
    return days[~days.index.duplicated()].clip(lower=0)
