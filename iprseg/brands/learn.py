"""Learn brands and product lines from listings whose brand field is honest."""

from collections.abc import Sequence
from os import PathLike
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg.brands.brand_list import (
    BrandList,
    find_distinctive_words,
    flag_named_brand_fields,
    fold_words,
    is_common_name,
    make_brand_key,
    merge_brand_names,
)
from iprseg.brands.matching import SearchTexts, compile_names, find_names
from iprseg.reference import load_words, market_groups, market_words
from iprseg.tables.access import MarketplaceLike, find_table, get_listings
from iprseg.text.normalisation import is_unspaced_script
from iprseg.validation import check_interval

_OWNER = "learn_brands"
# Above this, more rows teach nothing more and cost time.
_MAX_ROWS = 60_000
# What is longer is a text in the brand field; searched for in texts like itself, it
# would take time by the square of its length.
_MAX_NAME_LENGTH = 100


def learn_brands(
    marketplace: MarketplaceLike,
    extra: BrandList | pd.DataFrame | str | PathLike[str] | None = None,
    *,
    min_rows: int = 3,
    random_state: int = 0,
) -> BrandList:
    """Learn which brands and product lines a marketplace sells.

    Parameters
    ----------
    marketplace : Marketplace, dict of frames, or listings frame
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
        The brands with their spellings and product lines.

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
    listings = get_listings(marketplace)
    own = _read_given_lists(marketplace, extra)
    if "brand_field" not in listings.columns:
        return _merge_own_and_learned_brands(own, BrandList.from_names([]))
    rows = _select_training_rows(listings, random_state)
    learned = _learn_brands_from_rows(rows, int(min_rows))
    return _merge_own_and_learned_brands(
        own, _drop_goods_words_from_lines(learned, rows)
    )


def _read_given_lists(marketplace: MarketplaceLike, extra: Any) -> list[BrandList]:
    lists = []
    if isinstance(extra, BrandList):
        lists.append(extra)
    elif isinstance(extra, pd.DataFrame):
        lists.append(BrandList.from_frame(extra))
    elif extra is not None:
        lists.append(BrandList.load(extra))
    brands = find_table(marketplace, "brands")
    if brands is not None and len(brands):
        register = brands.reset_index().assign(source="register")
        lists.append(BrandList.from_frame(register))
    return lists


def _select_training_rows(listings: pd.DataFrame, random_state: int) -> pd.DataFrame:
    titles = listings["title"]
    fields = listings["brand_field"]
    short = [isinstance(one, str) and len(one) <= _MAX_NAME_LENGTH for one in fields]
    honest = (
        flag_named_brand_fields(fields)
        & titles.notna().to_numpy()
        & np.array(short, bool)
    )
    further = [c for c in ("seller_id", "description") if c in listings]
    columns = ["title", "brand_field", *further]
    rows = listings.loc[honest, columns].reset_index(drop=True)
    if len(rows) > _MAX_ROWS:
        rows = rows.sample(_MAX_ROWS, random_state=random_state)
        rows = rows.reset_index(drop=True)
    rows["key"] = [make_brand_key(value) for value in rows["brand_field"]]
    return rows


def _learn_brands_from_rows(rows: pd.DataFrame, min_rows: int) -> BrandList:
    if rows.empty:
        return BrandList.from_names([])
    spelling = rows.groupby(["key", "brand_field"]).size().reset_index(name="n")
    spelling = spelling.sort_values(["n", "brand_field"], ascending=[False, True])
    names = spelling.groupby("key", sort=False)["brand_field"].first()
    rows["brand"] = names.index.get_indexer(pd.Index(rows["key"]))
    mentions = find_names(
        SearchTexts(rows["title"].tolist()),
        compile_names(names.tolist()),
        disguised=False,
    )
    keep = _flag_names_that_are_brands(rows, mentions, len(names), min_rows)
    if not keep.any():
        return BrandList.from_names([])
    group = merge_brand_names(names.tolist(), rows, mentions, keep)
    rows["foreign"] = _flag_titles_naming_another_brand(rows, mentions, group, keep)
    rows = rows[keep[rows["brand"]]].copy()
    rows["brand"] = group[rows["brand"].to_numpy()]
    return _assemble_brand_list(rows, names.tolist(), group, keep, mentions, spelling)


def _flag_names_that_are_brands(
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


def _flag_titles_naming_another_brand(
    rows: pd.DataFrame, mentions: pd.DataFrame, group: NDArray, keep: NDArray
) -> NDArray[np.bool_]:
    """Tell which titles name another brand and not the one of their field."""
    known = mentions[keep[mentions["name"]]]
    own = group[rows["brand"].to_numpy()[known["row"]]] == group[known["name"]]
    named = np.zeros((2, len(rows)), dtype=bool)
    named[own.astype(int), known["row"]] = True
    return named[0] & ~named[1]


def _assemble_brand_list(
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
    lines = _mine_product_lines_by_brand(rows, names, members)
    sure = _bound_brand_shares_of_names(rows, mentions, group)
    table = []
    for root in sorted(roots, key=lambda r: (-int((rows["brand"] == r).sum()), r)):
        own = [s for m in members[root] for s in spellings[make_brand_key(names[m])]]
        common = is_common_name(names[root]) and sure.get(root, 0.0) < 0.7
        table.append(
            {
                "name": names[root],
                "aliases": _select_distinct_aliases(own, names[root]),
                "lines": lines.get(root, []),
                "weight": round(sure.get(root, 0.5), 3),
                "common_word": common,
            }
        )
    brands = BrandList.from_frame(pd.DataFrame(table), source="learned")
    return BrandList(brands.table, _collect_ordinary_words(rows))


def _select_distinct_aliases(spellings: list[str], name: str) -> list[str]:
    seen = {fold_words(name)}
    aliases = []
    for spelling in spellings:
        if fold_words(spelling) not in seen:
            seen.add(fold_words(spelling))
            aliases.append(spelling.replace(";", " "))
    return aliases


def _mine_product_lines_by_brand(
    rows: pd.DataFrame, names: list[str], members: dict[int, NDArray]
) -> dict[int, list[str]]:
    # A title that names another brand only says nothing of this one's lines.
    distinct = rows[~rows["foreign"]].drop_duplicates(["title", "brand"])
    seller = None
    if "seller_id" in distinct.columns:
        seller = pd.factorize(distinct["seller_id"])[0]
    spoken = frozenset(word for name in names for word in fold_words(name).split())
    mined = _mine_product_lines(
        distinct["title"].tolist(), distinct["brand"].to_numpy(), seller, spoken
    )
    own = {root: [fold_words(names[m]) for m in ms] for root, ms in members.items()}
    taken = find_distinctive_words(own, distinct["title"], distinct["brand"])
    for gram, brand in mined[["gram", "brand"]].itertuples(index=False):
        known = taken.setdefault(brand, [])
        # A phrase around a name or a shorter line finds nothing more than that does.
        if not any(_contains_phrase(gram, part) for part in [*known, *own[brand]]):
            known.append(gram)
    return taken


def _contains_phrase(phrase: str, part: str) -> bool:
    return f" {part} " in f" {phrase} "


def _bound_brand_shares_of_names(
    rows: pd.DataFrame, mentions: pd.DataFrame, group: NDArray
) -> dict[int, float]:
    """Bound below how often a title that holds the name is the brand's."""
    of_row = rows["brand"].reindex(mentions["row"]).to_numpy()
    seen = pd.DataFrame({"name": group[mentions["name"]], "of": of_row}).dropna()
    total = seen.groupby("name").size()
    hits = (seen["name"] == seen["of"]).groupby(seen["name"]).sum()
    return dict(
        zip(
            total.index,
            _compute_lower_bound_of_share(hits.to_numpy(), total.to_numpy()),
            strict=True,
        )
    )


