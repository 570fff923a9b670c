import numpy as np
import pandas as pd
import pytest

from iprseg.signals import signal_catalogue
from tests.iprseg.signals.helpers import compute
from tests.iprseg.signals.history_helpers import (
    NOW,
    OWNERS,
    actions,
    notices,
    of_sellers,
    papers,
)


def test_valid_notices_per_thousand_listings():
    tables = notices(
        ("l0", "r1", True, "2024-06-01"),
        ("l0", "r2", True, "2024-06-02"),  # the same listing again
        ("l0", "r1", True, "2024-06-03"),
        ("l1", "r1", False, "2024-06-01"),
        ("l2", "r1", True, "2023-06-01"),  # more than 180 days ago
        ("l3", "r1", True, None),  # not decided
    )
    values, _ = of_sellers("G01_valid_notice_rate_180", **tables)
    # one of four listings: p0 = 0.25
    np.testing.assert_allclose(values, [1000 * 3.5 / 12, 1000 * 2.5 / 12])
    owners, _ = of_sellers("G02_distinct_ro_count", **tables)
    assert owners.tolist() == [2, 1]


def test_an_item_that_was_rejected_does_not_count():
    tables = notices(("l0", "r1", True, "2024-06-01"))
    tables["notice_items"]["outcome"] = "rejected"
    tables["notice_items"]["ts_actioned"] = "2024-06-01"
    names = ["G01_valid_notice_rate_180", "G02_distinct_ro_count"]
    assert of_sellers(names, **tables)[0].eq(0).all(axis=None)


def test_enforcement_days():
    tables = actions(
        ("l0", "ACT4", "2024-06-01 08:00"),
        ("l1", "ACT4", "2024-06-01 23:00"),  # the same day
        ("a", "ACT5", "2024-06-03"),
        ("l0", "ACT10", "2024-05-01"),
        ("l0", "ACT3", "2024-06-05"),  # demoted: no clear violation
        ("l0", "ACT4", "2023-06-01"),  # more than a year ago
        ("l2", "ACT4", "2024-06-07"),  # overturned
        ("b", "ACT4", "2024-06-08"),  # appeal not decided
        ("l3", "ACT2", "2024-06-09"),  # held, not removed
        appeals=[(6, "overturned", "2024-06-20"), (7, "overturned", None)],
    )
    values, reasons = of_sellers(
        [
            "G03_repeat_infringer",
            "G04_violative_share_180",
            "G10_time_since_last_violation",
        ],
        owners=[*OWNERS, "c"],
        **tables,
    )
    assert values["G03_repeat_infringer"].tolist() == [3, 1, 0]
    # both listings of a, none of b and c: p0 = 2/5
    np.testing.assert_allclose(
        values["G04_violative_share_180"], [6 / 12, 4 / 12, 4 / 11]
    )
    np.testing.assert_allclose(
        values["G10_time_since_last_violation"], [27, 22, np.nan]
    )
    assert reasons.loc["c", "G10_time_since_last_violation"] == "no_violation"


OF_ACTIONS = [
    "G03_repeat_infringer",
    "G04_violative_share_180",
    "G10_time_since_last_violation",
]


def test_actions_are_enough_where_there_are_no_appeals():
    rows = [("l0", "ACT4", "2024-06-01"), ("a", "ACT5", "2024-06-03")]
    heard = actions(*rows, ("l2", "ACT4", "2024-06-08"))
    alone, reasons = of_sellers(OF_ACTIONS, actions=heard["actions"])
    # as with a table of appeals that holds none
    pd.testing.assert_frame_equal(alone, of_sellers(OF_ACTIONS, **heard)[0])
    # two days and one; one of two listings each (p0 = 1/2); 27 and 22 days to 30 June
    expected = [[2, 6 / 12, 27], [1, 6 / 12, 22]]
    np.testing.assert_allclose(alone, expected)
    assert (reasons == "").all(axis=None)


def test_appeals_that_cannot_be_read_are_not_taken_for_none():
    tables = actions(("l0", "ACT4", "2024-06-01"), appeals=[(0, "upheld", NOW)])
    tables["appeals"] = tables["appeals"].drop(columns="ts_decided")
    names = ["G03_repeat_infringer", "G04_violative_share"]
    values, reasons = of_sellers(names, **tables)
    assert values.isna().all(axis=None)
    assert reasons.iloc[0].str.contains("outcome|ts_decided").all()


