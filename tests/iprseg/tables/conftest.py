"""A small marketplace, for the tests of the class and of its queries."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from iprseg.tables.marketplace import Marketplace


@pytest.fixture
def frames():
    return {
        "listings": pd.DataFrame(
            {
                "listing_id": ["l1", "l2", "l3"],
                "seller_id": ["s1", "s1", None],
                "title": ["Aurelle perfume", "Aurelle type", "香水 50ml"],
                "price": [89.0, 12.0, np.nan],
                "created_at": ["2024-01-01", "2024-02-01T10:00:00+02:00", None],
                "photos": [["a", "b"], [], None],
                "mixed": [1, "one", None],
            }
        ),
        "sellers": pd.DataFrame({"seller_id": ["s1"], "country": ["DE"]}),
        "orders_daily": pd.DataFrame(
            {
                "listing_id": ["l1", "l1", "l2"],
                "date": [dt.date(2024, 1, 2), dt.date(2024, 1, 3), dt.date(2024, 3, 1)],
                "gmv_usd": [10.0, 5.0, np.nan],
            }
        ),
    }


@pytest.fixture
def marketplace(frames):
    with Marketplace.from_frames(frames) as marketplace:
        yield marketplace