def _collect_ordinary_words(rows: pd.DataFrame) -> frozenset[str]:
    """Return words that several brands' titles share."""
    titles = rows.drop_duplicates(["title", "brand"])
    words = titles["title"].map(lambda title: sorted(set(fold_words(title).split())))
    pairs = pd.DataFrame({"word": words, "brand": titles["brand"]}).explode("word")
    brands = pairs.groupby("word")["brand"].nunique()
    return frozenset(word for word in brands.index[brands >= 3] if len(word) > 3)


def _merge_own_and_learned_brands(
    own: list[BrandList], learned: BrandList
) -> BrandList:
    """Put the user's brands first; a learned one of the same name adds to them."""
    rows: dict[str, dict] = {}
    for brands in [*own, learned]:
        for row in brands.table.to_dict("records"):
            key = make_brand_key(row["name"])
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
        row["common_word"] |= name in words and is_common_name(row["name"])
    table = pd.DataFrame(list(rows.values()), columns=learned.table.columns)
    return BrandList(BrandList.from_frame(table).table, words)


# Words of this rank are too common to be a line alone; a word of no dictionary says
# something by being there at all.
_PLAIN_RANK = 3000
_NEVER, _FILLER, _ARTICLE, _WEAK, _PLAIN, _ORDINARY, _RARE = range(-1, 6)
_ARTICLES = frozenset(["the", "la", "le", "les", "il", "lo", "el"])
_MAX_PHRASE_WORDS = 3
# Seen less often, a phrase must stand by itself in more titles than this: "light" of
# "Light Blue" is no line, "candy" of "Candy by Zephyra" is.
_MIN_SHARE_ALONE = 0.4
# Least titles, least bound of purity, most luck, titles enough without standing by
# itself: rare phrase, ordinary phrase, plain phrase, rare word, ordinary, plain word.
_ACCEPTANCE_RULES = (
    (2, 0.55, 0.1, 2),
    (2, 0.55, 0.05, 2),
    (2, 0.55, 0.02, 2),
    (2, 0.55, 0.1, 2),
    (3, 0.65, 0.02, 5),
    (5, 0.78, 1e-3, np.inf),
)