def test_codes_off_the_ladder_are_unknown_not_zero():
    tables = actions(
        ("l0", "takedown", "2024-06-01"), ("l2", None, "2024-06-01"), ("c", "ACT4", NOW)
    )
    values, reasons = of_sellers(OF_ACTIONS, **tables)
    assert values.isna().all(axis=None)
    assert reasons.eq("unknown_action_code").all(axis=None)


def test_a_share_is_unknown_only_where_an_unread_code_decides():
    tables = actions(
        *[("l0", "takedown", "2024-06-01"), ("l0", " act4", "2024-06-01")],
        ("l2", "takedown", "2023-01-01"),  # more than 180 days ago
        *[("l4", "takedown", "2024-06-01"), ("l5", "ACT4", "2024-06-01")],
    )
    owners = [*OWNERS, "c", "d"]
    values, reasons = of_sellers("G04_violative_share_180", owners, **tables)
    # the five listings of which it is known: two were removed, p0 = 2/5
    expected = [(1 + 4) / 12, 4 / 12, np.nan, (1 + 4) / 11]
    np.testing.assert_allclose(values, expected)
    assert reasons.tolist() == ["", "", "unknown_action_code", ""]


def test_an_appeal_that_names_no_action_undoes_none():
    tables = actions(("l0", "ACT4", "2024-06-01"), appeals=[(5, "overturned", NOW)])
    tables["appeals"]["ts_decided"] = "2024-06-05"
    alone, _ = of_sellers(OF_ACTIONS, **tables)
    tables["appeals"]["action_id"] = None
    values, _ = of_sellers(OF_ACTIONS, **tables)
    pd.testing.assert_frame_equal(values, alone)
    assert values.loc["a"].tolist() == [1, (1 + 10 / 4) / 12, 29]


def test_base_rate_is_of_the_place_where_it_has_enough_listings():
    owners = ["a"] * 50 + ["b"] * 50 + ["c"]
    frame = {
        "title": "x",
        "seller_id": owners,
        "created_at": "2020-01-01",
        "market": ["DE"] * 50 + ["FR"] * 51,
        "category_path": ["Bags"] * 100 + ["Hats"],
    }
    gone = actions(*[(f"l{i}", "ACT4", "2024-06-01") for i in range(25)])
    values, _ = compute(frame, "seller", as_of=NOW, **gone)
    # 25 of 50 in the first place, 0 of 50 in the second, one listing in the third
    np.testing.assert_allclose(
        values["G04_violative_share_180"], [0.5, 0, 10 * 25 / 101 / 11]
    )


def test_points_gather_or_fade():
    events = pd.DataFrame(
        {
            "seller_id": ["a", "b", "b", "b", "c"],
            "ts": ["2024-06-29 12:00", "2024-04-02", "2024-06-29", "2023-01-01", NOW],
            "event": ["points"] * 5,
            "points": [9.0, 18.0, None, 99.0, 5.0],
        }
    )
    values, reasons = of_sellers(
        ["G05_points_trajectory_pace", "G05_points_trajectory_turn"],
        owners=["a", "b", "c", "d"],
        seller_events=events,
    )
    np.testing.assert_allclose(
        values.iloc[:, 0], [9 / 90, 18 / 90, np.nan, np.nan], err_msg="pace"
    )
    # day 89 is the last; 2024-04-02 is 89 days back: day 0
    squares = sum((day - 44.5) ** 2 for day in range(90))
    np.testing.assert_allclose(
        values.iloc[:, 1], [9 * 44.5 / squares, -18 * 44.5 / squares, np.nan, np.nan]
    )
    assert (reasons.iloc[2:] == "no_events").all(axis=None)


def test_only_decided_appeals_count():
    tables = actions(
        *[("l0", "ACT4", "2024-01-01")] * 3,
        ("b", "ACT5", "2024-01-01"),
        ("l3", "ACT4", "2024-01-01"),
        ("c", "ACT4", "2024-01-01"),
        appeals=[
            (0, "upheld", "2024-02-01"),
            (1, "overturned", "2024-02-01"),
            (2, "upheld", "2024-07-15"),  # decided later
            (3, "overturned", "2024-02-01"),
            (4, "partial", "2024-02-01"),
            (5, "withdrawn", "2024-02-01"),
        ],
    )
    names = ["G06_appeal_loss_rate", "G07_appeal_win_rate"]
    values, reasons = of_sellers(names, owners=[*OWNERS, "c"], **tables)
    # four decided: one upheld, two overturned
    np.testing.assert_allclose(
        values, [[3.5 / 12, 6 / 12], [2.5 / 12, 6 / 12], [np.nan, np.nan]]
    )
    assert (reasons.loc["c"] == "no_decided_appeals").all()


