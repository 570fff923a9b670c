"""D02 to D04: gated brands, who may sell them, their marks' classes, their notices.

Other families ask here which listings are of a gated brand, and which uses of a brand an
authorisation covers.
"""

import re
from collections.abc import Iterable
from functools import cache, lru_cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg.brands.brand_list import make_brand_key
from iprseg.reference import load_reference
from iprseg.signals.inputs import Column, Inputs, make_column, make_missing_column
from iprseg.signals.registry import signal
from iprseg.text.normalisation import fold

_AUTHORISATION_COLUMNS = (
    "seller_id",
    "authorisations.seller_id",
    "authorisations.brand_id",
)
_FILE_COLUMNS = [
    "seller_id",
    "brand_id",
    "scope_markets",
    "valid_from",
    "valid_to",
    "verified",
]


def mask_gated_listings(inputs: Inputs, learned: bool = True) -> NDArray[np.bool_]:
    """Tell which listings are of a gated brand, shape (n,).

    Gated are the brands of the list, or those marked in a column ``gated`` of the table
    ``brands``. Without `learned`, brands that were learned from the listings count only
    where the list holds no others: a shop's own label needs nobody's leave.
    """
    brands = inputs.table("brands")
    if brands is not None and "gated" in brands.columns:
        marked = brands.reset_index()
        gated = set(marked.loc[marked["gated"].fillna(False).astype(bool), "brand_id"])
    else:
        listed = inputs.brands.table
        given = listed["source"] != "learned"
        gated = set(listed.loc[given | learned | (not given.any()), "brand_id"])
    return np.array([brand in gated for brand in inputs.brand], dtype=bool)


def _translate_brand_ids(inputs: Inputs, brand_ids: pd.Series) -> pd.Series:
    """Return ids of the table ``brands`` as those of the list of brands in use.

    A list of the user's own has other ids for the same names.
    """
    brands = inputs.table("brands")
    if brands is None or "name" not in brands.columns:
        return brand_ids
    listed = inputs.brands.table
    ids = dict(zip(listed["name"].map(make_brand_key), listed["brand_id"], strict=True))
    known = set(listed["brand_id"])
    rows = brands.reset_index()[["brand_id", "name"]].dropna()
    other = {
        brand_id: ids.get(make_brand_key(name), brand_id)
        for brand_id, name in rows.itertuples(index=False)
        if brand_id not in known
    }
    return brand_ids.map(lambda one: other.get(one, one))


@signal("D03")
def unauthorised_gated_brand(inputs: Inputs) -> Column:
    """D03: 1 if a gated brand is offered without a verified authorisation.

    The authorisation is to be in force in the listing's market at the time asked for
    (of a removed listing: when it was removed). Where one is on file and nobody knows
    whether it was verified the value is missing.
    """
    absent = next(filter(None, map(inputs.lacks, _AUTHORISATION_COLUMNS)), None)
    if absent is not None:
        return make_missing_column(inputs.n, absent)
    gated = mask_gated_listings(inputs, learned=False)
    offers = _build_offer_table(inputs)
    nobody = gated & offers["seller_id"].isna().to_numpy()
    files = _join_files_in_force(inputs, offers[gated])
    rows = files["row"].to_numpy()
    verified = files["verified"].to_numpy(dtype=float, na_value=np.nan)
    good, doubtful = np.zeros(inputs.n, dtype=bool), np.zeros(inputs.n, dtype=bool)
    good[rows[verified == 1]] = True
    doubtful[rows[np.isnan(verified)]] = True
    result = make_column(np.where(gated & ~good, 1.0, 0.0))
    why = inputs.lacks("authorisations.verified") or "value_missing: verified"
    result = result.missing(doubtful & ~good, why)
    return result.missing(nobody, inputs.gap("seller_id"))


