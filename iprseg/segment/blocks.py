"""Blocks of columns from signals, tables and meaning, and what each contributes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from iprseg.errors import IprsegError, TableError
from iprseg.segment.inputs import locate_block_columns
from iprseg.segment.scaling import BlockScale, fit_pca_axes, project_on_axes
from iprseg.signals.registry import (
    choose_segmenting_columns,
    signal_catalogue,
    signal_families,
)
from iprseg.tables.access import (
    LEVELS,
    MarketplaceLike,
    find_table,
    get_entity_listings,
)
from iprseg.validation import NOISE, check_columns, check_option

OWN_BLOCK = "own"


def make_blocks(
    marketplace: MarketplaceLike,
    level: str,
    signals: pd.DataFrame,
    embeddings: pd.DataFrame | None = None,
    *,
    columns: Sequence[str] | None = None,
    meaning: MeaningAxes | TopicMixture | None = None,
) -> tuple[pd.DataFrame, dict[str, list[str]]]:
    """Put what is known of listings, sellers or creators into one frame of blocks.

    Parameters
    ----------
    marketplace : Marketplace or dict of DataFrame
        The tables.
    level : {"listing", "seller", "creator"}
    signals : DataFrame
        From `compute_signals` at that level, whole: of its columns those are used that
        `choose_segmenting_columns` names, on which it was measured how well cohorts
        are found. Others, and signals of your own, take no part unless asked for.
    embeddings : DataFrame, optional
        From `embed_listings`, by listing id; without it there is no meaning block.
    columns : sequence of str, optional
        Use these columns of ``signals`` and no others: a signal of the catalogue goes
        to the block of its family, one of your own to the block ``own``.
    meaning : MeaningAxes or TopicMixture, optional
        What `fit_meaning` learned of other rows, to place these as those were. By
        default it is learned of these.

    Returns
    -------
    X : DataFrame of float, shape (n_entities, n_columns)
        Indexed like ``signals``; NaN is missing.
    blocks : dict of str to list of str
        The columns of each block, for `Segmenter`: a family of signals each, and
        ``meaning``: for a listing the 32 principal components of its vector, for a
        seller how its listings spread over topics, for a creator how the listings
        promoted do (see `TopicMixture`).

    Raises
    ------
    TableError
        When there is nothing to segment by, a column asked for is not there or is made
        of the other signals (family J), or the embeddings are not those of the
        listings.

    Examples
    --------
    >>> signals = pd.DataFrame({"A14_special_char_ratio": [0.1], "X01_mine": [0.4]})
    >>> make_blocks({}, "listing", signals)[1]
    {'text_risk': ['A14_special_char_ratio']}
    >>> make_blocks({}, "listing", signals, columns=["X01_mine"])[1]
    {'own': ['X01_mine']}
    """
    check_option("level", level, LEVELS, "make_blocks")
    if columns is None:
        columns = choose_segmenting_columns(signals.columns, level)
    check_columns(signals, columns, "The signals given to make_blocks")
    blocks = _group_by_family(columns)
    frames = [signals[list(columns)].astype(np.float64)]
    if level != "listing":
        behaviour = _compute_behaviour_facts(marketplace, signals.index, level)
        blocks.setdefault("behaviour", []).extend(behaviour.columns)
        frames.append(behaviour)
    offer = compute_offer_facts(marketplace, signals.index, level)
    blocks["offer"] = offer.columns.tolist()
    frames.append(offer)
    if embeddings is not None:
        if meaning is None:
            meaning = fit_meaning(marketplace, level, embeddings, signals.index)
        places = meaning.project(marketplace, embeddings, signals.index)
        blocks[MEANING_BLOCK] = places.columns.tolist()
        frames.append(places)
    blocks = {name: columns for name, columns in blocks.items() if columns}
    if not blocks:
        raise TableError(
            f"There is nothing to segment {level}s by: give signals or embeddings."
        )
    return pd.concat(frames, axis=1), blocks


def _group_by_family(columns: Sequence[str]) -> dict[str, list[str]]:
    catalogue, block_of = signal_catalogue(), signal_families()["block"]
    blocks: dict[str, list[str]] = {}
    for column in columns:
        key = str(column).partition("_")[0]
        known = key in catalogue.index
        block = block_of[catalogue.at[key, "family"]] if known else OWN_BLOCK
        if not block:
            raise TableError(
                f"The signal column {column!r} is made of other signals, so that it "
                "would count them twice: leave it out of the columns of make_blocks."
            )
        blocks.setdefault(block, []).append(column)
    return blocks


def _compute_behaviour_facts(
    marketplace: MarketplaceLike, entities: pd.Index, level: str
) -> pd.DataFrame:
    """Return size, breadth and age of sellers or creators, as far as the tables tell.

    Parameters
    ----------
    marketplace : Marketplace or dict of DataFrame
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
    listings, accounts = (
        get_entity_listings(marketplace, level),
        find_table(marketplace, f"{level}s"),
    )
    if accounts is not None and f"{level}_id" in accounts.columns:
        accounts = accounts.set_index(f"{level}_id")
    columns: dict[str, pd.Series] = {}
    if listings is not None:
        groups = listings.groupby("entity", observed=True)
        columns["listings_log"] = np.log1p(groups.size().reindex(entities).fillna(0))
        if "category_path" in listings.columns:
            columns["category_entropy"] = _compute_category_entropy(listings)
        if level == "creator" and "seller_id" in listings.columns:
            columns["shops_log"] = np.log1p(groups["seller_id"].nunique())
    age = _compute_account_age(accounts, find_table(marketplace, "listings"))
    if age is not None:
        columns["account_age_log"] = np.log1p(age)
    if level == "creator" and accounts is not None and "followers" in accounts:
        followers = pd.to_numeric(accounts["followers"], errors="coerce")
        columns["followers_log"] = np.log1p(followers.clip(lower=0))
    aligned = {name: column.reindex(entities) for name, column in columns.items()}
    return pd.DataFrame(aligned, index=entities, dtype=np.float64)


