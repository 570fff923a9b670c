"""Tables whose every value is missing: the signals of behaviour and fit stay missing."""

import functools

import numpy as np
import pandas as pd
import pytest

from iprseg.signals.inputs import Inputs
from iprseg.signals.queries import run_sql_signal
from iprseg.signals.registry import find_functions, find_sql_signals, select_signals
from iprseg.tables import Marketplace
from iprseg.tables.contracts import get_table_columns
from tests.iprseg.signals.helpers import BRANDS

TABLES = [
    "listings", "listing_versions", "images", "sellers", "seller_identity",
    "seller_events", "orders_daily", "notices", "notice_items", "actions",
    "authorisations", "marks", "brands",
]  # fmt: skip
IDS = pd.Index(["a", "b"])
QUERIES = [key for key in find_sql_signals() if key[0][0] in "DE"]
# D03: what names no brand is of no gated one
OF_LISTINGS = find_functions(
    set(select_signals("listing", families=["catalogue_fit"])) - {"D03"}, "listing"
)
OF_SELLERS = find_functions(select_signals("seller", families=["behaviour"]), "seller")


@functools.cache
def nothing():
    frames = {}
    for name in TABLES:
        columns = list(get_table_columns(name).index)
        frame = pd.DataFrame({c: [None, None] for c in columns}, dtype=object)
        # the first column is the id of the rows, in tables that have one
        frames[name] = frame.assign(**{columns[0]: list(IDS)})
    moment = pd.Timestamp("2024-07-01", tz="UTC")
    return Inputs(Marketplace.from_frames(frames), BRANDS, moment)


def missing_with_a_reason(column):
    return np.isnan(column.values).all() and (column.reasons != "").all()


@pytest.mark.parametrize("key", QUERIES, ids="-".join)
def test_queries(key):
    columns = run_sql_signal(find_sql_signals()[key], nothing(), IDS)
    assert all(map(missing_with_a_reason, columns.values()))


@pytest.mark.parametrize("key", sorted(OF_LISTINGS))
def test_functions_of_listings(key):
    assert missing_with_a_reason(OF_LISTINGS[key](nothing()))


@pytest.mark.parametrize("key", sorted(OF_SELLERS))
def test_functions_of_sellers(key):
    assert missing_with_a_reason(OF_SELLERS[key](nothing(), IDS))
