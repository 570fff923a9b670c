"""What the listings of a seller, or those a creator promotes, say of them."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg._members import listings_of, table_of
from iprseg.errors import TableError

_MAX_TOPICS = 48
_LISTINGS_PER_TOPIC = 25
# A seller of one listing is no specialist yet: each seller is lent so many listings of
# the average mixture.
_LENT = 2.0
_SEED = 0


def topic_mixture(
    mp: Any, embeddings: pd.DataFrame, entities: pd.Index, level: str
) -> pd.DataFrame:
    """Return how the listings of each seller or creator spread over topics.

    Topics are k-means clusters of the vectors of their listings. A mean vector would
    put a seller of shoes and phones where one of bags is; the mixture does not.

    Parameters
    ----------
    mp : Marketplace or dict of DataFrame
        With ``listings`` that name their ``seller_id``; for creators also
        ``promotions``.
    embeddings : DataFrame
        From `embed_listings`, by listing id.
    entities : Index
        The sellers or creators wanted.
    level : {"seller", "creator"}

    Returns
    -------
    DataFrame, index ``entities``, columns ``topic_00`` …
        Square roots of shares, so that Euclidean distance is Hellinger's; NaN for one
        none of whose listings has a vector.
    """
    vectors = embeddings.to_numpy(dtype=np.float32)
    usable = np.isfinite(vectors).all(axis=1) & vectors.any(axis=1)
    speaking = _speaking(mp, level)
    row = embeddings.index.get_indexer(speaking.index)
    place = pd.Index(entities).get_indexer(speaking)
    known = (place >= 0) & (row >= 0) & usable[row]
    row, place = row[known], place[known]
    used, row = np.unique(row, return_inverse=True)
    topics = _topics(vectors[used])
    n_topics = int(topics.max(initial=0)) + 1
    counts = np.zeros((len(entities), n_topics))
    np.add.at(counts, (place, topics[row]), 1)
    own = counts.sum(axis=1, keepdims=True)
    average = counts.sum(axis=0) / max(counts.sum(), 1)
    shares = np.where(own > 0, (counts + _LENT * average) / (own + _LENT), np.nan)
    names = [f"topic_{topic:02d}" for topic in range(n_topics)]
    return pd.DataFrame(np.sqrt(shares), index=entities, columns=names)


def behaviour_facts(mp: Any, entities: pd.Index, level: str) -> pd.DataFrame:
    """Return size, breadth and age of sellers or creators, as far as the tables tell.

    Parameters
    ----------
    mp : Marketplace or dict of DataFrame
    entities : Index
        The sellers or creators wanted.
    level : {"seller", "creator"}

    Returns
    -------
    DataFrame, index ``entities``
        ``listings_log`` (log of 1 + number of listings, or of those promoted),
        ``category_entropy`` (in nats, over top-level categories), ``account_age_log``
        (log of 1 + days from the account's creation to the newest listing of all); for
        creators ``shops_log`` (shops promoted) and ``followers_log``; columns whose
        source is not in the tables are left out.
    """
    listings, accounts = listings_of(mp, level), table_of(mp, f"{level}s")
    if accounts is not None and f"{level}_id" in accounts.columns:
        accounts = accounts.set_index(f"{level}_id")
    columns: dict[str, pd.Series] = {}
    if listings is not None:
        groups = listings.groupby("entity", observed=True)
        columns["listings_log"] = np.log1p(groups.size().reindex(entities).fillna(0))
        if "category_path" in listings.columns:
            columns["category_entropy"] = _entropy(listings)
        if level == "creator" and "seller_id" in listings.columns:
            columns["shops_log"] = np.log1p(groups["seller_id"].nunique())
    age = _account_age(accounts, table_of(mp, "listings"))
    if age is not None:
        columns["account_age_log"] = np.log1p(age)
    if level == "creator" and accounts is not None and "followers" in accounts:
        followers = pd.to_numeric(accounts["followers"], errors="coerce")
        columns["followers_log"] = np.log1p(followers.clip(lower=0))
    aligned = {name: column.reindex(entities) for name, column in columns.items()}
    return pd.DataFrame(aligned, index=entities, dtype=np.float64)


def _speaking(mp: Any, level: str) -> pd.Series:
    listings = listings_of(mp, level)
    if listings is None:
        needed = "promotions" if level == "creator" else "listings with a seller_id"
        raise TableError(
            f"The meaning of {level}s cannot be read because the tables hold no "
            f"{needed}: add them, or segment without embeddings."
        )
    return listings["entity"]


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
    counts = top[known].groupby(listings["entity"][known]).value_counts()
    shares = counts / counts.groupby(level=0).transform("sum")
    return -(shares * np.log(shares)).groupby(level=0).sum()


def _account_age(
    accounts: pd.DataFrame | None, listings: pd.DataFrame | None
) -> pd.Series | None:
    """Return days since creation, as of the newest time the tables know."""
    if accounts is None or "created_at" not in accounts.columns:
        return None
    created = pd.to_datetime(accounts["created_at"], errors="coerce", utc=True)
    newest = created.max()
    if listings is not None and "created_at" in listings.columns:
        listed = pd.to_datetime(listings["created_at"], errors="coerce", utc=True)
        newest = max(newest, listed.max()) if listed.notna().any() else newest
    days = (newest - created).dt.total_seconds() / 86_400
    return days[~days.index.duplicated()].clip(lower=0)
