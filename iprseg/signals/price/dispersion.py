"""B11: one price for different models of a brand."""

import numpy as np
import pandas as pd

from iprseg.signals._inputs import Inputs
from iprseg.signals._result import Column, empty, full
from iprseg.signals.brands._fields import fold_words
from iprseg.signals.price.ratios import _price

_MIN_MODELS = 5


def price_dispersion_low(inputs: Inputs, sellers: pd.Index) -> Column:
    """B11: standard deviation of the log price over a seller's models of a brand.

    A model is a title; of several listings of one title the median price counts. A
    brand of fewer than five models is left out; several brands are averaged by models.
    """
    if not inputs.has("seller_id"):
        return empty(len(sellers), "column_absent: seller_id")
    price = _price(inputs)
    if not inputs.has("price"):
        return empty(len(sellers), "column_absent: price")
    listings = inputs.listings
    rows = pd.DataFrame(
        {
            "seller": listings["seller_id"].to_numpy(dtype=object),
            "brand": inputs.brand,
            "currency": _texts(inputs, "currency"),
            "log": np.log(price.values),
        }
    )
    rows["model"] = [fold_words(str(title)) for title in listings["title"]]
    keys = ["seller", "brand", "currency"]
    models = rows.dropna().groupby([*keys, "model"])["log"].median()
    of_brand = models.groupby(keys).agg(["std", "count"])
    of_brand = of_brand[of_brand["count"] >= _MIN_MODELS]
    weighted = (of_brand["std"] * of_brand["count"]).groupby("seller").sum()
    values = weighted / of_brand["count"].groupby("seller").sum()
    spread = values.reindex(sellers).to_numpy(dtype=float)
    listed = sellers.isin(rows["seller"].dropna())
    result = full(spread).missing(~listed, "no_listings")
    return result.missing(np.isnan(spread), "thin_group")


def _texts(inputs: Inputs, name: str) -> np.ndarray:
    if not inputs.has(name):
        return np.full(inputs.n, "", dtype=object)
    return inputs.listings[name].fillna("").astype(str).to_numpy(dtype=object)
