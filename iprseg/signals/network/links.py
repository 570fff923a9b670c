"""H06, H08 and H11: sellers linked by identity tokens, images and e-mail patterns.

And which actions against linked sellers stand.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from iprseg.reference import load_reference
from iprseg.signals.inputs import Column, Inputs, make_column, make_missing_column
from iprseg.signals.registry import signal


@signal("H06", "seller")
def neighbour_violation_rate(inputs: Inputs, sellers: pd.Index) -> Column:
    """H06: weighted share of linked sellers against whom an action stands.

    ``sum w viol / sum w`` over sellers that share a token, w that of the rarest one,
    ``1 / ln(1 + holders)``. Whom a seller is linked to proves nothing about it.
    """
    absent = inputs.lacks("seller_identity.seller_id") or explain_missing_actions(
        inputs
    )
    actions = inputs.table("actions")
    if absent is not None or actions is None:
        return make_missing_column(len(sellers), absent or inputs.no_table("actions"))
    links = find_seller_links(inputs)
    stand = select_standing_actions(inputs, actions)
    unread = stand["unread"].to_numpy(dtype=bool)
    struck = links["other"].isin(set(stand.loc[~unread, "seller"]))
    doubt = links["other"].isin(set(stand.loc[unread, "seller"])) & ~struck
    links = links.assign(struck=links["weight"] * struck)
    sums = links.groupby("one")[["struck", "weight"]].sum()
    rate = (sums["struck"] / sums["weight"]).reindex(sellers)
    usable = _find_token_holders(inputs).reindex(sellers)
    column = make_column(rate.to_numpy(dtype=float))
    column = column.missing(usable.isna(), "no_identity_tokens")
    column = column.missing(usable.eq(False), "only_common_tokens")
    column = column.missing(np.isnan(column.values), "no_linked_seller")
    return column.missing(sellers.isin(links.loc[doubt, "one"]), "unknown_action_code")


_LINKING_KINDS = "bank|tax|doc_hash|device|phone|email|address|return_addr|ip24|none"
# As in H07: names and warehouses link nobody, nor does what more than 50 sellers hold;
# a network links accounts that were opened on one day.
_LINKS_QUERY = f"""
WITH held AS (
    SELECT DISTINCT seller_id, token_of, trim(token) AS token
    FROM (
        UNPIVOT (SELECT *, NULL::VARCHAR AS none_pid FROM seller_identity)
        ON COLUMNS('^({_LINKING_KINDS})_pid$')::VARCHAR
        INTO NAME token_of VALUE token
    )
    WHERE seller_id IS NOT NULL AND trim(token) <> ''
),
opened AS (OPENED),
usable AS (
    SELECT held.seller_id, token_of, token,
        CASE WHEN token_of = 'ip24_pid' THEN day ELSE DATE '1970-01-01' END AS day,
        count(*) OVER (PARTITION BY token_of, token) AS holders
    FROM held LEFT JOIN opened USING (seller_id)
    QUALIFY holders <= 50
)
"""
_PAIRS_QUERY = """
SELECT a.seller_id AS one, b.seller_id AS other, max(1 / ln(1 + a.holders)) AS weight
FROM usable AS a JOIN usable AS b USING (token_of, token, day)
WHERE a.seller_id <> b.seller_id
GROUP BY ALL
"""
_HOLDERS_QUERY = """
SELECT seller_id, count(usable.token) > 0 AS usable
FROM held LEFT JOIN usable USING (seller_id, token_of, token)
GROUP BY seller_id
"""
_DATED_QUERY = "SELECT seller_id, created_at::DATE AS day FROM sellers"
_UNDATED_QUERY = "SELECT seller_id, NULL::DATE AS day FROM seller_identity WHERE false"


def find_seller_links(inputs: Inputs) -> pd.DataFrame:
    """Return links, each once from either side: ``one``, ``other``, ``weight``.

    The weight is ``1 / ln(1 + holders)`` of the rarest token that both hold.
    """
    return inputs.sql(_build_links_query(inputs) + _PAIRS_QUERY)


def _find_token_holders(inputs: Inputs) -> pd.Series:
    """Tell of each seller with tokens whether it holds one that may link it."""
    return inputs.sql(_build_links_query(inputs) + _HOLDERS_QUERY).set_index(
        "seller_id"
    )["usable"]


def _build_links_query(inputs: Inputs) -> str:
    dated = inputs.lacks("sellers.created_at") is None
    return _LINKS_QUERY.replace("OPENED", _DATED_QUERY if dated else _UNDATED_QUERY)


# Action ladder: nothing, educate, ask for documents, demote; and a notifier's penalty.
_LIGHT_ACTIONS = ("ACT0", "ACT1", "ACT2", "ACT3", "N1")
# The ladder's codes and the words of the law's database; of others nobody knows.
_KNOWN_CODES = r"ACT\d{1,2}|N1|DECISION_\w+"


def explain_missing_actions(inputs: Inputs) -> str | None:
    """Return the reason if no actions are told."""
    columns = ("entity_type", "entity_id", "action_code")
    return next(filter(None, (inputs.lacks(f"actions.{c}") for c in columns)), None)


def select_standing_actions(inputs: Inputs, actions: pd.DataFrame) -> pd.DataFrame:
    """Return actions that removed, warned or worse, overturned ones left out.

    Parameters
    ----------
    inputs : Inputs
    actions : DataFrame
        The table.

    Returns
    -------
    DataFrame
        Those against sellers and their listings, with ``seller`` and ``unread``: whose
        code is not known, so that they may have been light.
    """
    code = actions["action_code"].astype("string").str.strip().str.upper()
    known = code.str.fullmatch(_KNOWN_CODES).fillna(False).to_numpy(dtype=bool)
    light = code.isin(_LIGHT_ACTIONS).to_numpy(dtype=bool)
    actions = actions.assign(unread=~known)[~light & ~_mask_overturned(inputs, actions)]
    kind = actions["entity_type"].astype("string").str.strip().str.casefold().fillna("")
    seller = actions["entity_id"].where((kind == "seller").to_numpy(dtype=bool))
    if inputs.has("seller_id"):
        of_listing = actions["entity_id"].map(inputs.listings["seller_id"])
        listed = (kind == "listing").to_numpy(dtype=bool)
        seller = seller.astype(object).where(~listed, of_listing.astype(object))
    actions = actions.assign(seller=seller)
    return actions[actions["seller"].notna()]


def _mask_overturned(inputs: Inputs, actions: pd.DataFrame) -> pd.Series:
    appeals = inputs.table("appeals")
    wanted = {"action_id", "outcome"}
    if (
        appeals is None
        or not wanted <= {*appeals.columns}
        or "action_id" not in actions
    ):
        return pd.Series(False, index=actions.index).to_numpy()
    outcome = appeals["outcome"].astype("string").str.strip().str.casefold()
    gone = appeals.loc[(outcome == "overturned").fillna(False), "action_id"].dropna()
    return actions["action_id"].isin(gone).to_numpy()


_HASH_PATTERN = r"[0-9a-f]{64}"
# Below this quality PDQ hashes of different pictures are alike (PDQ's own advice).
_MIN_QUALITY = 50
# A picture of more sellers than this is the maker's or a stock photo.
_MAX_IMAGE_SELLERS = 50
_DAMPING = 0.85
_MAX_ROUNDS = 200
_TOLERANCE = 1e-9


@signal("H08", "seller")
def image_graph_centrality(inputs: Inputs, sellers: pd.Index) -> Column:
    """H08: PageRank among sellers linked by equal image hashes.

    In the form that does not depend on how many sellers there are: 0.15 shows no
    picture that another seller shows, 1 is the mean of a group that shares some, and
    the one whose pictures many others show has more.
    """
    absent = inputs.lacks("images.pdq_hex")
    images = inputs.table("images")
    if absent is not None or images is None:
        return make_missing_column(len(sellers), absent or inputs.no_table("images"))
    shown = _list_shown_hashes(inputs, images)
    if shown is None:
        return make_missing_column(len(sellers), "column_absent: images.seller_id")
    holders = shown.groupby("hash")["seller"].transform("size")
    rare = shown[(holders <= _MAX_IMAGE_SELLERS).to_numpy()]
    values = pd.Series(np.nan, index=sellers, dtype=float)
    known = sellers.intersection(pd.Index(rare["seller"].unique()))
    values.loc[known] = _rank_sellers(rare).reindex(known)
    column = make_column(values.to_numpy())
    no_hash = ~sellers.isin(shown["seller"])
    column = column.missing(no_hash, "no_image_hash")
    return column.missing(np.isnan(column.values), "only_common_images")


def _list_shown_hashes(inputs: Inputs, images: pd.DataFrame) -> pd.DataFrame | None:
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
    good = code.str.fullmatch(_HASH_PATTERN).fillna(False) & seller.notna()
    # one digit throughout is what is left of an empty picture
    good &= code.str.slice(0, 1).fillna("") * 64 != code.fillna("")
    if "pdq_quality" in images.columns:
        quality = pd.to_numeric(images["pdq_quality"], errors="coerce")
        good &= ~(quality < _MIN_QUALITY)
    good = good.to_numpy(dtype=bool)
    shown = pd.DataFrame({"seller": seller[good], "hash": code[good].astype(object)})
    return shown.drop_duplicates()


def _rank_sellers(shown: pd.DataFrame) -> pd.Series:
    """Return each seller's rank; pictures of few sellers link them more strongly."""
    row, sellers = pd.factorize(shown["seller"])
    col, hashes = pd.factorize(shown["hash"])
    holders = np.bincount(col, minlength=len(hashes))
    weight = 1 / np.sqrt(np.log1p(holders[col]))
    shape = (len(sellers), len(hashes))
    table = sparse.csr_array((weight, (row, col)), shape=shape)
    links = sparse.csr_array(table @ table.T)
    links.setdiag(0)
    return pd.Series(compute_page_rank(links), index=sellers)


