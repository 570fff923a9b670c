"""J03 to J05: scores made of the other signals of a listing or a seller."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg.signals.inputs import Column, Inputs, make_column
from iprseg.signals.registry import composite, signal_catalogue, signal_families


@composite("J03", "listing")
def anomaly_score_of_listings(
    inputs: Inputs, listings: pd.Index, columns: Columns, of_listings: Columns
) -> Column:
    """J03 of listings: how unusual each is among those of its market and category."""
    seller = pd.factorize(_get_listing_sellers(inputs))[0].astype(np.int64)
    return anomaly_score(columns, encode_places(inputs), seller)


@composite("J04", "listing")
def hard_evidence_count_of_listings(
    inputs: Inputs, listings: pd.Index, columns: Columns, of_listings: Columns
) -> Column:
    """J04 of listings: how many independent kinds of evidence point at each."""
    return hard_evidence_count(columns, inputs.n)


@composite("J03", "seller")
def anomaly_score_of_sellers(
    inputs: Inputs, sellers: pd.Index, columns: Columns, of_listings: Columns
) -> Column:
    """J03 of sellers: how unusual each is where most of its listings are."""
    n = len(sellers)
    seller = sellers.get_indexer(_get_listing_sellers(inputs)).astype(np.int64)
    home = find_home_places(encode_places(inputs), seller, n)
    # places count from 0: sellers without a listing are a place of their own
    return anomaly_score(columns, home + 1, np.arange(n))


@composite("J04", "seller")
def hard_evidence_count_with_listings(
    inputs: Inputs, sellers: pd.Index, columns: Columns, of_listings: Columns
) -> Column:
    """J04 of sellers: by their own signals, or by a quarter of their listings."""
    seller = sellers.get_indexer(_get_listing_sellers(inputs)).astype(np.int64)
    return hard_evidence_count_of_sellers(columns, of_listings, seller, len(sellers))


@composite("J05", "seller")
def protective_score_of_sellers(
    inputs: Inputs, sellers: pd.Index, columns: Columns, of_listings: Columns
) -> Column:
    """J05: share of the facts known of a seller that speak for it."""
    return protective_score(inputs, sellers, columns)


def _get_listing_sellers(inputs: Inputs) -> pd.Index:
    if not inputs.has("seller_id"):
        return pd.Index([None] * inputs.n, dtype=object)
    return pd.Index(inputs.listings["seller_id"])


Columns = dict[str, Column]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# Ten bins between the first and the last hundredth of all values, one on either side.
_N_BINS = 12
_MIN_OTHERS = 50
_MIN_SIGNALS = 3
# Where goods ship from and the language may order a queue, never decide anything.
_CONTEXT_SIGNALS = {"D06", "D07", "A18"}


def anomaly_score(columns: dict[str, Column], place: Ints, seller: Ints) -> Column:
    """J03: mean surprise (nats) of an entity's signals, by histograms of its place.

    Of each signal, ``-ln((k + 1) / (n + 12))``: k of the n entities of other sellers in
    the same place fall into its bin (HBOS, Goldstein and Dengel, 2012). Signals from
    past enforcement, of direction ``±`` and of origin or language are left out, and
    those that fewer than 50 others have.

    Parameters
    ----------
    columns : dict of str to Column
        Signals of the entities, shape (n,) each.
    place : ndarray of int, shape (n,)
        Market and category of each entity, as a code.
    seller : ndarray of int, shape (n,)
        Seller of each entity, as a code; -1 where unknown.
    """
    n = len(place)
    # an entity whose seller is not known is compared with all but itself
    owner = np.where(seller < 0, seller.max(initial=-1) + 1 + np.arange(n), seller)
    own = pd.factorize(pd.MultiIndex.from_arrays([place, owner]))[0]
    total, count = np.zeros(n), np.zeros(n)
    for values in _select_usable_values(columns):
        surprise = _compute_rarity_in_group(values, place, own)
        known = ~np.isnan(surprise)
        total[known] += surprise[known]
        count += known
    thin = count < _MIN_SIGNALS
    return make_column(total / np.maximum(count, 1)).missing(thin, "thin_group")


def _select_usable_values(columns: dict[str, Column]) -> list[Floats]:
    catalogue = signal_catalogue()
    usable = []
    for name, column in columns.items():
        key = name.partition("_")[0]
        row = catalogue.loc[key]
        context = (
            key in _CONTEXT_SIGNALS or row["direction"] == "±" or row["leak_risk"] != ""
        )
        if not context and not np.isnan(column.values).all():
            usable.append(column.values)
    return usable


def _compute_rarity_in_group(values: Floats, place: Ints, own: Ints) -> Floats:
    known = np.isfinite(values)
    bins = _assign_bins(values[known])
    beside = _count_same_bin(place[known], bins) - _count_same_bin(own[known], bins)
    k, n = beside[:, 0], beside[:, 1]
    surprise = np.full(len(values), np.nan)
    surprise[known] = np.where(
        n >= _MIN_OTHERS, -np.log((k + 1) / (n + _N_BINS)), np.nan
    )
    return surprise


def _assign_bins(values: Floats) -> Ints:
    scaled = np.sign(values) * np.log1p(np.abs(values))
    low, high = np.quantile(scaled, [0.01, 0.99])
    # a signal that is the same nearly everywhere has three bins: below, there, above
    inner = np.floor((scaled - low) / max(high - low, 1e-12) * (_N_BINS - 2))
    inner = np.clip(inner, 0, _N_BINS - 3).astype(np.int64) + 1
    return np.where(scaled < low, 0, np.where(scaled > high, _N_BINS - 1, inner))


def _count_same_bin(group: Ints, bins: Ints) -> Ints:
    """Return how many of its group share an entity's bin, and how many there are."""
    cells = np.bincount(group * _N_BINS + bins)
    members = np.bincount(group)
    return np.column_stack([cells[group * _N_BINS + bins], members[group]])