def _build_offer_table(inputs: Inputs) -> pd.DataFrame:
    listings = inputs.listings
    offers = pd.DataFrame(
        {
            "row": np.arange(inputs.n),
            "seller_id": listings["seller_id"].to_numpy(),
            "brand_id": inputs.brand,
            "market": listings["market"].to_numpy() if inputs.has("market") else None,
            "moment": inputs.now,
        }
    )
    if inputs.has("removed_at"):
        removed = parse_times(listings["removed_at"]).set_axis(offers.index)
        gone = removed.notna() & (removed < inputs.now)
        offers["moment"] = offers["moment"].where(~gone, removed)
    return offers


def _join_files_in_force(inputs: Inputs, offers: pd.DataFrame) -> pd.DataFrame:
    """Return the authorisations that cover offers, by ``row``, with ``verified``."""
    files = _fetch_table(inputs, "authorisations").reindex(columns=_FILE_COLUMNS)
    files["brand_id"] = _translate_brand_ids(inputs, files["brand_id"])
    files = files.dropna(subset=["seller_id", "brand_id"])
    pairs = offers.merge(files, on=["seller_id", "brand_id"])
    start, end = parse_times(pairs["valid_from"]), parse_times(pairs["valid_to"])
    in_time = ~(start >= pairs["moment"]) & ~(end <= pairs["moment"])
    in_scope = [
        _covers_market(scope, market)
        for scope, market in zip(pairs["scope_markets"], pairs["market"], strict=True)
    ]
    return pairs[in_time.to_numpy(dtype=bool) & np.array(in_scope, dtype=bool)]


def _covers_market(scope: object, market: object) -> bool:
    # doubt is the seller's: a scope or a market that nobody wrote down excludes nothing
    if not isinstance(scope, str) or not isinstance(market, str) or not scope.strip():
        return True
    return market.upper() in {part.strip().upper() for part in scope.split(";")}


def _fetch_table(inputs: Inputs, table: str) -> pd.DataFrame:
    """Return a table with its key as a column; empty where it is not there."""
    frame = inputs.table(table)
    return pd.DataFrame() if frame is None else frame.reset_index()


def parse_times(values: pd.Series) -> pd.Series:
    """Read times, as UTC; what is none is missing."""
    return pd.to_datetime(values, utc=True, errors="coerce")


_TERM_COLUMNS = ["seller_id", "brand_id", "scope_markets", "valid_from", "valid_to"]


def check_authorised_uses(
    inputs: Inputs, uses: pd.DataFrame
) -> tuple[NDArray[np.float64], str]:
    """Tell which uses of a brand an authorisation covers.

    Parameters
    ----------
    inputs : Inputs
    uses : DataFrame
        ``row`` (position of the listing) and ``brand_id``, index 0 … n - 1.

    Returns
    -------
    allowed : array of shape (n,)
        1, 0, or NaN where nobody knows: a file that nobody is known to have verified.
    why : str
        The reason of those that are NaN.
    """
    for column in ("authorisations.seller_id", "authorisations.brand_id", "seller_id"):
        if absent := inputs.lacks(column):
            return np.full(len(uses), np.nan), absent
    listings = inputs.listings
    market = listings["market"] if inputs.has("market") else None
    asked = uses.assign(
        use=np.arange(len(uses)),
        seller_id=listings["seller_id"].to_numpy(dtype=object)[uses["row"]],
        market=None if market is None else market.to_numpy(object)[uses["row"]],
    )
    # of the marketplace: its times are read
    files = inputs.marketplace.authorisations.reset_index()
    files = files.reindex(columns=[*_TERM_COLUMNS, "verified"])
    keys = ["seller_id", "brand_id"]
    as_given = dict.fromkeys(keys, object)  # an empty column has any type
    found = asked.astype(as_given).merge(files.astype(as_given), on=keys)
    found = found[
        _mask_authorisations_in_force(found, inputs.now)
        & _mask_authorisations_for_market(found)
    ]
    checked = pd.to_numeric(found["verified"], errors="coerce")
    allowed = np.zeros(len(uses))
    allowed[asked["seller_id"].isna().to_numpy()] = np.nan
    allowed[found.loc[checked.isna(), "use"]] = np.nan
    allowed[found.loc[(checked == 1).fillna(False), "use"]] = 1.0
    absent = inputs.lacks("authorisations.verified")
    return allowed, absent or "authorisation_not_known"


