"""From vectors of titles to columns of meaning, with what was learned kept for later.

Axes and topics are fitted once; rows that come later are projected on the same ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg.errors import TableError
from iprseg.segment.scaling import fit_pca_axes, project_on_axes
from iprseg.tables.access import get_entity_listings

MEANING_BLOCK = "meaning"
_MEANING_DIMS = 32
_MAX_TOPICS = 48
_LISTINGS_PER_TOPIC = 25
# A seller of one listing is no specialist yet: each seller is lent so many listings of
# the average mixture.
_PRIOR_LISTINGS = 2.0
_TOPIC_SEED = 0


@dataclass(frozen=True)
class MeaningAxes:
    """Main directions of the vectors of listings.

    Attributes
    ----------
    centre : array, shape (d,)
    axes : array, shape (d, k)
        NaN where no listing had a vector.
    """

    centre: NDArray[np.float64]
    axes: NDArray[np.float64]

    def project(
        self, marketplace: Any, embeddings: pd.DataFrame, entities: pd.Index
    ) -> pd.DataFrame:
        """Return the place of each listing on the axes, NaN where it has no vector.

        The tables are not needed; topics need them.
        """
        same = embeddings.index.equals(entities)  # and then a million need no copy
        vectors = (embeddings if same else embeddings.reindex(entities)).to_numpy()
        places = project_on_axes(vectors, self.centre, self.axes)
        names = [f"{MEANING_BLOCK}_{place:02d}" for place in range(places.shape[1])]
        return pd.DataFrame(places, index=entities, columns=names)


@dataclass(frozen=True)
class TopicMixture:
    """Topics of listings, by which sellers or creators are mixtures.

    Topics are k-means clusters of the vectors of their listings. A mean vector would
    put a seller of shoes and phones where one of bags is; the mixture does not.

    Attributes
    ----------
    level : {"seller", "creator"}
    centres : array of float32, shape (n_topics, d)
    average : array, shape (n_topics,)
        Share of each topic in all listings that they were learned of.
    """

    level: str
    centres: NDArray[np.float32]
    average: NDArray[np.float64]

    def project(
        self, marketplace: Any, embeddings: pd.DataFrame, entities: pd.Index
    ) -> pd.DataFrame:
        """Return how the listings of each seller or creator spread over topics.

        Returns
        -------
        DataFrame, index ``entities``, columns ``topic_00`` …
            Square roots of shares, so that Euclidean distance is Hellinger's; NaN for
            one none of whose listings has a vector.
        """
        vectors, row, place = _match_vectors(
            marketplace, embeddings, entities, self.level
        )
        counts = _count_topics(
            _find_nearest_topics(vectors, self.centres)[row], place, len(entities), self
        )
        own = counts.sum(axis=1, keepdims=True)
        lent = _PRIOR_LISTINGS * self.average
        shares = np.where(own > 0, (counts + lent) / (own + _PRIOR_LISTINGS), np.nan)
        names = [f"topic_{topic:02d}" for topic in range(len(self.centres))]
        return pd.DataFrame(np.sqrt(shares), index=entities, columns=names)


def fit_meaning(
    marketplace: Any, level: str, embeddings: pd.DataFrame, entities: pd.Index
) -> MeaningAxes | TopicMixture:
    """Learn the columns of meaning from the vectors of listings.

    Parameters
    ----------
    marketplace : Marketplace or dict of DataFrame
        With ``listings`` that name their ``seller_id``; for creators also
        ``promotions``; for listings it is not looked at.
    level : {"listing", "seller", "creator"}
    embeddings : DataFrame, shape (n_listings, d)
        From `embed_listings`, by listing id.
    entities : Index
        The listings, sellers or creators to learn from.

    Returns
    -------
    MeaningAxes or TopicMixture
        Its ``project`` gives the columns, of these entities and of later ones.

    Raises
    ------
    TableError
        When the embeddings are not those of the listings, or nothing tells whose the
        listings are.
    """
    check_embeddings(embeddings)
    if level != "listing":
        return _fit_topics(marketplace, level, embeddings, entities)
    if len(entities) and not entities.isin(embeddings.index).any():
        raise TableError(
            "The embeddings share no id with the listings: give what embed_listings "
            "returns for these tables."
        )
    same = embeddings.index.equals(entities)
    vectors = (embeddings if same else embeddings.reindex(entities)).to_numpy()
    return MeaningAxes(*fit_pca_axes(vectors, _MEANING_DIMS))


def check_embeddings(embeddings: Any) -> None:
    """Refuse what is no frame of vectors with one row per listing."""
    if not isinstance(embeddings, pd.DataFrame) or not embeddings.index.is_unique:
        raise TableError(
            "The embeddings must be a frame with one row per listing id, each id once: "
            "give what embed_listings returns."
        )


def _fit_topics(
    marketplace: Any, level: str, embeddings: pd.DataFrame, entities: pd.Index
) -> TopicMixture:
    vectors, row, place = _match_vectors(marketplace, embeddings, entities, level)
    centres = _cluster_topics(vectors)
    topics = _find_nearest_topics(vectors, centres)
    # a last topic that nobody is nearest to would be a column of nothing
    centres = centres[: int(topics.max(initial=0)) + 1]
    blank = TopicMixture(level, centres, np.zeros(len(centres)))
    counts = _count_topics(topics[row], place, len(entities), blank)
    return TopicMixture(level, centres, counts.sum(axis=0) / max(counts.sum(), 1))


def _match_vectors(
    marketplace: Any, embeddings: pd.DataFrame, entities: pd.Index, level: str
) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.int64]]:
    """Return vectors in use, and of each listing its vector and its entity's place."""
    vectors = embeddings.to_numpy(dtype=np.float32)
    usable = np.isfinite(vectors).all(axis=1) & vectors.any(axis=1)
    speaking = _get_listing_entities(marketplace, level)
    row = embeddings.index.get_indexer(speaking.index)
    place = pd.Index(entities).get_indexer(speaking)
    known = (place >= 0) & (row >= 0)
    known[known] = usable[row[known]]
    used, row = np.unique(row[known], return_inverse=True)
    return vectors[used], row, place[known]