def encode_places(inputs: Inputs) -> Ints:
    """Return market and category of each listing, as a code, shape (n,)."""
    keys = [k for k in ("market", "category_path") if inputs.has(k)]
    if not keys:
        return np.zeros(inputs.n, dtype=np.int64)
    frame = inputs.listings[keys].astype(object)
    return frame.groupby(keys, dropna=False).ngroup().to_numpy(dtype=np.int64)


def find_home_places(place: Ints, seller: Ints, n: int) -> Ints:
    """Return where most listings of each seller are, shape (n,); -1 for no listing."""
    pairs = pd.DataFrame({"seller": seller, "place": place})[seller >= 0]
    size = pairs.value_counts(sort=False).rename("size").reset_index()
    size = size.sort_values(["size", "place"], ascending=[False, True], kind="stable")
    most = size.drop_duplicates("seller").set_index("seller")["place"]
    return most.reindex(range(n), fill_value=-1).to_numpy(dtype=np.int64)


# How the catalogue begins the formula of a yes or no. What the values of a day happen
# to be says nothing: a count of buyers is 1 in a small shop.
_YES_OR_NO = "1 if "
# A seller has a kind of evidence if this share of its listings has it.
_MIN_LISTING_SHARE = 0.25

EvidenceFlags = dict[str, tuple[NDArray[np.bool_], NDArray[np.bool_]]]


def hard_evidence_count(columns: dict[str, Column], n: int) -> Column:
    """J04: number of kinds of evidence with a signal beyond its bound, of listings.

    The bound is the catalogue's ``tau``; a signal without one that is a yes or no by
    its formula (``1 if …``) counts where it is yes, any other one without a bound never
    does, nor does one whose direction is ``±``. A listing of which no kind is known is
    missing.
    """
    return _count_kinds_of_evidence(_flag_kinds_of_evidence(columns, n), n)