def _compute_category_entropy(listings: pd.DataFrame) -> pd.Series:
    top = listings["category_path"].astype("str").str.split(">").str[0].str.strip()
    known = listings["category_path"].notna()
    counts = top[known].groupby(listings["entity"][known]).value_counts()
    shares = counts / counts.groupby(level=0).transform("sum")
    return -(shares * np.log(shares)).groupby(level=0).sum()


def _compute_account_age(
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


# fact -> the column it is read from
_FACT_COLUMNS = {
    "used": "condition",
    "authorised": "authorisation_id",
    "brand_given": "brand_field",
}
_NEW_CONDITIONS = {
    "new",
    "new with tags",
    "brand new",
    "neu",
    "novo",
    "nuevo",
    "neuf",
    "全新",
}


def compute_offer_facts(
    marketplace: MarketplaceLike, index: pd.Index, level: str
) -> pd.DataFrame:
    """Return 0/1 facts of listings, or their shares for sellers and creators.

    Parameters
    ----------
    marketplace : Marketplace or dict of DataFrame
    index : Index
        The listings, sellers or creators wanted.
    level : {"listing", "seller", "creator"}

    Returns
    -------
    DataFrame, index ``index``
        ``used``, ``authorised``, ``brand_given``: those whose source
        column the listings have. NaN for who has no listings, and for ``used``
        where the condition is not stated.

    Examples
    --------
    >>> listings = pd.DataFrame({"seller_id": ["s", "s"], "condition": ["New", "used"]})
    >>> compute_offer_facts({"listings": listings}, pd.Index(["s"]), "seller")
       used
    s   0.5
    """
    listings = get_entity_listings(marketplace, level)
    if listings is None:
        return pd.DataFrame(index=index)
    facts = pd.DataFrame(
        {
            fact: _compute_offer_fact(fact, listings[source])
            for fact, source in _FACT_COLUMNS.items()
            if source in listings.columns
        },
        index=listings.index,
    )
    if level != "listing":
        facts = facts.groupby(listings["entity"].to_numpy()).mean()
    return facts.reindex(index)


def _compute_offer_fact(fact: str, values: pd.Series) -> pd.Series:
    if fact == "used":
        stated = values.astype("str").str.strip().str.lower()
        return (~stated.isin(_NEW_CONDITIONS)).astype(np.float64).where(values.notna())
    return values.notna().astype(np.float64)


def block_contributions(
    parts: Sequence[NDArray[np.float64]],
    names: Sequence[str],
    labels: ArrayLike,
) -> pd.DataFrame:
    """Share of each cohort's distance from the others that each block makes up.

    Parameters
    ----------
    parts : sequence of arrays, each of shape (n, d_block)
        The rows as distances see them, block by block.
    names : sequence of str
        Names of the blocks.
    labels : array of int, shape (n,)
        Cohort of each row, or `NOISE`.

    Returns
    -------
    DataFrame, index ``cohort``, one column per block
        Squared distance between the mean of the cohort and that of all other rows
        within the block, over that of all blocks; rows sum to 1, and are NaN where a
        cohort is all there is or lies where the others do. Noise is no cohort, but one
        of the others.

    Raises
    ------
    IprsegError
        When there are not as many labels as rows.

    Examples
    --------
    >>> price, text = np.array([[0.0], [0.0], [3.0]]), np.array([[0.0], [0.0], [4.0]])
    >>> found = block_contributions([price, text], ["price", "text"], [0, 0, 1])
    >>> found.loc[0].to_dict()
    {'price': 0.36, 'text': 0.64}
    """
    labels = np.asarray(labels)
    if labels.shape != (len(parts[0]),):
        raise IprsegError(
            f"Contributions need one label per row: {len(parts[0])} rows, but labels "
            f"of shape {labels.shape}."
        )
    rows = np.flatnonzero(labels != NOISE)
    cohorts, place, sizes = np.unique(
        labels[rows], return_inverse=True, return_counts=True
    )
    ones = np.ones(len(rows))
    members = sparse.csr_array((ones, (place, rows)), shape=(len(cohorts), len(labels)))
    others = (len(labels) - sizes)[:, None]
    squared = np.full((len(cohorts), len(parts)), np.nan)
    for column, part in enumerate(parts):
        # of the mean of all a cohort is as far as the others, but for their numbers
        off = members @ (part - part.mean(axis=0)) / sizes[:, None]
        gap = np.divide(off * len(labels), others, where=others > 0, out=off * np.nan)
        squared[:, column] = (gap**2).sum(axis=1)
    total = squared.sum(axis=1, keepdims=True)
    blank = np.full(squared.shape, np.nan)
    share = np.divide(squared, total, out=blank, where=total > 0)
    index = pd.Index(cohorts, name="cohort")
    return pd.DataFrame(share, index=index, columns=list(names))


def get_block_names(
    scales: Sequence[BlockScale],
    blocks: Mapping[str, Sequence[Any]] | None,
    names: Sequence[Any],
) -> list[str]:
    """Return the names of the blocks of a fit, ``["all"]`` where there are none.

    Raises
    ------
    IprsegError
        When the blocks are not those of the fit any more.
    """
    columns = {"all": list(range(len(names)))}
    if blocks is not None:
        columns = locate_block_columns(blocks, names)
    if list(columns.values()) != [scale.columns.tolist() for scale in scales]:
        raise IprsegError(
            "The 'blocks' parameter of this Segmenter was changed after its fit: fit "
            "it again, or set the blocks back, before asking for contributions."
        )
    return list(columns)


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
        self, marketplace: MarketplaceLike, embeddings: pd.DataFrame, entities: pd.Index
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
        self, marketplace: MarketplaceLike, embeddings: pd.DataFrame, entities: pd.Index
    ) -> pd.DataFrame:
        """Return how the listings of each seller or creator spread over topics.

        Returns
        -------
        DataFrame, index ``entities``, columns ``topic_00`` …
            Square roots of shares, so that Euclidean distance is Hellinger's; NaN for
            one none of whose listings has a vector.
        """
        vectors, row, place = _match_vectors_to_entities(
            marketplace, embeddings, entities, self.level
        )
        counts = _count_topics_by_entity(
            _find_nearest_topics(vectors, self.centres)[row], place, len(entities), self
        )
        own = counts.sum(axis=1, keepdims=True)
        lent = _PRIOR_LISTINGS * self.average
        shares = np.where(own > 0, (counts + lent) / (own + _PRIOR_LISTINGS), np.nan)
        names = [f"topic_{topic:02d}" for topic in range(len(self.centres))]
        return pd.DataFrame(np.sqrt(shares), index=entities, columns=names)


