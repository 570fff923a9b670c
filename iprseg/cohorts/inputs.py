"""What cohort functions take from a marketplace and from labels, checked."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg.errors import IprsegError, TableError
from iprseg.segment.blocks import compute_offer_facts
from iprseg.tables.access import (
    LEVELS,
    MarketplaceLike,
    find_table,
    get_entity_listings,
    get_listings,
)
from iprseg.validation import (
    UNLABELED,
    check_columns,
    check_option,
    check_whole_number,
    format_value,
)

_TITLES_PER_SELLER = 8


@dataclass(frozen=True)
class ProfileInputs:
    """Aligned to the entities: everything below is indexed like `assignments`.

    Attributes
    ----------
    texts : pandas.Series of str
        Title, or the first titles of a seller or creator.
    sellers : pandas.Series or None
        Seller id, NA where unknown; None when no seller is known at all. Creators, who
        are people as sellers are, stand for themselves.
    gmv : pandas.Series or None
        Sales in US dollars, of a creator those of the listings promoted; NaN where no
        order row exists; None without orders_daily.
    category : pandas.Series or None
        Whole category path (the most frequent one of a seller or creator).
    lang : pandas.Series or None
        Language code; None when the tables have none (see `find_languages`).
    price : pandas.Series or None
        Price of each listing; None but for listings of one currency.
    currency : str
        That currency; empty where it is not known.
    listings : pandas.DataFrame
        The listings, by listing id.
    """

    texts: pd.Series
    sellers: pd.Series | None
    gmv: pd.Series | None
    category: pd.Series | None
    lang: pd.Series | None
    price: pd.Series | None
    currency: str
    listings: pd.DataFrame


def _get_table(
    marketplace: MarketplaceLike, name: str, index: str | None = None
) -> pd.DataFrame | None:
    """Return a table of a marketplace or dictionary, by its id, or None if absent."""
    frame = find_table(marketplace, name)
    if frame is not None and index is not None and index in frame.columns:
        frame = frame.set_index(index)
    return frame


def read_profile_inputs(
    marketplace: MarketplaceLike, entities: pd.Index, level: str
) -> ProfileInputs:
    """Align the tables to the entities that were clustered.

    Raises
    ------
    TableError
        When there are no listings, or entities that no listing belongs to.
    """
    listings = _get_table(marketplace, "listings", "listing_id")
    if listings is None:
        raise TableError(
            "profile_cohorts needs the table 'listings', which is not there: give a "
            "Marketplace or a dictionary that holds it."
        )
    gmv = _sum_listing_gmv(_get_table(marketplace, "orders_daily"), listings.index)
    if level == "listing":
        _refuse_unknown_ids(entities, listings.index, "listing")
        own = listings.loc[entities]
        return ProfileInputs(
            _read_text_column(own, "title"),
            _read_known_column(own, "seller_id"),
            None if gmv is None else gmv.loc[entities],
            _read_known_column(own, "category_path"),
            _read_known_column(own, "lang"),
            _read_prices(own),
            find_single_currency(own),
            listings,
        )
    speaking = get_entity_listings(marketplace, level)
    if speaking is None:
        needed = "the column 'seller_id' in listings"
        if level == "creator":
            needed = "the table 'promotions' with creator_id and listing_id"
        raise TableError(
            f"profile_cohorts needs {needed} to describe cohorts of {level}s: map it, "
            "or profile listings instead."
        )
    return _read_holder_inputs(listings, speaking, gmv, entities)


def _read_holder_inputs(
    listings: pd.DataFrame,
    speaking: pd.DataFrame,
    gmv: pd.Series | None,
    entities: pd.Index,
) -> ProfileInputs:
    """Describe sellers and creators by the listings that speak for them."""
    holder = speaking["entity"].to_numpy()
    title = _read_text_column(speaking, "title")
    first = speaking.groupby(holder).cumcount().to_numpy() < _TITLES_PER_SELLER
    texts = title[first].groupby(holder[first]).agg(" | ".join)
    totals = None
    if gmv is not None:
        sales = gmv.reindex(speaking.index).groupby(holder)
        totals = sales.sum(min_count=1).reindex(entities)
    category = _read_known_column(speaking, "category_path")
    if category is not None:
        category = category.groupby(holder).agg(_find_most_frequent).reindex(entities)
    return ProfileInputs(
        texts.reindex(entities).fillna(""),
        pd.Series(entities, index=entities),
        totals,
        category,
        None,
        None,
        "",
        listings,
    )


def _refuse_unknown_ids(entities: pd.Index, known: pd.Index, level: str) -> None:
    unknown = entities.difference(known)
    if len(unknown):
        raise TableError(
            f"assignments hold {len(unknown):,} {level} ids that listings does not have, "
            f"such as {str(unknown[0])!r}: profile the marketplace that was clustered."
        )


def _read_text_column(frame: pd.DataFrame, name: str) -> pd.Series:
    if name not in frame:
        return pd.Series("", index=frame.index)
    return frame[name].astype("object").where(frame[name].notna(), "").astype(str)


def _read_known_column(frame: pd.DataFrame, name: str) -> pd.Series | None:
    return frame[name] if name in frame and frame[name].notna().any() else None


def _find_most_frequent(values: pd.Series) -> Any:
    counts = values.value_counts()
    return counts.index[0] if len(counts) else np.nan


def _sum_listing_gmv(orders: pd.DataFrame | None, ids: pd.Index) -> pd.Series | None:
    if orders is None or "gmv_usd" not in orders or "listing_id" not in orders:
        return None
    sales = pd.to_numeric(orders["gmv_usd"], errors="coerce")
    return sales.groupby(orders["listing_id"]).sum(min_count=1).reindex(ids)


def _read_prices(frame: pd.DataFrame) -> pd.Series | None:
    """Prices, unless they are in several currencies and so do not compare."""
    if "price" not in frame or not has_one_currency(frame):
        return None
    return pd.to_numeric(frame["price"], errors="coerce")


def has_one_currency(frame: pd.DataFrame) -> bool:
    """Whether all prices of a frame compare without exchange rates."""
    return "currency" not in frame or frame["currency"].nunique() <= 1


def find_single_currency(frame: pd.DataFrame) -> str:
    """Return the code of the one currency that prices are in; empty where not known.

    Examples
    --------
    >>> find_single_currency(pd.DataFrame({"price": [1.0, 2], "currency": ["EUR", None]}))
    'EUR'
    >>> find_single_currency(pd.DataFrame({"price": [1.0]}))
    ''
    """
    if "currency" not in frame:
        return ""
    known = frame["currency"].dropna().unique()
    return str(known[0]) if len(known) == 1 else ""


def find_languages(inputs: ProfileInputs, rows: np.ndarray) -> np.ndarray:
    """Return the language of some rows, or the main script of their text."""
    if inputs.lang is None:
        return inputs.texts.iloc[rows].map(detect_main_script).to_numpy()
    given = inputs.lang.iloc[rows].astype("object")
    return given.where(given.notna(), "unknown").to_numpy()


def detect_main_script(text: str) -> str:
    """Return the script of most letters among the first hundred characters.

    Examples
    --------
    >>> detect_main_script("น้ำหอม oud"), detect_main_script("123")
    ('THAI', 'NONE')
    """
    import unicodedata

    counts: dict[str, int] = {}
    for character in text[:100]:
        if character.isalpha():
            script = unicodedata.name(character, "NONE").split(" ")[0]
            counts[script] = counts.get(script, 0) + 1
    return max(sorted(counts), key=lambda s: counts[s]) if counts else "NONE"


VERIFIED_AUTHORISATION = "verified_authorisation"
# Signals that leave explains: dealers show the brand's own photographs, so they share
# them with every other dealer.
_EXPLAINED_SIGNALS = ("C01",)
_AUTHORISATION_COLUMNS = [
    "seller_id",
    "scope_markets",
    "valid_from",
    "valid_to",
    "verified",
]


def discount_authorised(
    signals: pd.DataFrame, marketplace: MarketplaceLike, level: str
) -> pd.DataFrame:
    """Weigh signals by what verified leave of the brand explains.

    Parameters
    ----------
    signals : DataFrame
        By listing, seller or creator.
    marketplace : Marketplace or dict of DataFrame
    level : {"listing", "seller", "creator"}

    Returns
    -------
    DataFrame
        The signals that leave explains are multiplied by the share of listings without
        it, and a column ``verified_authorisation`` says that share's complement; the
        very frame where the tables do not tell who has leave.
    """
    leave = measure_authorised_share(marketplace, signals.index, level)
    if leave is None:
        return signals
    explained = [c for c in signals if str(c).startswith(_EXPLAINED_SIGNALS)]
    rest = signals[explained].mul(1 - leave, axis=0)
    return signals.assign(**{VERIFIED_AUTHORISATION: leave}, **rest)


def measure_authorised_share(
    marketplace: MarketplaceLike, entities: pd.Index, level: str
) -> pd.Series | None:
    """Return the share of listings sold with verified leave, 0 to 1 by entity.

    A listing has leave if the authorisation that it names was verified, was given to
    its own seller, covers its market and had not run out when the newest listing was
    made. What a seller merely claims is no leave: naming another's file, or one that
    nobody checked, protects nobody.

    Returns
    -------
    Series of float, index ``entities``, or None
        None where no listing names an authorisation, or none was ever checked.
    """
    files = _get_table(marketplace, "authorisations")
    listings = get_entity_listings(marketplace, level)
    if files is None or listings is None or "authorisation_id" not in listings:
        return None
    files = files.reset_index() if "authorisation_id" not in files else files
    if "verified" not in files or files["verified"].isna().all():
        return None
    files = files.drop_duplicates("authorisation_id").set_index("authorisation_id")
    named = files.reindex(columns=_AUTHORISATION_COLUMNS).reindex(
        listings["authorisation_id"]
    )
    named.index = listings.index
    held = pd.to_numeric(named["verified"], errors="coerce").eq(1)
    held &= named["seller_id"].eq(_read_column_or_missing(listings, "seller_id"))
    held &= _flag_scopes_covering_market(
        named["scope_markets"], _read_column_or_missing(listings, "market")
    )
    held &= ~(
        _parse_times(named["valid_from"])
        > _parse_times(_read_column_or_missing(listings, "created_at")).max()
    )
    held &= ~(
        _parse_times(named["valid_to"])
        <= _parse_times(_read_column_or_missing(listings, "created_at")).max()
    )
    share = held.astype(float).groupby(listings["entity"].to_numpy()).mean()
    return share.reindex(entities).fillna(0.0)


def _read_column_or_missing(listings: pd.DataFrame, column: str) -> pd.Series:
    if column in listings:
        return listings[column]
    return pd.Series(np.nan, index=listings.index, dtype=object)


def _parse_times(values: pd.Series) -> pd.Series:
    return pd.to_datetime(values, utc=True, errors="coerce")


def _flag_scopes_covering_market(scopes: pd.Series, markets: pd.Series) -> np.ndarray:
    # a scope or a market that nobody wrote down excludes nothing
    return np.array(
        [
            not (isinstance(scope, str) and scope.strip() and isinstance(market, str))
            or market.upper() in {part.strip().upper() for part in scope.split(";")}
            for scope, market in zip(scopes, markets, strict=True)
        ],
        dtype=bool,
    )


def find_markets(
    marketplace: MarketplaceLike, level: str, ids: pd.Index
) -> pd.Series | None:
    """Return the market of each entity, None where the tables do not tell.

    Sellers and creators without one of their own have that of most of their listings.

    Examples
    --------
    >>> listings = pd.DataFrame({"market": ["SE", "NO"]}, index=["L1", "L2"])
    >>> find_markets({"listings": listings}, "listing", pd.Index(["L2"])).to_dict()
    {'L2': 'NO'}
    """
    table = None if level == "listing" else find_table(marketplace, f"{level}s")
    if table is not None and "market" in table:
        key = table.get(f"{level}_id", table.index)
        found = pd.Series(table["market"].to_numpy(), index=pd.Index(key))
    else:
        listings = get_entity_listings(marketplace, level)
        if listings is None or "market" not in listings:
            return None
        counts = listings.groupby(["entity", "market"]).size()
        often = counts.sort_values(ascending=False, kind="stable").reset_index()
        found = often.drop_duplicates("entity").set_index("entity")["market"]
    found = found[~found.index.duplicated()].reindex(ids)
    return None if found.isna().all() else found


def check_markets(previous: pd.Series | None, current: pd.Series | None) -> None:
    """Refuse two runs of which most ids that they share are of another market.

    Parameters
    ----------
    previous, current : Series of str by id, or None
        Market of each entity; None where it is not known.

    Raises
    ------
    TableError
        Naming one such id.
    """
    if previous is None or current is None:
        return
    both = pd.concat([previous.rename("before"), current.rename("now")], axis=1)
    both = both.dropna()
    other = np.flatnonzero(both["before"] != both["now"])
    if 2 * len(other) <= len(both):
        return
    one = both.iloc[other[0]]
    raise TableError(
        f"{len(other):,} of the {len(both):,} ids that both runs hold are of another "
        f"market now ({format_value(both.index[other[0]])} was of {one['before']} and is of "
        f"{one['now']}), so they name other things: put the market before each id, or "
        "track runs of one marketplace."
    )


def read_shaping_classes(
    labels: pd.DataFrame | None, marketplace: MarketplaceLike, level: str, ids: pd.Index
) -> NDArray[np.int64] | None:
    """Turn labels of role *shape* into classes of rows, for `Segmenter.fit`.

    Labels that measure are left out: a rate of cohorts that were made with the very
    labels would say how well they were fitted, not how risky the cohorts are.

    Parameters
    ----------
    labels : DataFrame, index listing id, or None
        With ``role`` and ``status``, and ``primary`` (a code) or ``violative``.
    marketplace : Marketplace or dict of DataFrame
    level : {"listing", "seller"}
    ids : Index
        The rows.

    Returns
    -------
    array of int, shape (n_rows,), or None
        `UNLABELED` where no label shapes; None where none does at all. A seller's
        class is the most frequent of its listings' violations, where it has any, else
        the most frequent of its other codes.

    Examples
    --------
    >>> labels = pd.DataFrame(
    ...     {"role": ["shape", "measure"], "status": "labeled", "violative": 1.0},
    ...     index=["a", "b"],
    ... )
    >>> read_shaping_classes(labels, {}, "listing", pd.Index(["a", "b"])).tolist()
    [0, -2]
    """
    if labels is None:
        return None
    check_columns(labels, ["role", "status"], "The labels of find_cohorts")
    used = labels[(labels["role"] == "shape") & (labels["status"] == "labeled")]
    code = used["violative"] if "primary" not in used else used["primary"]
    code = code.dropna().astype(str)
    if level == "seller":
        bad = used["violative"].reindex(code.index) == 1
        code = _find_most_frequent_class_by_seller(code, bad, marketplace)
    code = code[~code.index.duplicated()].reindex(ids)
    numbers = pd.factorize(code, sort=True)[0].astype(np.int64)
    classes = np.where(numbers < 0, UNLABELED, numbers)
    return classes if (classes != UNLABELED).any() else None


def _find_most_frequent_class_by_seller(
    code: pd.Series, bad: pd.Series, marketplace: MarketplaceLike
) -> pd.Series:
    listings = _get_table(marketplace, "listings", "listing_id")
    if listings is None:
        raise TableError(
            "Labels of sellers need the table 'listings', which is not there: give a "
            "Marketplace that holds it."
        )
    known = pd.DataFrame(
        {"code": code, "bad": bad, "seller": listings["seller_id"].reindex(code.index)}
    ).dropna(subset="seller")
    telling = known[known["bad"] | ~known.groupby("seller")["bad"].transform("any")]
    return telling.groupby("seller")["code"].agg(lambda codes: codes.mode().iloc[0])


# Two cohorts of the least size, ten.
_MIN_CREATORS = 20


def check_find_options(
    marketplace: MarketplaceLike,
    level: str,
    labels: Any,
    segmenter: Any,
    stability: Any,
    min_cohort_size: Any,
) -> None:
    """Refuse what makes no sense, in one sentence each; see `find_cohorts`."""
    check_option("level", level, LEVELS, "find_cohorts")
    check_whole_number("stability", stability, "find_cohorts", low=0)
    if min_cohort_size is not None:
        check_whole_number("min_cohort_size", min_cohort_size, "find_cohorts", low=2)
    if segmenter is not None and not hasattr(segmenter, "set_params"):
        raise IprsegError(
            "The 'segmenter' parameter of find_cohorts must be a Segmenter; got "
            f"{format_value(segmenter)}."
        )
    if labels is not None:
        check_labels(labels, "find_cohorts")
    if level == "creator":
        _require_creators(marketplace, labels)
    if level == "seller":
        _require_sellers(marketplace)


def check_labels(labels: Any, owner: str) -> None:
    """Refuse labels that are no frame."""
    if not isinstance(labels, pd.DataFrame):
        raise IprsegError(
            f"The 'labels' parameter of {owner} must be the frame that "
            f"labeling.read_labels returns; got {format_value(labels)}."
        )


def _require_sellers(marketplace: MarketplaceLike) -> None:
    listings = get_listings(marketplace)
    if "seller_id" not in listings.columns or listings["seller_id"].isna().all():
        raise TableError(
            "Sellers cannot be segmented because listings has no seller_id: map the "
            "column that says who sells each listing, or use level='listing'."
        )


def _require_creators(marketplace: MarketplaceLike, labels: Any) -> None:
    for table, use in (
        ("creators", "who they are"),
        ("promotions", "what they promote"),
    ):
        if find_table(marketplace, table) is None:
            raise TableError(
                f"Creators cannot be segmented because the tables hold no {table!r}, "
                f"which say {use}: add the table, or use level='listing' or level='seller'."
            )
    creators = find_table(marketplace, "creators")
    if creators is not None and len(creators) < _MIN_CREATORS:
        raise TableError(
            f"Creators cannot be segmented because there are only {len(creators)}: "
            f"two cohorts need {_MIN_CREATORS}; look at their signals with compute_"
            "signals(marketplace, 'creator') instead."
        )
    if labels is not None:
        raise IprsegError(
            "Labels of listings neither shape nor rate cohorts of creators, since a "
            "listing may be promoted by several: leave them out, or use level='seller'."
        )


_OPTIONAL_COLUMNS = ("price", "brand_field", "category_path")


# what `compute_offer_facts` calls a fact, and what the table of phrases does
_FACT_COLUMNS = {
    "listing": {"used": "fact_used", "authorised": "fact_authorised"},
    "seller": {"used": "fact_sells_used", "authorised": "fact_sells_authorised"},
}


_MIN_MISSING_SHARE = 0.5


def add_offer_facts(
    signals: pd.DataFrame, inputs: ProfileInputs, level: str
) -> pd.DataFrame:
    """Add plain facts of the offers, which are no suspicion but tell kinds apart.

    1 where a price, brand field or category is missing (of a seller: of most of its
    listings); whether goods are used, or sold under an authorisation (of a seller: the
    share). Only columns that differ between rows tell anything.
    """
    called = _FACT_COLUMNS.get(level, {})
    facts = compute_offer_facts({"listings": inputs.listings}, signals.index, level)
    kept = {called[fact]: facts[fact] for fact in called if fact in facts}
    kept |= _flag_missing_columns(inputs.listings, signals.index, level)
    told = {name: values for name, values in kept.items() if values.nunique() > 1}
    return pd.concat([signals, pd.DataFrame(told, index=signals.index)], axis=1)


def _flag_missing_columns(
    listings: pd.DataFrame, ids: pd.Index, level: str
) -> dict[str, pd.Series]:
    own = [column for column in _OPTIONAL_COLUMNS if column in listings]
    if level == "listing":
        gaps = listings.loc[ids, own].isna()
    elif level == "seller" and "seller_id" in listings:
        share = listings[own].isna().groupby(listings["seller_id"]).mean()
        gaps = share.reindex(ids) > _MIN_MISSING_SHARE
    else:
        return {}
    return {f"missing_{column}": gaps[column].astype(float) for column in own}