def hard_evidence_count_of_sellers(
    columns: dict[str, Column],
    of_listings: dict[str, Column],
    seller: NDArray[np.int64],
    n: int,
) -> Column:
    """J04 of sellers: by their own signals, or by a quarter of their listings.

    Parameters
    ----------
    columns : dict of str to Column
        Signals with a formula for sellers, shape (n,) each.
    of_listings : dict of str to Column
        Signals of listings that sellers have no formula for.
    seller : ndarray of int, shape (n_listings,)
        Position of each listing's seller, -1 where unknown.
    n : int
        Number of sellers.
    """
    flags = _flag_kinds_of_evidence(columns, n)
    for kind, (beyond, known) in _flag_kinds_of_evidence(
        of_listings, len(seller)
    ).items():
        used = known & (seller >= 0)
        total = np.bincount(seller[used], minlength=n)
        hits = np.bincount(seller[used & beyond], minlength=n)
        own = flags.get(kind, (np.zeros(n, dtype=bool),) * 2)
        flags[kind] = (
            own[0] | ((total > 0) & (hits >= _MIN_LISTING_SHARE * total)),
            own[1] | (total > 0),
        )
    return _count_kinds_of_evidence(flags, n)


def _count_kinds_of_evidence(flags: EvidenceFlags, n: int) -> Column:
    count = np.zeros(n)
    known = np.zeros(n, dtype=bool)
    for beyond, seen in flags.values():
        count += beyond
        known |= seen
    return make_column(count).missing(~known, "no_evidence_known")


def _flag_kinds_of_evidence(columns: dict[str, Column], n: int) -> EvidenceFlags:
    """Tell by kind who has a signal beyond its bound, and of whom any is known."""
    # listing behaviour, logistics and promotion are context, and no evidence of their own
    # (domain-spec section 3, J04)
    families = signal_families()
    kinds = set(families.index[families["evidence"] == "yes"])
    catalogue = signal_catalogue()
    flags: EvidenceFlags = {}
    for name, column in columns.items():
        row = catalogue.loc[name.partition("_")[0]]
        kind = row["family"]
        if kind not in kinds:
            continue
        beyond = _mask_beyond_bound(column.values, row)
        if beyond is not None:
            none = np.zeros(n, dtype=bool)
            hit, known = flags.get(kind, (none, none))
            flags[kind] = (hit | beyond, known | ~np.isnan(column.values))
    return flags


def _mask_beyond_bound(
    values: NDArray[np.float64], row: pd.Series
) -> NDArray[np.bool_] | None:
    """Tell which values are beyond the bound; None for a signal that has none."""
    if row["direction"] == "±":
        return None
    low = row["direction"] == "-"
    if not np.isnan(row["tau"]):
        return values < row["tau"] if low else values > row["tau"]
    # "-" without a bound protects where it is yes, and says nothing where it is no
    return values == 1 if row["formula"].startswith(_YES_OR_NO) and not low else None


_LONG_DAYS = 365
# One fact alone is no score.
_MIN_FACTS = 2

_AUTHORISED_QUERY = """
-- a check whose outcome is not known says nothing; no document at all is a no
SELECT seller_id AS id, max(CASE WHEN verified IS NULL THEN NULL
    ELSE (verified AND (valid_to IS NULL OR valid_to >= $now))::INTEGER END) AS value
FROM authorisations
WHERE valid_from < $now AND seller_id IS NOT NULL GROUP BY seller_id
"""
_APPEALS_WON_QUERY = """
SELECT coalesce(seller_id, CASE entity_type WHEN 'seller' THEN entity_id END) AS id,
    (count_if(outcome = 'overturned') > count_if(outcome = 'upheld'))::INTEGER AS value
FROM appeals JOIN actions USING (action_id) LEFT JOIN listings
    ON entity_type = 'listing' AND entity_id = listing_id
WHERE ts_decided < $now AND outcome IN ('upheld', 'overturned', 'partial')
GROUP BY ALL
"""


