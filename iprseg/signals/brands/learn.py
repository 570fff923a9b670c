"""Learn brands and product lines from listings whose brand field is honest."""

from os import PathLike
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg._check import check_interval
from iprseg.signals._tables import listings_of, table_of
from iprseg.signals.brands._fields import brand_key, fold_words, names_brand
from iprseg.signals.brands._find import Texts, compile_names, find_names
from iprseg.signals.brands._goods import without_goods
from iprseg.signals.brands._lines import mine_lines, purity_bound
from iprseg.signals.brands._merge import merge_names
from iprseg.signals.brands._parts import telling_parts
from iprseg.signals.brands.brand_list import BrandList, is_common

_OWNER = "learn_brands"
# Above this, more rows teach nothing more and cost time.
_MOST_ROWS = 60_000
# What is longer is a text in the brand field; searched for in texts like itself, it
# would take time by the square of its length.
_LONGEST_NAME = 100


def learn_brands(
    tables: Any,
    extra: BrandList | pd.DataFrame | str | PathLike[str] | None = None,
    *,
    min_rows: int = 3,
    random_state: int = 0,
) -> BrandList:
    """Learn which brands and product lines a marketplace sells.

    Parameters
    ----------
    tables : Marketplace, dict of frames, or listings frame
        A table ``brands`` in it is taken as part of `extra`.
    extra : BrandList, DataFrame or path of a CSV file, optional
        Your own list: column ``name``, perhaps ``aliases`` and ``lines`` (``;``
        between them). It goes before what is learned.
    min_rows : int, default 3
        A brand field counts as a brand when so many listings hold it, or when a title
        of its own listings does.
    random_state : int, default 0
        Draws the listings learned from where there are more than 60,000.

    Returns
    -------
    BrandList

    Notes
    -----
    A phrase of one to three words is a line of a brand when the lower bound of the
    share of its titles that are the brand's is high, it is seen with several sellers
    (where they are known), and it is not made of words that every shop uses. A brand
    name that is an ordinary word is marked ``common_word`` unless the titles show that
    it means the brand.

    Examples
    --------
    >>> makers = ["Zephyra", "Brezzo", "Korda", "Lumeo"]
    >>> goods = ["Quorvane 50 ml", "Quorvane 100 ml", "gift set Quorvane", "soap"]
    >>> rows = [(maker, what) for maker in makers for what in goods]
    >>> listings = pd.DataFrame({
    ...     "listing_id": range(16),
    ...     "title": [
    ...         f"{maker} {what if maker == 'Zephyra' else 'thing'} {i}"
    ...         for i, (maker, what) in enumerate(rows)
    ...     ],
    ...     "brand_field": [maker for maker, _ in rows],
    ... })
    >>> learn_brands(listings).table[["name", "lines"]].head(2).values.tolist()
    [['Brezzo', []], ['Korda', []]]
    >>> learn_brands(listings).table.set_index("name").loc["Zephyra", "lines"]
    ['quorvane']
    """
    check_interval("min_rows", min_rows, _OWNER, low=1)
    listings = listings_of(tables)
    own = _own_lists(tables, extra)
    if "brand_field" not in listings.columns:
        return _combine(own, BrandList.from_names([]))
    rows = _honest_rows(listings, random_state)
    learned = _learn(rows, int(min_rows))
    return _combine(own, without_goods(learned, rows))


def _own_lists(tables: Any, extra: Any) -> list[BrandList]:
    lists = []
    if isinstance(extra, BrandList):
        lists.append(extra)
    elif isinstance(extra, pd.DataFrame):
        lists.append(BrandList.from_frame(extra))
    elif extra is not None:
        lists.append(BrandList.load(extra))
    brands = table_of(tables, "brands")
    if brands is not None and len(brands):
        register = brands.reset_index().assign(source="register")
        lists.append(BrandList.from_frame(register))
    return lists