def _compute_lower_bound_of_share(hits: NDArray, total: NDArray) -> NDArray[np.float64]:
    """Return a lower bound of the share ``hits / total``.

    Notes
    -----
    The 10 % quantile of the Beta posterior under Jeffreys' prior: a one-sided bound.

    Examples
    --------
    >>> _compute_lower_bound_of_share(np.array([2, 20]), np.array([2, 20])).round(2).tolist()
    [0.55, 0.94]
    """
    from scipy.stats import beta

    return beta.ppf(0.1, np.asarray(hits) + 0.5, np.asarray(total) - hits + 0.5)


def _mine_product_lines(
    titles: Sequence[str],
    brand: NDArray[np.int64],
    seller: NDArray | None,
    names: frozenset[str] = frozenset(),
) -> pd.DataFrame:
    """Mine lines from titles whose brand is known.

    Parameters
    ----------
    titles : sequence of str, length n
    brand : ndarray of int, shape (n,)
    seller : ndarray of int, shape (n,), optional
        -1 where unknown. One seller's turn of phrase is not a product line.
    names : frozenset of str, optional
        Words of brands' names.

    Returns
    -------
    DataFrame
        ``gram`` (folded words), ``brand``, ``hits`` (titles of the brand holding it),
        ``total`` (titles holding it), ``bound``, ``rare`` (bool).
    """
    words = [
        fold_words(title.replace("'", "").replace("’", "")).split() for title in titles
    ]
    tokens = [word for row in words for word in row]
    if not tokens:
        return pd.DataFrame(columns=["gram", "brand", "hits", "total", "bound", "rare"])
    row = np.repeat(np.arange(len(words)), [len(w) for w in words])
    ids, vocabulary = pd.factorize(np.array(tokens, dtype=object))
    kinds = _classify_words_by_information(vocabulary)
    share = np.bincount(brand) / len(brand)
    speaking = _flag_speaking_words(vocabulary, kinds, names)[ids]
    found = [
        _mine_phrases(n, ids, row, vocabulary, kinds, brand, seller, share, speaking)
        for n in range(1, _MAX_PHRASE_WORDS + 1)
    ]
    return pd.concat(found, ignore_index=True)


def _classify_words_by_information(vocabulary: NDArray) -> NDArray[np.int8]:
    """Class each word by how much it says (the constants below)."""
    groups = market_groups()
    weak = groups["colours"] | groups["people"] | groups["goods"]
    plain = load_words(_PLAIN_RANK) | groups["ordinary"]
    ordinary = load_words()

    def _classify_word_as_ordinary_or_rare(word: str) -> int:
        if len(word) > 40 or any(map(is_unspaced_script, word)):
            return _NEVER
        if word in _ARTICLES:
            return _ARTICLE
        if word in weak:
            return _WEAK
        if word in market_words() or any(map(str.isdigit, word)) or len(word) < 2:
            return _FILLER
        if word in plain:
            return _PLAIN
        return _ORDINARY if word in ordinary else _RARE

    return np.array(
        [_classify_word_as_ordinary_or_rare(word) for word in vocabulary], dtype=np.int8
    )


