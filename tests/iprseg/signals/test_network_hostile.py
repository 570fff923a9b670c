"""Tables that are empty, hold NULL alone or odd values: a reason, and no error."""

import numpy as np
import pandas as pd
import pytest

from iprseg.tables.contracts import get_table_columns
from tests.iprseg.signals.helpers import compute

LISTED = {"title": ["x"], "listing_id": ["l"], "seller_id": ["a"]}
KEYS = {
    "seller_identity": {"seller_id": "a"},
    "reviews": {"review_id": "r", "listing_id": "l"},
    "images": {"image_id": "i", "listing_id": "l"},
    "actions": {"action_id": "x", "entity_id": "a"},
    "appeals": {"appeal_id": "p", "action_id": "x"},
    "creators": {"creator_id": "c"},
    "promotions": {"promo_id": "q", "creator_id": "c", "listing_id": "l"},
    "orders_daily": {"listing_id": "l", "date": "2024-01-01"},
}
OURS = ("H", "I")


def tables(n):
    """All tables these signals read: n rows of which but the keys are NULL."""
    found = {}
    for table, keys in KEYS.items():
        frame = pd.DataFrame(
            None, index=range(n), columns=[*get_table_columns(table).index]
        )
        found[table] = frame.astype(object).assign(**keys)
    found["sellers"] = pd.DataFrame({"seller_id": ["a"], "created_at": [None]})
    return found


def ours(frame):
    return frame[[c for c in frame if c.startswith(OURS) and c[1:3].isdigit()]]


@pytest.mark.parametrize("n", [0, 1])
@pytest.mark.parametrize("level", ["seller", "creator"])
def test_null_everywhere_is_missing_with_a_reason(level, n):
    held = tables(n)
    if n == 0:
        held["creators"] = pd.DataFrame({"creator_id": ["c"], "seller_id": [None]})
    values, reasons = compute({**LISTED, "created_at": ["2023-01-01"]}, level, **held)
    values, reasons = ours(values), ours(reasons)
    seen = values.columns[values.notna().any()].tolist()
    # a promotion whose hashtags, action or shop are not known counts for nothing, and a
    # shop that nobody acted against is seen to be one
    allowed = {"I06_creator_multi_shop"} if level == "creator" and n else set()
    assert set(seen) <= allowed
    assert len(values.columns) >= 5
    assert reasons.ne("").eq(values.isna()).all(axis=None)


def test_times_without_a_zone_and_of_the_future_and_numbers_for_ids():
    identity = pd.DataFrame({"seller_id": [1, 2, 3], "bank_pid": [5.5, 5.5, None]})
    sellers = pd.DataFrame({"seller_id": [1, 2, 3]})
    sellers["created_at"] = [
        "2024-01-01 10:00",
        "2024-01-01T23:00:00+02:00",
        "2999-01-01",
    ]
    listed = {"title": ["x"], "seller_id": [1], "created_at": ["2024-01-01"]}
    values, reasons = compute(
        listed, "seller", sellers=sellers, seller_identity=identity
    )
    assert values["H01_shared_bank"].tolist()[:2] == [1, 1]
    assert values["H10_registration_burst"].tolist()[:2] == [1, 1]
    assert reasons["H01_shared_bank"].tolist()[2] == "no_bank_token"


def test_odd_promotions_do_no_harm():
    told = pd.DataFrame(
        {
            "promo_id": range(4),
            "creator_id": ["c", "c", "c", None],
            "listing_id": ["l", None, "gone", "l"],
            "type": ["live", None, "radio", "live"],
            "ts": ["2024-03-01", None, "2024-03-01", "2024-03-01"],
            "duration_s": [np.inf, -1, np.nan, 1e300],
            "transcript": ["you know which one", 7, "\x00", None],
            "hashtags": ["#dupe", None, "\u202e", ""],
        }
    )
    orders = pd.DataFrame(
        {
            "listing_id": ["l", "l", None],
            "date": ["2024-03-01", "2024-03-02", "2024-03-01"],
            "units": [1e12, None, 1],
            "views": [-1, None, 2],
        }
    )
    frames = {"promotions": told, "orders_daily": orders}
    listed = {**LISTED, "created_at": ["2024-01-01"]}
    values, _ = compute(listed, "creator", **frames)
    # said in one of two transcripts that are text; tagged in one of two that are known
    assert values.loc["c", "I01_live_codeword"] == pytest.approx((1 + 5) / 12)
    assert values.loc["c", "I05_dupe_hashtag"] == pytest.approx((1 + 5) / 12)
    values, _ = compute(listed, "seller", as_of="2024-03-15", **frames)
    assert values.loc["a", "I04_live_only_sales"] == 1