def protective_score(
    inputs: Inputs, sellers: pd.Index, columns: dict[str, Column]
) -> Column:
    """J05: share of the facts known of a seller that speak for it.

    The facts: a verified authorisation in force; fewer refunds than three quarters of
    sellers have (F03); more appeals won than lost; an account of a year or more without
    a valid notice (G02) or an action (G03). A fact that cannot be known is left out;
    with fewer than two the score is missing.

    Parameters
    ----------
    inputs : Inputs
    sellers : Index
    columns : dict of str to Column
        The other signals of the same sellers, up to the stage that is asked for.
    """
    facts = np.vstack(
        [
            _flag_authorised_sellers(inputs, sellers),
            _flag_few_refunds(columns, len(sellers)),
            _flag_won_appeals(inputs, sellers, columns),
            _flag_long_clean_record(inputs, sellers, columns),
        ]
    )
    known = (~np.isnan(facts)).sum(axis=0)
    score = make_column(np.nansum(facts, axis=0) / np.maximum(known, 1))
    return score.missing(known < _MIN_FACTS, "fewer_than_two_facts")


def _flag_authorised_sellers(inputs: Inputs, sellers: pd.Index) -> NDArray[np.float64]:
    needed = ("seller_id", "verified", "valid_from", "valid_to")
    if any(inputs.lacks(f"authorisations.{column}") for column in needed):
        return np.full(len(sellers), np.nan)
    rows = inputs.sql(_AUTHORISED_QUERY, {"now": inputs.now}).set_index("id")["value"]
    held = rows.reindex(sellers).to_numpy(dtype=float, na_value=np.nan)
    return np.where(sellers.isin(rows.index), held, 0.0)


def _flag_few_refunds(columns: dict[str, Column], n: int) -> NDArray[np.float64]:
    rate = _get_values(columns, "F03_refund_rate", n)
    if np.isnan(rate).all():
        return rate
    few = (rate < np.nanquantile(rate, 0.25)).astype(float)
    return np.where(np.isnan(rate), np.nan, few)


def _flag_won_appeals(
    inputs: Inputs, sellers: pd.Index, columns: dict[str, Column]
) -> NDArray[np.float64]:
    # G07 is there where appeals are, and where the stage asked for knows them
    heard = ~np.isnan(_get_values(columns, "G07_appeal_win_rate", len(sellers)))
    if not heard.any():
        return np.full(len(sellers), np.nan)
    rows = (
        inputs.sql(_APPEALS_WON_QUERY, {"now": inputs.now})
        .dropna()
        .set_index("id")["value"]
    )
    won = rows.reindex(sellers).to_numpy(dtype=float, na_value=np.nan)
    return np.where(heard, won, np.nan)


def _flag_long_clean_record(
    inputs: Inputs, sellers: pd.Index, columns: dict[str, Column]
) -> NDArray[np.float64]:
    notices = _get_values(columns, "G02_distinct_ro_count", len(sellers))
    actions = _get_values(columns, "G03_repeat_infringer", len(sellers))
    accounts = inputs.sellers
    if accounts is None or "created_at" not in accounts.columns:
        return np.full(len(sellers), np.nan)
    made = pd.to_datetime(accounts["created_at"], utc=True, errors="coerce")
    age = (inputs.now - made.reindex(sellers)).dt.total_seconds().to_numpy() / 86_400
    seen = ~np.isnan(age) & ~(np.isnan(notices) & np.isnan(actions))
    stained = (notices > 0) | (actions > 0)
    return np.where(seen, (age >= _LONG_DAYS) & ~stained, np.nan)


def _get_values(columns: dict[str, Column], name: str, n: int) -> NDArray[np.float64]:
    return columns[name].values if name in columns else np.full(n, np.nan)
