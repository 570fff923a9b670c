"""C04, C09, C11, I02, I03, J01, J02: scores of models that the user runs."""

import numpy as np
import pandas as pd
import pytest

from iprseg.signals import signal_catalogue
from tests.iprseg.signals.helpers import compute

NOW = "2024-06-30"
OF_LISTINGS = ["C04", "C09", "J01", "J02"]
OTHERS = {"C11": "seller", "I02": "creator", "I03": "creator"}
LISTINGS = {
    "title": ["x"] * 3,
    "seller_id": ["s", "s", "t"],
    "created_at": "2024-01-01",
}


def scores(*rows):
    """Rows of (entity, model, time, score)."""
    return pd.DataFrame(rows, columns=["entity_id", "model_id", "ts", "score"])


def given(table, level="listing", **more):
    creators = pd.DataFrame({"creator_id": ["c", "d"], "created_at": "2024-01-01"})
    return compute(LISTINGS, level, model_scores=table, creators=creators, **more)


@pytest.mark.parametrize("key", OF_LISTINGS)
def test_the_latest_score_known_is_the_value(key):
    table = scores(
        ("l0", key, "2024-02-01", 0.2),
        ("l0", key, "2024-03-01", 0.7),
        ("l0", key, NOW, 0.9),  # not known before NOW
        ("l1", "another", "2024-02-01", 0.8),
        ("l2", f"{key}_{signal_catalogue().loc[key, 'name']}", "2024-02-01", 0.1),
    )
    values, reasons = given(table, as_of=NOW)
    np.testing.assert_array_equal(values[key], [0.7, np.nan, 0.1])
    assert reasons[key].tolist() == ["", "no_score", ""]
    # without a time asked for, the last one counts
    assert given(table)[0][key].iloc[0] == 0.9


@pytest.mark.parametrize("key", OTHERS)
def test_of_sellers_and_creators(key):
    first = "s" if OTHERS[key] == "seller" else "c"
    table = scores((first, key, "2024-02-01", 0.4), ("l0", key, "2024-02-01", 0.8))
    values, reasons = given(table, OTHERS[key])
    name = f"{key}_{signal_catalogue().loc[key, 'name']}"
    np.testing.assert_array_equal(values[name], [0.4, np.nan])
    assert reasons[name].iloc[1] == "no_score"


def test_a_score_without_a_time_is_the_oldest_and_of_one_moment_the_highest_counts():
    table = scores(
        ("l0", "C04", None, 0.9),
        ("l0", "C04", "2024-02-01", 0.3),
        ("l0", "C04", "2024-02-01", 0.4),
        ("l1", "C04", None, 0.5),
        ("l2", "C04", "2024-02-01", np.inf),
    )
    values, reasons = given(table)
    np.testing.assert_array_equal(values["C04"], [0.4, 0.5, np.nan])
    assert reasons["C04"].iloc[2] == "no_score"


def test_without_scores_the_reason_is_the_table_or_the_column():
    _, reasons = compute(LISTINGS)
    assert (reasons[OF_LISTINGS] == "table_absent: model_scores").all(axis=None)
    _, reasons = given(scores().drop(columns="score"))
    expected = "column_absent: model_scores.score"
    assert (reasons[OF_LISTINGS] == expected).all(axis=None)


def test_a_label_model_may_rest_on_signals_of_any_stage():
    table = scores(("l0", "J02", "2024-02-01", 0.4))
    assert "J02" in given(table)[0]
    assert "J02" not in given(table, max_stage="T3")[0]