def fit_meaning(
    marketplace: MarketplaceLike,
    level: str,
    embeddings: pd.DataFrame,
    entities: pd.Index,
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
        return _fit_topic_mixture(marketplace, level, embeddings, entities)
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


def _fit_topic_mixture(
    marketplace: MarketplaceLike,
    level: str,
    embeddings: pd.DataFrame,
    entities: pd.Index,
) -> TopicMixture:
    vectors, row, place = _match_vectors_to_entities(
        marketplace, embeddings, entities, level
    )
    centres = _cluster_topics(vectors)
    topics = _find_nearest_topics(vectors, centres)
    # a last topic that nobody is nearest to would be a column of nothing
    centres = centres[: int(topics.max(initial=0)) + 1]
    blank = TopicMixture(level, centres, np.zeros(len(centres)))
    counts = _count_topics_by_entity(topics[row], place, len(entities), blank)
    return TopicMixture(level, centres, counts.sum(axis=0) / max(counts.sum(), 1))


def _match_vectors_to_entities(
    marketplace: MarketplaceLike,
    embeddings: pd.DataFrame,
    entities: pd.Index,
    level: str,
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


def _count_topics_by_entity(
    topics: NDArray[np.int64],
    place: NDArray[np.int64],
    n_entities: int,
    mixture: TopicMixture,
) -> NDArray[np.float64]:
    counts = np.zeros((n_entities, len(mixture.centres)))
    np.add.at(counts, (place, topics), 1)
    return counts


def _get_listing_entities(marketplace: MarketplaceLike, level: str) -> pd.Series:
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
