"""I01, I05 to I07: what creators say and tag, and whose shops they promote."""

import unicodedata
from functools import cache

import numpy as np
import pandas as pd

from iprseg.reference import load_lexicon
from iprseg.signals.inputs import (
    Column,
    Inputs,
    extract_primary_langs,
    make_column,
    make_missing_column,
)
from iprseg.signals.network.links import (
    explain_missing_actions,
    find_seller_links,
    select_standing_actions,
)
from iprseg.signals.registry import signal
from iprseg.tables.access import to_text_list
from iprseg.text.lexicon import compile_lexicons, filter_terms_by_context, find_terms

# Terms that weigh this much together are no chance.
_MIN_WEIGHT = 0.9
# What parts one hashtag from the next, in the tables and in what people paste.
_TAG_SEPARATORS = str.maketrans(dict.fromkeys(";,#＃|\n\t", " "))


@signal("I01", "creator")
def live_codeword(inputs: Inputs, creators: pd.Index) -> Column:
    """I01: shrunk share of a creator's transcripts with codewords for copies."""
    absent = inputs.lacks("promotions.creator_id") or inputs.lacks(
        "promotions.transcript"
    )
    promotions = inputs.table("promotions")
    if absent is not None or promotions is None:
        return make_missing_column(
            len(creators), absent or inputs.no_table("promotions")
        )
    texts = pd.Series(to_text_list(promotions["transcript"]), index=promotions.index)
    said = promotions[(texts.str.strip() != "") & promotions["creator_id"].notna()]
    said = said.reset_index(drop=True)
    hit = mask_coded_transcripts(inputs, said)
    return _compute_shrunk_share(inputs, said, hit, creators, "no_transcript")


def mask_coded_transcripts(inputs: Inputs, said: pd.DataFrame) -> np.ndarray:
    """Tell which transcripts hold codewords for copies that are no chance together.

    Parameters
    ----------
    inputs : Inputs
    said : DataFrame
        Promotions with a ``transcript``.

    Returns
    -------
    array of bool, shape (n,)
    """
    lexicon = compile_lexicons("live_codeword", "replica")
    langs = _find_promoted_langs(inputs, said)
    # No brands are looked for in speech: terms that need one beside them do not count.
    hits = find_terms(to_text_list(said["transcript"]), list(langs), lexicon, names={})
    nowhere = np.zeros(len(said), dtype=bool)
    hits = filter_terms_by_context(hits.drop_duplicates(), lexicon, langs, nowhere)
    weight = np.bincount(hits["row"], weights=hits["weight"], minlength=len(said))
    # sums such as 0.4 + 0.5 may end just below
    return weight >= _MIN_WEIGHT - 1e-9


def _find_promoted_langs(inputs: Inputs, said: pd.DataFrame) -> np.ndarray:
    """Return the languages of what is promoted: what hosts speak is not recorded."""
    if "listing_id" not in said.columns:
        return extract_primary_langs(said)
    own = pd.Series(inputs.langs, index=inputs.listings.index, dtype=object)
    langs = own.reindex(said["listing_id"]).to_numpy(dtype=object)
    return np.where(pd.isna(langs), "", langs)


@signal("I05", "creator")
def dupe_hashtag(inputs: Inputs, creators: pd.Index) -> Column:
    """I05: shrunk share of a creator's promotions with a hashtag for copies."""
    absent = inputs.lacks("promotions.creator_id") or inputs.lacks(
        "promotions.hashtags"
    )
    promotions = inputs.table("promotions")
    if absent is not None or promotions is None:
        return make_missing_column(
            len(creators), absent or inputs.no_table("promotions")
        )
    # an empty field is known to hold none; a missing one is not known
    known = promotions["hashtags"].notna() & promotions["creator_id"].notna()
    tagged = promotions[known].reset_index(drop=True)
    hit = np.array(
        [_has_copy_hashtag(t) for t in to_text_list(tagged["hashtags"])], dtype=bool
    )
    return _compute_shrunk_share(inputs, tagged, hit, creators, "no_hashtags")


def _has_copy_hashtag(hashtags: str) -> bool:
    folded = unicodedata.normalize("NFKC", hashtags).casefold()
    tags = frozenset(folded.translate(_TAG_SEPARATORS).split())
    return any(
        tags.isdisjoint(_read_copy_hashtags()[tag])
        for tag in tags & _read_copy_hashtags().keys()
    )


@cache
def _read_copy_hashtags() -> dict[str, frozenset[str]]:
    """Return the hashtags for copies, with those beside which they are harmless."""
    terms = load_lexicon("dupe_hashtag")
    return {
        unicodedata.normalize("NFKC", term).casefold(): frozenset(near)
        for term, near in zip(terms["term"], terms["near"], strict=True)
    }


_PROMOTION_COLUMNS = (
    "promotions.creator_id",
    "promotions.listing_id",
    "promotions.ts",
    "listings.seller_id",
)
# Severity S3 (counterfeits on sale) or worse; where no label tells it, the steps of the
# action ladder that follow it: limits, payout hold, suspension, termination, referral.
_SEVERE_GRADES = ("S3", "S4")
_SEVERE_ACTIONS = ("ACT6", "ACT7", "ACT8", "ACT9", "ACT10")


@signal("I06", "creator")
def creator_multi_shop(inputs: Inputs, creators: pd.Index) -> Column:
    """I06: shops acted against at severity S3 or more after they were promoted."""
    absent = (
        _find_missing_column(inputs)
        or explain_missing_actions(inputs)
        or inputs.lacks("actions.ts")
    )
    if absent is not None:
        return make_missing_column(len(creators), absent)
    shops = _list_promoted_shops(inputs, inputs.marketplace.promotions)
    actions = select_standing_actions(inputs, inputs.marketplace.actions)
    severe, unread = _mask_severe_actions(inputs, actions)
    later = _mask_acted_later(shops, actions[severe])
    doubt = _mask_acted_later(shops, actions[unread]) & ~later
    column = _make_count_column(later.groupby(shops["creator_id"]).sum(), creators)
    unsure = creators.isin(shops.loc[doubt, "creator_id"])
    return column.missing(unsure, "unknown_action_code")