def test_what_came_or_was_decided_later_changes_nothing():
    known = {
        **notices(("l0", "r1", True, "2024-06-01"), ("l2", "r2", True, NOW)),
        **actions(
            ("l0", "ACT4", "2024-06-01"),
            ("l2", "ACT4", "2024-06-01"),
            appeals=[(0, "upheld", "2024-06-05"), (1, "overturned", NOW)],
        ),
    }
    later = {name: frame.copy() for name, frame in known.items()}
    later["notices"].loc[1, "valid"] = False
    later["appeals"].loc[1, "outcome"] = "upheld"
    more = actions(("l0", "ACT4", NOW), ("b", "ACT9", "2031-01-01"))["actions"]
    more["action_id"] = ["y0", "y1"]
    later["actions"] = pd.concat([later["actions"], more], ignore_index=True)
    events = pd.DataFrame({"seller_id": ["a"], "ts": ["2024-06-01"], "points": [4.0]})
    events["event"] = "points"
    known["seller_events"] = events
    later["seller_events"] = pd.concat(
        [events, events.assign(ts=NOW, points=99.0)], ignore_index=True
    )
    names = [f"G0{i}" for i in range(1, 8)] + ["G10"]
    frame = {"title": ["x"] * 4, "seller_id": OWNERS, "created_at": "2020-01-01"}
    before, _ = compute(frame, "seller", as_of=NOW, **known)
    after, _ = compute(frame, "seller", as_of=NOW, **later)
    mine = [c for c in before if c.split("_")[0] in names]
    assert len(mine) == 9 and before[mine].notna().any().all()
    pd.testing.assert_frame_equal(before[mine], after[mine])


@pytest.mark.parametrize(
    ("absent", "signal"),
    [
        ("notices", "G01_valid_notice_rate"),
        ("notice_items", "G02_distinct_ro_count"),
        ("actions", "G03_repeat_infringer"),
        ("actions", "G04_violative_share"),
        ("actions", "G10_time_since_last_violation"),
        ("seller_events", "G05_points_trajectory"),
        ("appeals", "G06_appeal_loss_rate"),
        ("authorisations", "G08_doc_fail"),
    ],
)
def test_a_table_that_is_absent_is_the_reason(absent, signal):
    events = pd.DataFrame({"seller_id": ["a"], "ts": ["2024-01-01"], "event": ["x"]})
    tables = {
        **notices(("l0", "r1", True, "2024-06-01")),
        **actions(("l0", "ACT4", "2024-06-01")),
        **papers(),
        "seller_events": events.assign(points=1.0),
    }
    del tables[absent]
    values, reasons = of_sellers(signal, **tables)
    assert values.isna().all() and (reasons == f"table_absent: {absent}").all()


def test_hostile_values_give_numbers_or_reasons():
    tables = {
        **notices(
            (None, None, None, None),
            ("l0", None, True, "2024-06-01"),
            ("nowhere", "r1", True, "2024-06-01"),
        ),
        **actions(
            ("l0", "ACT99999999999", "2024-06-01"),
            ("l1", "'; DROP TABLE listings", None),
            appeals=[(0, "OVERTURNED", "2024-06-01"), (9, "upheld", None)],
        ),
        "seller_events": pd.DataFrame(
            {
                "seller_id": ["a", "b", "b"],
                "ts": ["2024-06-01"] * 3,
                "event": [None] * 3,
                "points": [1e12, -1e12, None],
            }
        ),
    }
    values, reasons = compute(
        {"title": ["x"] * 4, "seller_id": [*OWNERS[:3], None], "created_at": "2020"},
        "seller",
        as_of=NOW,
        **tables,
    )
    assert (reasons.ne("") == values.isna()).all(axis=None)
    assert values["G02_distinct_ro_count"].tolist() == [0, 0]
    assert reasons.loc["a", "G03_repeat_infringer"] == "unknown_action_code"
    assert values.loc["b", "G05_points_trajectory_pace"] == -1e12 / 90


def test_signals_from_past_enforcement_are_marked():
    catalogue = signal_catalogue()
    ids = [f"G{i:02}" for i in range(1, 11)]
    leaks = catalogue.loc[ids, "leak_risk"] == "label_source"
    assert leaks.index[~leaks].tolist() == ["G08"]
    assert (catalogue.loc[ids, "stage"] == "T4").eq(leaks).all()
    assert (catalogue.loc[["J04", "J05"], "leak_risk"] == "label_source").all()