def _flag_speaking_words(
    vocabulary: NDArray, kinds: NDArray, names: frozenset[str]
) -> NDArray[np.bool_]:
    """Tell which words make a phrase with the one beside: no shop words, no names."""
    people = market_groups()["people"]
    silent = [word in people for word in vocabulary]
    named = [word in names for word in vocabulary] & (kinds != _WEAK)
    return (kinds > _FILLER) & ~np.array(silent, dtype=bool) & ~named


def _flag_phrases_without_speaking_neighbour(
    first: NDArray, n: int, speaking: NDArray[np.bool_], row: NDArray
) -> NDArray[np.bool_]:
    """Tell which phrases have no speaking word beside them, shape (len(first),)."""
    before, after = np.maximum(first - 1, 0), np.minimum(first + n, len(row) - 1)
    left = speaking[before] & (row[before] == row[first]) & (before < first)
    right = speaking[after] & (row[after] == row[first]) & (after >= first + n)
    return ~(left | right)


def _mine_phrases(
    n: int,
    ids: NDArray,
    row: NDArray,
    vocabulary: NDArray,
    kinds: NDArray,
    brand: NDArray,
    seller: NDArray | None,
    share: NDArray,
    speaking: NDArray,
) -> pd.DataFrame:
    last = len(ids) - n + 1
    same = row[: max(last, 0)] == row[n - 1 :]
    at = np.flatnonzero(same)
    parts = np.stack([ids[at + k] for k in range(n)], axis=1)
    gram = parts[:, 0].astype(np.int64)
    for k in range(1, n):
        # Renumbered at each step, so that the code never overflows.
        gram = pd.factorize(gram * len(vocabulary) + parts[:, k])[0]
    table = pd.DataFrame({"gram": gram, "row": row[at], "at": at})
    table = table.drop_duplicates(["gram", "row"])
    table["brand"] = brand[table["row"].to_numpy()]
    table["alone"] = _flag_phrases_without_speaking_neighbour(
        table["at"].to_numpy(), n, speaking, row
    )
    table["seller"] = -1 if seller is None else seller[table["row"].to_numpy()]
    best = _select_best_brand(table)
    first = best["at"].to_numpy()
    kind = np.stack([kinds[ids[first + k]] for k in range(n)], axis=1)
    best["rare"] = (kind == _RARE).any(axis=1)
    best = best[_flag_accepted_phrases(best, kind, share)]
    best["gram"] = [
        " ".join(vocabulary[ids[a + k]] for k in range(n)) for a in best["at"]
    ]
    return best[["gram", "brand", "hits", "total", "bound", "rare"]]


def _select_best_brand(table: pd.DataFrame) -> pd.DataFrame:
    by = table.groupby(["gram", "brand"], sort=True)
    counts = by.agg(
        hits=("row", "size"),
        at=("at", "first"),
        sellers=("seller", "nunique"),
        unknown=("seller", "min"),
        alone=("alone", "mean"),
    ).reset_index()
    counts["total"] = counts.groupby("gram")["hits"].transform("sum")
    best = counts.sort_values(["gram", "hits"]).groupby("gram", as_index=False).last()
    best["bound"] = _compute_lower_bound_of_share(
        best["hits"].to_numpy(), best["total"].to_numpy()
    )
    return best


def _flag_accepted_phrases(
    best: pd.DataFrame, kind: NDArray, share: NDArray
) -> NDArray[np.bool_]:
    hits, bound = best["hits"].to_numpy(), best["bound"].to_numpy()
    n = kind.shape[1]
    # The more ordinary a phrase is, the oftener it must be seen: one word of any
    # dictionary oftener than a phrase.
    level = _find_acceptance_rule_of_phrases(kind)
    enough, strict, luck, often = (
        np.array(rule)[level] for rule in zip(*_ACCEPTANCE_RULES, strict=True)
    )
    # How often chance alone would keep a phrase within one brand of this size.
    chance = share[best["brand"].to_numpy()] ** (hits - 1)
    likely = chance < luck
    several = (best["sellers"] > 1).to_numpy() | (best["unknown"] < 0).to_numpy()
    content = (kind >= _PLAIN).any(axis=1)
    content &= (hits >= often) | (best["alone"] > _MIN_SHARE_ALONE).to_numpy()
    legal = content & (kind != _NEVER).all(axis=1)
    edges = (kind[:, 0] >= (_ARTICLE if n > 1 else _WEAK)) & (kind[:, -1] >= _WEAK)
    return (hits >= enough) & (bound >= strict) & likely & several & legal & edges


