"""H08: where a seller stands among the sellers that show the same pictures."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from iprseg.signals._inputs import Inputs
from iprseg.signals._result import Column, empty, full

_HASH = r"[0-9a-f]{64}"
# Below this quality PDQ hashes of different pictures are alike (PDQ's own advice).
_MIN_QUALITY = 50
# A picture of more sellers than this is the maker's or a stock photo.
_COMMON = 50
_DAMPING = 0.85
_ROUNDS = 200
_CLOSE = 1e-9


def image_graph_centrality(inputs: Inputs, sellers: pd.Index) -> Column:
    """H08: PageRank among sellers linked by equal image hashes.

    In the form that does not depend on how many sellers there are: 0.15 shows no
    picture that another seller shows, 1 is the mean of a group that shares some, and
    the one whose pictures many others show has more.
    """
    absent = inputs.lacks("images.pdq_hex")
    images = inputs.table("images")
    if absent is not None or images is None:
        return empty(len(sellers), absent or inputs.no_table("images"))
    shown = _shown(inputs, images)
    if shown is None:
        return empty(len(sellers), "column_absent: images.seller_id")
    holders = shown.groupby("hash")["seller"].transform("size")
    rare = shown[(holders <= _COMMON).to_numpy()]
    values = pd.Series(np.nan, index=sellers, dtype=float)
    known = sellers.intersection(pd.Index(rare["seller"].unique()))
    values.loc[known] = _ranks(rare).reindex(known)
    column = full(values.to_numpy())
    no_hash = ~sellers.isin(shown["seller"])
    column = column.missing(no_hash, "no_image_hash")
    return column.missing(np.isnan(column.values), "only_common_images")


def _shown(inputs: Inputs, images: pd.DataFrame) -> pd.DataFrame | None:
    """Return which seller shows which hash, each pair once; None: nobody says whose."""
    if "seller_id" in images.columns:
        seller = images["seller_id"].astype(object)
    else:
        seller = pd.Series(None, index=images.index, dtype=object)
    if "listing_id" in images.columns and inputs.has("seller_id"):
        by_listing = images["listing_id"].map(inputs.listings["seller_id"])
        seller = seller.where(seller.notna(), by_listing.astype(object))
    elif "seller_id" not in images.columns:
        return None
    code = images["pdq_hex"].astype("string").str.strip().str.casefold()
    good = code.str.fullmatch(_HASH).fillna(False) & seller.notna()
    # one digit throughout is what is left of an empty picture
    good &= code.str.slice(0, 1).fillna("") * 64 != code.fillna("")
    if "pdq_quality" in images.columns:
        quality = pd.to_numeric(images["pdq_quality"], errors="coerce")
        good &= ~(quality < _MIN_QUALITY)
    good = good.to_numpy(dtype=bool)
    shown = pd.DataFrame({"seller": seller[good], "hash": code[good].astype(object)})
    return shown.drop_duplicates()


def _ranks(shown: pd.DataFrame) -> pd.Series:
    """Return each seller's rank; pictures of few sellers link them more strongly."""
    row, sellers = pd.factorize(shown["seller"])
    col, hashes = pd.factorize(shown["hash"])
    holders = np.bincount(col, minlength=len(hashes))
    weight = 1 / np.sqrt(np.log1p(holders[col]))
    shape = (len(sellers), len(hashes))
    table = sparse.csr_array((weight, (row, col)), shape=shape)
    links = sparse.csr_array(table @ table.T)
    links.setdiag(0)
    return pd.Series(page_rank(links), index=sellers)


def page_rank(links: sparse.csr_array) -> NDArray[np.float64]:
    """Solve ``r = 0.15 + 0.85 sum_j r_j w_ij / sum_k w_jk`` by iteration, shape (n,).

    References
    ----------
    S. Brin, L. Page, The anatomy of a large-scale hypertextual Web search engine,
    1998, section 2.1.1: the form whose sum is the number of pages.
    """
    total = np.asarray(links.sum(axis=1)).ravel()
    share = np.divide(1.0, total, out=np.zeros_like(total), where=total > 0)
    rank = np.ones(links.shape[0])
    for _ in range(_ROUNDS):
        following = (1 - _DAMPING) + _DAMPING * (links.T @ (rank * share))
        if np.abs(following - rank).max(initial=0) < _CLOSE:
            return following
        rank = following
    return rank
