"""Blocks of columns from signals, tables and meaning, and what each contributes."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from iprseg.errors import IprsegError, TableError
from iprseg.segment.inputs import locate_block_columns
from iprseg.segment.meaning import (
    MEANING_BLOCK,
    MeaningAxes,
    TopicMixture,
    fit_meaning,
)
from iprseg.segment.scaling import BlockScale
from iprseg.sentinels import NOISE
from iprseg.signals.registry import (
    choose_segmenting_columns,
    signal_catalogue,
    signal_families,
)
from iprseg.tables.access import LEVELS, find_table, get_entity_listings
from iprseg.validation import check_columns, check_option

OWN_BLOCK = "own"


def make_blocks(
    marketplace: Any,
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
    marketplace: Any, entities: pd.Index, level: str
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


def compute_offer_facts(marketplace: Any, index: pd.Index, level: str) -> pd.DataFrame:
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