def _mask_authorisations_in_force(
    found: pd.DataFrame, now: pd.Timestamp
) -> NDArray[np.bool_]:
    start = pd.to_datetime(found["valid_from"], utc=True, errors="coerce")
    end = pd.to_datetime(found["valid_to"], utc=True, errors="coerce")
    return (~(start >= now) & ~(end <= now)).to_numpy(dtype=bool)


def _mask_authorisations_for_market(found: pd.DataFrame) -> NDArray[np.bool_]:
    # a scope or a market that nobody wrote down excludes nothing
    return np.array(
        [
            not (isinstance(scope, str) and scope.strip() and isinstance(market, str))
            or market.upper() in {part.strip().upper() for part in scope.split(";")}
            for scope, market in zip(
                found["scope_markets"], found["market"], strict=True
            )
        ],
        dtype=bool,
    )


_MARK_COLUMNS = ("category_path", "marks.brand_id", "marks.nice_classes")


@signal("D02")
def brand_class_gap(inputs: Inputs) -> Column:
    """D02: 1 if none of the brand's marks is of the Nice class of the category.

    Context rather than guilt: a mark used outside its classes is another kind of case
    than a counterfeit. Marks that have run out do not count; their market does not
    matter here.
    """
    absent = next(filter(None, map(inputs.lacks, _MARK_COLUMNS)), None)
    if absent is not None:
        return make_missing_column(inputs.n, absent)
    classes = _collect_brand_classes(inputs)
    paths = inputs.listings["category_path"].to_numpy(dtype=object)
    goods = find_nice_classes(paths)
    held = [classes.get(brand) for brand in inputs.brand]
    values = [
        float(not (mine & theirs)) if mine and theirs else np.nan
        for mine, theirs in zip(goods, held, strict=True)
    ]
    result = make_column(values).missing(
        [not mine for mine in goods], "category_unknown"
    )
    result = result.missing(pd.isna(inputs.brand), "no_brand")
    return result.missing([not theirs for theirs in held], "no_mark")


def find_nice_classes(paths: Iterable[object]) -> list[frozenset[int]]:
    """Return the Nice classes of categories, by the words of their deepest part.

    Examples
    --------
    >>> [sorted(c) for c in find_nice_classes(["Fashion > Shoes", "Toner", "Odds", None])]
    [[25], [2], [], []]
    """
    return [
        _classify_path(path) if isinstance(path, str) else frozenset() for path in paths
    ]


@lru_cache(maxsize=100_000)
def _classify_path(path: str) -> frozenset[int]:
    words = _read_class_words()
    for part in reversed(path[:1000].split(">")):
        tokens = [_drop_plural(word) for word in re.findall(r"[^\W\d_]+", part.lower())]
        # "phone case" before "case": the longer name says what the goods are
        for size in (2, 1):
            named = [
                words[name]
                for i in range(len(tokens) - size + 1)
                if (name := fold(" ".join(tokens[i : i + size]))) in words
            ]
            if named:
                return frozenset().union(*named)
    return frozenset()


@cache
def _read_class_words() -> dict[str, frozenset[int]]:
    table: dict[str, frozenset[int]] = {}
    for number, names in load_reference("nice_classes")["classes"].items():
        for name in names:
            key = fold(" ".join(map(_drop_plural, name.lower().split())))
            table[key] = table.get(key, frozenset()) | {int(number)}
    return table


def _drop_plural(word: str) -> str:
    if len(word) <= 3 or not word.endswith("s") or word.endswith("ss"):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    return re.sub(r"((?<=[cs]h|ss)e|(?<=x)e)?s$", "", word)