def _count_topics(
    topics: NDArray[np.int64],
    place: NDArray[np.int64],
    n_entities: int,
    mixture: TopicMixture,
) -> NDArray[np.float64]:
    counts = np.zeros((n_entities, len(mixture.centres)))
    np.add.at(counts, (place, topics), 1)
    return counts


def _get_listing_entities(marketplace: Any, level: str) -> pd.Series:
    listings = get_entity_listings(marketplace, level)
    if listings is None:
        needed = "promotions" if level == "creator" else "listings with a seller_id"
        raise TableError(
            f"The meaning of {level}s cannot be read because the tables hold no "
            f"{needed}: add them, or segment without embeddings."
        )
    return listings["entity"]


def _cluster_topics(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the centres of topics; all is one topic where there are few listings."""
    n_topics = min(_MAX_TOPICS, max(len(vectors) // _LISTINGS_PER_TOPIC, 1))
    if n_topics < 2:
        return np.zeros((1, vectors.shape[1]), dtype=np.float32)
    import faiss

    data = np.ascontiguousarray(vectors)
    k_means = faiss.Kmeans(
        data.shape[1], n_topics, niter=20, seed=_TOPIC_SEED, min_points_per_centroid=1
    )
    k_means.train(data)
    return np.asarray(k_means.centroids, dtype=np.float32)


def _find_nearest_topics(
    vectors: NDArray[np.float32], centres: NDArray[np.float32]
) -> NDArray[np.int64]:
    if len(centres) < 2:
        return np.zeros(len(vectors), np.int64)
    import faiss

    index = faiss.IndexFlatL2(centres.shape[1])
    index.add(np.ascontiguousarray(centres))
    data = np.ascontiguousarray(vectors)
    return index.search(data, 1)[1].ravel().astype(np.int64)
