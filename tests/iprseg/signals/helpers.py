"""Small tables that several tests of the signals use."""

import pandas as pd

from iprseg.brands.brand_list import BrandList
from iprseg.signals.compute import compute_signals_with_reasons

BRANDS = BrandList.from_names(["Zephyra", "Korda"])


def compute(listings, level="listing", brands=BRANDS, **more):
    frame = pd.DataFrame(listings)
    if "listing_id" not in frame:
        frame["listing_id"] = [f"l{i}" for i in range(len(frame))]
    options = {k: more.pop(k) for k in ("as_of", "max_stage") if k in more}
    values, reasons = compute_signals_with_reasons(
        {"listings": frame, **more}, level, brands=brands, **options
    )
    short = (
        {column: column.split("_")[0] for column in values}
        if level == "listing"
        else {}
    )
    return values.rename(columns=short), reasons.rename(columns=short)


def one(signal, title, brands=BRANDS, **columns):
    return compute(
        {"title": [title], **{k: [v] for k, v in columns.items()}}, brands=brands
    )[0][signal].iloc[0]


def market(prices, sellers, **columns):
    n = len(prices)
    return {
        "title": ["Zephyra bag"] * n,
        "category_path": ["Bags"] * n,
        "price": prices,
        "seller_id": sellers,
        **columns,
    }


def reviews(**texts):
    rows = [(listing, text) for listing, many in texts.items() for text in many]
    frame = pd.DataFrame(rows, columns=["listing_id", "text"])
    return frame.assign(lang="en", ts="2024-01-01")


SELLERS = pd.DataFrame(
    {
        "seller_id": ["new", "old", "idle"],
        "created_at": ["2024-06-01", "2020-01-01", "2020-01-01"],
    }
)
LISTED = {
    "title": ["Zephyra bag", "bag", "Zephyra bag", "Korda bag"],
    "seller_id": ["new", "new", "old", "old"],
    "created_at": ["2024-06-02", "2024-06-03", "2024-01-01", "2024-06-04"],
    "brand_field": [None, None, "Zephyra", "Korda"],
}