def _collect_brand_classes(inputs: Inputs) -> dict[object, frozenset[int]]:
    marks = _fetch_table(inputs, "marks").dropna(subset=["brand_id", "nice_classes"])
    if "valid_to" in marks.columns:
        marks = marks[~(parse_times(marks["valid_to"]) <= inputs.now)]
    marks = marks.assign(brand_id=_translate_brand_ids(inputs, marks["brand_id"]))
    held: dict[object, set[int]] = {}
    for brand, classes in marks[["brand_id", "nice_classes"]].itertuples(index=False):
        numbers = {int(one) for one in re.findall(r"\d+", str(classes))}
        held.setdefault(brand, set()).update(n for n in numbers if 1 <= n <= 45)
    return {brand: frozenset(numbers) for brand, numbers in held.items()}


_NOTICE_COLUMNS = (
    "notices.notice_id",
    "notices.valid",
    "notices.ts_received",
    "notice_items.notice_id",
    "notice_items.listing_id",
)
_ALPHA, _MIN_BASE, _MIN_N = 10, 50, 8


@signal("D04")
def brand_risk_index(inputs: Inputs) -> Column:
    """D04: listings of the brand with a valid notice, per 1,000, shrunk.

    Counted over other sellers' listings; shrunk to the rate of others in the market and
    category, or of all others where those are fewer than 50.
    """
    absent = next(filter(None, map(inputs.lacks, _NOTICE_COLUMNS)), None)
    if absent is not None:
        return make_missing_column(inputs.n, absent)
    listings = inputs.listings
    no_seller = pd.Series([None] * inputs.n, index=listings.index)
    seller = pd.factorize(listings.get("seller_id", no_seller))[0]
    # of a listing without a seller, only the listing itself is left out
    seller = np.where(seller >= 0, seller, -1 - np.arange(inputs.n))
    hit = listings.index.isin(_list_noticed_listings(inputs)).astype(float)
    place = listings.reindex(columns=["market", "category_path"]).groupby(
        ["market", "category_path"], dropna=False
    )
    brand = pd.factorize(inputs.brand)[0]
    n, k = _count_others(brand, seller, hit)
    base = _estimate_base_rate(place.ngroup().to_numpy(), seller, hit)
    values = 1000 * (k + _ALPHA * base) / (n + _ALPHA)
    result = make_column(values).missing(brand < 0, "no_brand")
    result = result.missing(n < _MIN_N, "thin_group")
    return result.missing(np.isnan(values), "no_other_seller")


def _list_noticed_listings(inputs: Inputs) -> pd.Series:
    notices, items = (
        _fetch_table(inputs, "notices"),
        _fetch_table(inputs, "notice_items"),
    )
    known = parse_times(notices["ts_received"]) < inputs.now
    valid = notices["valid"].fillna(False).astype(bool)
    ids = notices.loc[known & valid, "notice_id"]
    return items.loc[items["notice_id"].isin(ids), "listing_id"]


def _count_others(
    group: NDArray, seller: NDArray, hit: NDArray
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Count rows and hits of each row's group that are not its seller's."""
    table = pd.DataFrame({"group": group, "seller": seller, "hit": hit})
    every = table.groupby("group")["hit"]
    own = table.groupby(["group", "seller"])["hit"]
    n = every.transform("size") - own.transform("size")
    k = every.transform("sum") - own.transform("sum")
    return n.to_numpy(dtype=float), k.to_numpy(dtype=float)


def _estimate_base_rate(
    place: NDArray, seller: NDArray, hit: NDArray
) -> NDArray[np.float64]:
    near_n, near_k = _count_others(place, seller, hit)
    far_n, far_k = _count_others(np.zeros(len(hit), dtype=int), seller, hit)
    near = near_n >= _MIN_BASE
    n, k = np.where(near, near_n, far_n), np.where(near, near_k, far_k)
    return np.where(n > 0, k / np.maximum(n, 1), np.nan)
