"""B09: sizes that the official product does not come in."""

import re

import numpy as np

from iprseg.signals._inputs import Inputs
from iprseg.signals._result import Column, empty
from iprseg.signals.price.msrp import match_products


def size_run_anomaly(inputs: Inputs) -> Column:
    """B09: share of the sizes offered that the matching official product lacks."""
    catalogue = inputs.table("brand_catalogue")
    if catalogue is None:
        return empty(inputs.n, inputs.no_table("brand_catalogue"))
    if "size_range" not in catalogue.columns:
        return empty(inputs.n, "column_absent: brand_catalogue.size_range")
    if not inputs.has("size_values"):
        return empty(inputs.n, "column_absent: size_values")
    products = catalogue.reset_index()
    official = [_sizes(one) for one in products["size_range"]]
    match = match_products(inputs, products)
    values = np.full(inputs.n, np.nan)
    reasons = np.full(inputs.n, "", dtype=object)
    sizes = inputs.listings["size_values"].to_numpy(dtype=object)
    read = {one: _sizes(one) for one in {s for s in sizes if isinstance(s, str)}}
    gap = inputs.gap("size_values")
    for row, written in enumerate(sizes):
        offered = read[written] if isinstance(written, str) else set()
        known = official[match[row]] if match[row] >= 0 else set()
        if not offered:
            unknown = not isinstance(written, str)
            reasons[row] = gap if unknown else "no_sizes"
        elif not known:
            none = match[row] < 0
            reasons[row] = "no_catalogue_match" if none else "no_official_sizes"
        else:
            values[row] = len(offered - known) / len(offered)
    return Column(values, reasons)


def _sizes(written: object) -> set[str]:
    """Return sizes alike however they are written: "3,4 OZ" is "3.4oz".

    Examples
    --------
    >>> sorted(_sizes("S; m;3,4 OZ;"))
    ['3.4oz', 'm', 's']
    """
    if not isinstance(written, str):
        return set()
    tidy = re.sub(r"\s+", "", written.casefold()).replace(",", ".")
    return set(filter(None, tidy.split(";")))