def _honest_rows(listings: pd.DataFrame, random_state: int) -> pd.DataFrame:
    titles = listings["title"]
    fields = listings["brand_field"]
    short = [isinstance(one, str) and len(one) <= _LONGEST_NAME for one in fields]
    honest = names_brand(fields) & titles.notna().to_numpy() & np.array(short, bool)
    further = [c for c in ("seller_id", "description") if c in listings]
    columns = ["title", "brand_field", *further]
    rows = listings.loc[honest, columns].reset_index(drop=True)
    if len(rows) > _MOST_ROWS:
        rows = rows.sample(_MOST_ROWS, random_state=random_state)
        rows = rows.reset_index(drop=True)
    rows["key"] = [brand_key(value) for value in rows["brand_field"]]
    return rows


def _learn(rows: pd.DataFrame, min_rows: int) -> BrandList:
    if rows.empty:
        return BrandList.from_names([])
    spelling = rows.groupby(["key", "brand_field"]).size().reset_index(name="n")
    spelling = spelling.sort_values(["n", "brand_field"], ascending=[False, True])
    names = spelling.groupby("key", sort=False)["brand_field"].first()
    rows["brand"] = names.index.get_indexer(pd.Index(rows["key"]))
    mentions = find_names(
        Texts(rows["title"].tolist()), compile_names(names.tolist()), disguised=False
    )
    keep = _is_brand(rows, mentions, len(names), min_rows)
    if not keep.any():
        return BrandList.from_names([])
    group = merge_names(names.tolist(), rows, mentions, keep)
    rows["foreign"] = _names_another(rows, mentions, group, keep)
    rows = rows[keep[rows["brand"]]].copy()
    rows["brand"] = group[rows["brand"].to_numpy()]
    return _assemble(rows, names.tolist(), group, keep, mentions, spelling)


def _is_brand(
    rows: pd.DataFrame, mentions: pd.DataFrame, n_names: int, min_rows: int
) -> NDArray[np.bool_]:
    """Keep names seen often or in their own titles, but not what all brands say."""
    field_rows = np.bincount(rows["brand"], minlength=n_names)
    of_row = rows["brand"].to_numpy()[mentions["row"]]
    own = of_row == mentions["name"].to_numpy()
    in_own = np.bincount(mentions.loc[own, "name"], minlength=n_names)
    foreign = mentions.assign(brand=of_row)[~own]
    others = foreign.groupby("name")["brand"].nunique()
    spread = others.reindex(range(n_names), fill_value=0).to_numpy()
    n_foreign = np.bincount(foreign["name"], minlength=n_names)
    shared_word = (spread >= 5) & (n_foreign > 2 * np.maximum(in_own, 1))
    return ((field_rows >= min_rows) | (in_own > 0)) & ~shared_word


def _names_another(
    rows: pd.DataFrame, mentions: pd.DataFrame, group: NDArray, keep: NDArray
) -> NDArray[np.bool_]:
    """Tell which titles name another brand and not the one of their field."""
    known = mentions[keep[mentions["name"]]]
    own = group[rows["brand"].to_numpy()[known["row"]]] == group[known["name"]]
    named = np.zeros((2, len(rows)), dtype=bool)
    named[own.astype(int), known["row"]] = True
    return named[0] & ~named[1]


def _assemble(
    rows: pd.DataFrame,
    names: list[str],
    group: NDArray,
    keep: NDArray,
    mentions: pd.DataFrame,
    spelling: pd.DataFrame,
) -> BrandList:
    roots = [g for g in dict.fromkeys(group.tolist()) if keep[g]]
    members = {root: np.flatnonzero((group == root) & keep) for root in roots}
    spellings = spelling.groupby("key")["brand_field"].agg(list).to_dict()
    lines = _lines_by_brand(rows, names, members)
    sure = _sureness(rows, mentions, group)
    table = []
    for root in sorted(roots, key=lambda r: (-int((rows["brand"] == r).sum()), r)):
        own = [s for m in members[root] for s in spellings[brand_key(names[m])]]
        common = is_common(names[root]) and sure.get(root, 0.0) < 0.7
        table.append(
            {
                "name": names[root],
                "aliases": _distinct_aliases(own, names[root]),
                "lines": lines.get(root, []),
                "weight": round(sure.get(root, 0.5), 3),
                "common_word": common,
            }
        )
    brands = BrandList.from_frame(pd.DataFrame(table), source="learned")
    return BrandList(brands.table, _ordinary_words(rows))


