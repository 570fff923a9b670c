"""Small tables of sales, returns and ratings, and the signals made of them."""

import pandas as pd

from tests.iprseg.signals.helpers import compute

NOW = "2024-06-30"
F02 = [f"F02_return_fake_rate_{days}" for days in (7, 30, 90)]


def orders(*rows):
    frame = pd.DataFrame(rows, columns=["listing_id", "date", "units"])
    return frame.assign(gmv_usd=frame["units"] * 10.0)


def returns(*rows):
    columns = ["listing_id", "ts", "refunded_usd", "is_counterfeit_reason"]
    return pd.DataFrame(rows, columns=columns)


def stars(*rows):
    frame = pd.DataFrame(rows, columns=["listing_id", "ts", "stars", "text"])
    return frame.assign(review_id=[f"r{i}" for i in range(len(frame))], lang="en")


def of_sellers(signal, owners, **tables):
    values, reasons = compute(
        {
            "title": ["x"] * len(owners),
            "seller_id": owners,
            "created_at": "2020-01-01",
        },
        level="seller",
        as_of=NOW,
        **tables,
    )
    names = [signal] if isinstance(signal, str) else signal
    return values[names].squeeze(axis=1), reasons[names].squeeze(axis=1)


def of_listings(signal, n, **tables):
    more = {k: tables.pop(k) for k in ("category_path", "market") if k in tables}
    frame = {"title": ["x"] * n, "created_at": "2020-01-01", **more}
    frame = pd.DataFrame(frame, index=range(n))
    values, reasons = compute(frame, as_of=NOW, **tables)
    return values[signal], reasons[signal]


def rates(frame):
    # three columns share the id F02: `compute` gives them one short name
    return frame.to_numpy(dtype=float)


BURST = [
    ("l0", "2024-06-01 10:00", 5, "Great bag, fast delivery, love it!!"),
    ("l0", "2024-06-01 22:00", 5, "GREAT BAG - fast delivery, love it 1"),
    ("l0", "2024-06-02 09:00", 5, "Great bags, fast delivery, love it"),
    ("l0", "2024-06-10 10:00", 5, "Great bag, fast delivery, love it!"),
    ("l0", "2024-06-01 10:00", 5, "Leather smells a little, else fine"),
    ("l1", "2024-06-01 10:00", 5, "good"),
    ("l1", "2024-06-01 11:00", 5, "good"),
    ("l2", "2024-06-01 11:00", 2, "Great bag, fast delivery, love it"),
]