def _find_acceptance_rule_of_phrases(kind: NDArray) -> NDArray[np.int64]:
    """Return the row of ``_ACCEPTANCE_RULES`` that each phrase comes under, shape (n,)."""
    said = np.clip(_RARE - kind.max(axis=1), 0, 2)
    return said + (3 if kind.shape[1] == 1 else 0)


# Of a line hardly any title of another brand speaks unless it names the brand too.
_MIN_FOREIGN_TITLES, _MIN_FOREIGN_SHARE = 2, 0.1
# Characters of a description that are read besides the title.
_DESCRIPTION_CHARS = 400


def _drop_goods_words_from_lines(brands: BrandList, rows: pd.DataFrame) -> BrandList:
    """Drop words for goods from the lines of learned brands.

    Parameters
    ----------
    brands : BrandList
    rows : DataFrame
        The listings they were learned from: ``title``, ``key`` (of the brand field) and
        perhaps ``description``.
    """
    table = brands.table
    every = table["lines"].explode().dropna()
    spelled = [
        (name, at)
        for at, row in enumerate(table.itertuples())
        for name in (row.name, *row.aliases)
    ]
    of = {make_brand_key(name): at for name, at in spelled}
    brand = np.array([of.get(key, -1) for key in rows["key"]], dtype=np.int64)
    texts = rows["title"]
    if "description" in rows:
        more = (
            rows["description"].fillna("").astype(str).str.slice(0, _DESCRIPTION_CHARS)
        )
        texts = texts + "\n" + more
    titles = texts.tolist()
    said = find_names(SearchTexts(titles), compile_names([name for name, _ in spelled]))
    names = np.zeros((len(titles), len(table)), dtype=bool)
    whose = np.array([at for _, at in spelled], dtype=np.int64)
    names[said["row"], whose[said["name"].to_numpy(dtype=int)]] = True
    owner = table.index.get_indexer(every.index)
    goods = _flag_lines_that_name_goods(every.tolist(), owner, titles, names, brand)
    kept = every[~goods].groupby(level=0).agg(list).reindex(table.index)
    lines = [one if isinstance(one, list) else [] for one in kept]
    return BrandList(table.assign(lines=lines), brands.words)


def _flag_lines_that_name_goods(
    lines: Sequence[str],
    owner: NDArray[np.int64],
    titles: Sequence[str],
    names: NDArray[np.bool_],
    brand: NDArray[np.int64],
) -> NDArray[np.bool_]:
    """Tell which lines are words for goods: other brands' titles hold them too.

    A word of a language that no dictionary here knows ("aspirateur") looks like a line
    where one large brand sells such goods under its name and the others are small.
    Titles that name the line's brand, as those of accessories do, do not count as
    others', nor do titles without a brand in their field, which may hide it.

    Parameters
    ----------
    lines : sequence of str, length n
        Folded words.
    owner : array of int, shape (n,)
        The brand that each line was learned for.
    titles : sequence of str, length m
        Of listings whose brand field names a brand.
    names : array of bool, shape (m, number of brands)
        Which brands each title names.
    brand : array of int, shape (m,)
        The brand in the field of each; -1 for one that is not in the list.

    Returns
    -------
    array of bool, shape (n,)

    Examples
    --------
    >>> titles = ["Quorvane vase", "Quorvane red vase", "big vase", "old vase"]
    >>> said = np.zeros((4, 1), dtype=bool)
    >>> brand = np.array([0, 0, -1, 1])
    >>> lines, owner = ["quorvane", "vase"], np.array([0, 0])
    >>> _flag_lines_that_name_goods(lines, owner, titles, said, brand).tolist()
    [False, True]
    """
    found = find_names(SearchTexts(titles), compile_names(lines), disguised=False)
    found = found.drop_duplicates(["row", "name"])
    row, line = (found[c].to_numpy(dtype=int) for c in ("row", "name"))
    own = (brand[row] == owner[line]) | names[row, owner[line]]
    of_brand = np.bincount(line[own], minlength=len(lines))
    of_others = np.bincount(line[~own], minlength=len(lines))
    return (of_others >= _MIN_FOREIGN_TITLES) & (
        of_others >= _MIN_FOREIGN_SHARE * of_brand
    )