def compute_page_rank(links: sparse.csr_array) -> NDArray[np.float64]:
    """Solve ``r = 0.15 + 0.85 sum_j r_j w_ij / sum_k w_jk`` by iteration, shape (n,).

    References
    ----------
    S. Brin, L. Page, The anatomy of a large-scale hypertextual Web search engine,
    1998, section 2.1.1: the form whose sum is the number of pages.
    """
    total = np.asarray(links.sum(axis=1)).ravel()
    share = np.divide(1.0, total, out=np.zeros_like(total), where=total > 0)
    rank = np.ones(links.shape[0])
    for _ in range(_MAX_ROUNDS):
        following = (1 - _DAMPING) + _DAMPING * (links.T @ (rank * share))
        if np.abs(following - rank).max(initial=0) < _TOLERANCE:
            return following
        rank = following
    return rank


_DOMAIN_COLUMN = "seller_identity.email_domain"
# Sellers with one pattern at one domain, from which they count as a cluster; one
# household or one firm has fewer.
_MIN_CLUSTER = 5
# A domain of more sellers than this is a provider's, whether or not the list names it.
_MAX_DOMAIN_SELLERS = 50


@signal("H11", "seller")
def email_pattern(inputs: Inputs, sellers: pd.Index) -> Column:
    """H11: 1 if the domain is a disposable one, or the address is one of a cluster.

    A cluster is five or more sellers whose addresses have the same pattern of letters
    and digits (``email_template_pid``, where the tables have it) at one domain that is
    no public provider's.
    """
    absent = inputs.lacks("seller_identity.seller_id") or inputs.lacks(_DOMAIN_COLUMN)
    held = inputs.table("seller_identity")
    if absent is not None or held is None:
        return make_missing_column(
            len(sellers), absent or inputs.no_table("seller_identity")
        )
    held = held.reset_index() if held.index.name == "seller_id" else held
    domain = held["email_domain"].astype("string").str.strip().str.casefold()
    domain = domain.str.strip(".")
    known = held["seller_id"].notna() & domain.notna() & (domain != "")
    held = held.assign(domain=domain)[known.to_numpy(dtype=bool)]
    listed = load_reference("email_domains")
    found = _mask_listed_domains(held["domain"], frozenset(listed["disposable"]))
    if "email_template_pid" in held.columns:
        found |= _mask_clustered(held, frozenset(listed["public"]))
    values = pd.Series(found * 1.0).groupby(held["seller_id"].to_numpy()).max()
    column = make_column(values.reindex(sellers).to_numpy(dtype=float))
    return column.missing(np.isnan(column.values), "no_email_domain")


def _mask_listed_domains(domains: pd.Series, listed: frozenset[str]) -> np.ndarray:
    """Tell which domains are listed, themselves or as a part of a listed one."""
    return np.array([_is_listed(domain, listed) for domain in domains], dtype=bool)


def _is_listed(domain: str, listed: frozenset[str]) -> bool:
    while "." in domain:
        if domain in listed:
            return True
        domain = domain.partition(".")[2]
    return False


def _mask_clustered(held: pd.DataFrame, public: frozenset[str]) -> np.ndarray:
    pattern = held["email_template_pid"].astype("string").str.strip()
    pattern = pattern.where(pattern != "")
    at_domain = held.groupby("domain")["seller_id"].transform("nunique")
    # groupby leaves out addresses without a pattern: they are alike in nothing
    alike = held.groupby(["domain", pattern])["seller_id"].transform("nunique")
    own = (
        ~_mask_listed_domains(held["domain"], public)
        & (at_domain <= _MAX_DOMAIN_SELLERS).to_numpy()
    )
    return own & (alike.fillna(0) >= _MIN_CLUSTER).to_numpy(dtype=bool)