def _mask_acted_later(shops: pd.DataFrame, actions: pd.DataFrame) -> pd.Series:
    """Tell which shops were acted against after they were promoted."""
    last = actions.groupby("seller")["ts"].max()
    # an action of a time that is not known is none that came later
    return shops["since"] < last.reindex(shops["seller_id"]).set_axis(shops.index)


@signal("I07", "creator")
def creator_seller_same_operator(inputs: Inputs, creators: pd.Index) -> Column:
    """I07: other shops promoted that share a token with the creator's own shop."""
    absent = (
        _find_missing_column(inputs)
        or inputs.lacks("creators.creator_id")
        or inputs.lacks("creators.seller_id")
        or inputs.lacks("seller_identity.seller_id")
    )
    if absent is not None:
        return make_missing_column(len(creators), absent)
    owners = inputs.marketplace.creators.dropna(subset=["creator_id", "seller_id"])
    owners = owners.drop_duplicates("creator_id").set_index("creator_id")["seller_id"]
    shops = _list_promoted_shops(inputs, inputs.marketplace.promotions)
    shops["own"] = shops["creator_id"].map(owners)
    links = find_seller_links(inputs)
    pairs = pd.MultiIndex.from_frame(links[["one", "other"]])
    linked = pd.MultiIndex.from_frame(shops[["own", "seller_id"]]).isin(pairs)
    found = pd.Series(linked, index=shops.index).groupby(shops["creator_id"]).sum()
    return _make_count_column(found, creators).missing(
        ~creators.isin(owners.index), "no_own_shop_known"
    )


def _find_missing_column(inputs: Inputs) -> str | None:
    return next(filter(None, map(inputs.lacks, _PROMOTION_COLUMNS)), None)


def _make_count_column(found: pd.Series, creators: pd.Index) -> Column:
    values = found.reindex(creators).to_numpy(dtype=float)
    return make_column(values).missing(np.isnan(values), "no_promotions")


def _mask_severe_actions(
    inputs: Inputs, actions: pd.DataFrame
) -> tuple[np.ndarray, np.ndarray]:
    """Tell which actions are severe, and of which nobody can tell."""
    code = actions["action_code"].astype("string").str.strip().str.upper()
    kind = actions["entity_type"].astype("string").str.strip().str.casefold()
    of_shop = (kind == "seller").fillna(False).to_numpy(dtype=bool)
    heavy = code.isin(_SEVERE_ACTIONS).to_numpy(dtype=bool) & of_shop
    unread = actions["unread"].to_numpy(dtype=bool) & of_shop
    labels = inputs.table("labels")
    wanted = {"label_id", "severity"}
    if labels is None or not wanted <= {*labels.columns} or "label_id" not in actions:
        return heavy, unread
    labels = labels.dropna(subset=["label_id", "severity"]).drop_duplicates("label_id")
    graded = actions["label_id"].map(labels.set_index("label_id")["severity"])
    severe = graded.astype("string").str.strip().str.upper().isin(_SEVERE_GRADES)
    told = graded.notna().to_numpy(dtype=bool)
    return np.where(told, severe.to_numpy(dtype=bool), heavy), unread & ~told


# Pseudo-promotions at the base rate added to every creator (domain-spec section 3).
_ALPHA = 10.0
# Below this a base rate of its own says little; the pooled one is used.
_MIN_BASE = 50


def _compute_shrunk_share(
    inputs: Inputs,
    promotions: pd.DataFrame,
    hit: np.ndarray,
    creators: pd.Index,
    missing: str,
) -> Column:
    """Return ``(k + 10 p0) / (n + 10)``: k of a creator's n promotions are a hit.

    p0 is the share in the market and category of the goods promoted; of all promotions
    where those are fewer than 50.
    """
    hits = pd.Series(hit * 1.0, index=promotions.index)
    by = promotions["creator_id"]
    base = _estimate_base_rate(inputs, promotions, hits)
    rate = (hits.groupby(by).sum() + _ALPHA * base.groupby(by).mean()) / (
        hits.groupby(by).size() + _ALPHA
    )
    values = rate.reindex(creators).to_numpy(dtype=float)
    return make_column(values).missing(np.isnan(values), missing)


def _estimate_base_rate(
    inputs: Inputs, promotions: pd.DataFrame, hits: pd.Series
) -> pd.Series:
    keys = [k for k in ("market", "category_path") if inputs.has(k)]
    if not keys or "listing_id" not in promotions.columns:
        return pd.Series(hits.mean(), index=hits.index)
    places = inputs.listings[keys].reindex(promotions["listing_id"])
    places.index = promotions.index
    by = hits.groupby([places[key] for key in keys], dropna=False)
    return by.transform("mean").where(by.transform("size") >= _MIN_BASE, hits.mean())


def _list_promoted_shops(inputs: Inputs, promotions: pd.DataFrame) -> pd.DataFrame:
    """Return whose goods each creator promoted, and since when.

    Returns
    -------
    DataFrame
        ``creator_id``, ``seller_id`` and ``since`` (their first promotion), each pair
        once.
    """
    known = promotions.assign(
        seller_id=promotions["listing_id"].map(inputs.listings["seller_id"])
    )
    by = known.dropna(subset=["seller_id"]).groupby(["creator_id", "seller_id"])
    return by["ts"].min().rename("since").reset_index()