def _distinct_aliases(spellings: list[str], name: str) -> list[str]:
    seen = {fold_words(name)}
    aliases = []
    for spelling in spellings:
        if fold_words(spelling) not in seen:
            seen.add(fold_words(spelling))
            aliases.append(spelling.replace(";", " "))
    return aliases


def _lines_by_brand(
    rows: pd.DataFrame, names: list[str], members: dict[int, NDArray]
) -> dict[int, list[str]]:
    # A title that names another brand only says nothing of this one's lines.
    distinct = rows[~rows["foreign"]].drop_duplicates(["title", "brand"])
    seller = None
    if "seller_id" in distinct.columns:
        seller = pd.factorize(distinct["seller_id"])[0]
    spoken = frozenset(word for name in names for word in fold_words(name).split())
    mined = mine_lines(
        distinct["title"].tolist(), distinct["brand"].to_numpy(), seller, spoken
    )
    own = {root: [fold_words(names[m]) for m in ms] for root, ms in members.items()}
    taken = telling_parts(own, distinct["title"], distinct["brand"])
    for gram, brand in mined[["gram", "brand"]].itertuples(index=False):
        known = taken.setdefault(brand, [])
        # A phrase around a name or a shorter line finds nothing more than that does.
        if not any(_holds(gram, part) for part in [*known, *own[brand]]):
            known.append(gram)
    return taken


def _holds(phrase: str, part: str) -> bool:
    return f" {part} " in f" {phrase} "


def _sureness(
    rows: pd.DataFrame, mentions: pd.DataFrame, group: NDArray
) -> dict[int, float]:
    """Bound below how often a title that holds the name is the brand's."""
    of_row = rows["brand"].reindex(mentions["row"]).to_numpy()
    seen = pd.DataFrame({"name": group[mentions["name"]], "of": of_row}).dropna()
    total = seen.groupby("name").size()
    hits = (seen["name"] == seen["of"]).groupby(seen["name"]).sum()
    return dict(
        zip(total.index, purity_bound(hits.to_numpy(), total.to_numpy()), strict=True)
    )


def _ordinary_words(rows: pd.DataFrame) -> frozenset[str]:
    """Return words that several brands' titles share."""
    titles = rows.drop_duplicates(["title", "brand"])
    words = titles["title"].map(lambda title: sorted(set(fold_words(title).split())))
    pairs = pd.DataFrame({"word": words, "brand": titles["brand"]}).explode("word")
    brands = pairs.groupby("word")["brand"].nunique()
    return frozenset(word for word in brands.index[brands >= 3] if len(word) > 3)


def _combine(own: list[BrandList], learned: BrandList) -> BrandList:
    """Put the user's brands first; a learned one of the same name adds to them."""
    rows: dict[str, dict] = {}
    for brands in [*own, learned]:
        for row in brands.table.to_dict("records"):
            key = brand_key(row["name"])
            if key not in rows:
                rows[key] = row
                continue
            for column in ("aliases", "lines"):
                more = [part for part in row[column] if part not in rows[key][column]]
                rows[key][column] = [*rows[key][column], *more]
            # titles that show what the word means here know more than a dictionary
            rows[key]["common_word"] &= row["common_word"]
    words = frozenset().union(*(brands.words for brands in [*own, learned]))
    for row in rows.values():
        # A word of the dictionary that many makers write is no sure sign of a brand.
        name = fold_words(row["name"])
        row["common_word"] |= name in words and is_common(row["name"])
    table = pd.DataFrame(list(rows.values()), columns=learned.table.columns)
    return BrandList(BrandList.from_frame(table).table, words)
