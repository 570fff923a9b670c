"""Find where listings name a brand."""

import pandas as pd

from iprseg._check import check_columns
from iprseg.signals._tables import indexed, readable
from iprseg.signals.brands._slice import find_in_slices
from iprseg.signals.brands.brand_list import BrandList

COLUMNS = [
    "listing_id",
    "brand_id",
    "field",
    "start",
    "end",
    "text",
    "kind",
    "similarity",
    "referential",
    "own_field",
]


def find_brand_mentions(
    listings: pd.DataFrame, brands: BrandList, guard_referential: bool = True
) -> pd.DataFrame:
    """Find where listings name a brand, plainly, in disguise or misspelled.

    Parameters
    ----------
    listings : DataFrame
        With ``listing_id`` (column or index) and ``title``; ``tags``, ``description``
        and ``ocr_text`` are read where present.
    brands : BrandList
    guard_referential : bool, default True
        Mark mentions that only say what a thing fits ("case for X"). When False no
        mention is marked.

    Returns
    -------
    DataFrame
        One row per mention: ``listing_id``, ``brand_id``, ``field``, ``start``, ``end``
        (in the field's text), ``text`` (that part of it), ``kind`` (``"exact"``: a
        name; ``"line"``: product line; ``"obfuscated"``; ``"near_miss"``),
        ``similarity`` (1 but for near misses), ``referential``, ``own_field``
        (the listing's brand field names the same brand).

    Raises
    ------
    TableError
        If ``listing_id`` or ``title`` is missing.

    Examples
    --------
    >>> listings = pd.DataFrame({
    ...     "listing_id": ["a", "b"],
    ...     "title": ["Z-e-phyra bag", "Strap for Zephyra watch"],
    ... })
    >>> brands = BrandList.from_names(["Zephyra"])
    >>> found = find_brand_mentions(listings, brands)
    >>> found[["listing_id", "text", "kind", "referential"]].values.tolist()
    [['a', 'Z-e-phyra', 'obfuscated', False], ['b', 'Zephyra', 'exact', True]]
    """
    listings = readable(indexed(listings, "listing_id", "listings", ["title"]))
    check_columns(brands.table, ["brand_id", "name"], "brands")
    return find_in_slices(listings, brands, guard_referential)[COLUMNS]
