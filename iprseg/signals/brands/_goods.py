"""Tell product lines from words for goods."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg.signals.brands._fields import brand_key
from iprseg.signals.brands._find import Texts, compile_names, find_names
from iprseg.signals.brands.brand_list import BrandList

# Of a line hardly any title of another brand speaks unless it names the brand too.
_LEAST, _SHARE = 2, 0.1
# Characters of a description that are read besides the title.
_READ = 400


def without_goods(brands: BrandList, rows: pd.DataFrame) -> BrandList:
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
    of = {brand_key(name): at for name, at in spelled}
    brand = np.array([of.get(key, -1) for key in rows["key"]], dtype=np.int64)
    texts = rows["title"]
    if "description" in rows:
        more = rows["description"].fillna("").astype(str).str.slice(0, _READ)
        texts = texts + "\n" + more
    titles = texts.tolist()
    said = find_names(Texts(titles), compile_names([name for name, _ in spelled]))
    names = np.zeros((len(titles), len(table)), dtype=bool)
    whose = np.array([at for _, at in spelled], dtype=np.int64)
    names[said["row"], whose[said["name"].to_numpy(dtype=int)]] = True
    owner = table.index.get_indexer(every.index)
    goods = name_goods(every.tolist(), owner, titles, names, brand)
    kept = every[~goods].groupby(level=0).agg(list).reindex(table.index)
    lines = [one if isinstance(one, list) else [] for one in kept]
    return BrandList(table.assign(lines=lines), brands.words)


def name_goods(
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
    >>> name_goods(["quorvane", "vase"], np.array([0, 0]), titles, said, brand).tolist()
    [False, True]
    """
    found = find_names(Texts(titles), compile_names(lines), disguised=False)
    found = found.drop_duplicates(["row", "name"])
    row, line = (found[c].to_numpy(dtype=int) for c in ("row", "name"))
    own = (brand[row] == owner[line]) | names[row, owner[line]]
    of_brand = np.bincount(line[own], minlength=len(lines))
    of_others = np.bincount(line[~own], minlength=len(lines))
    return (of_others >= _LEAST) & (of_others >= _SHARE * of_brand)
