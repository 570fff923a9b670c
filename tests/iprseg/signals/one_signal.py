"""One signal of small tables, as most tests of a query ask for it."""

import pandas as pd

from tests.iprseg.signals.helpers import compute

T = "2024-07-01"
REGISTER = pd.DataFrame({"brand_id": ["B1", "B2"], "name": ["Zephyra", "Korda"]})


def of_sellers(listings, signal, as_of=T, **tables):
    """Values and reasons of one signal, by seller."""
    rows = pd.DataFrame(listings)
    if "title" not in rows:
        rows["title"] = "bag"
    values, reasons = compute(rows, level="seller", as_of=as_of, **tables)
    name = next(c for c in values if c.startswith(signal))
    return values[name], reasons[name]


def of_listings(signal, rows, **tables):
    """Values and reasons of one signal, by listing."""
    values, reasons = compute(rows, **tables)
    return values[signal], reasons[signal]


def days(seller, *dates, **more):
    """Return listings of a seller, one per day."""
    return pd.DataFrame({"seller_id": seller, "created_at": list(dates), **more})
