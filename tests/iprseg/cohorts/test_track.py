"""What became of cohorts: by hand on small runs, by property on any."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iprseg import track_cohorts
from iprseg.errors import IprsegError, TableError


def _run(text: str, start: int = 0) -> pd.Series:
    """Labels from letters: a to y are cohorts, z is in none, a dot is not there."""
    ids = [f"L{start + place}" for place, sign in enumerate(text) if sign != "."]
    signs = [sign for sign in text if sign != "."]
    labels = [-1 if sign == "z" else ord(sign) - ord("a") for sign in signs]
    return pd.Series(labels, index=ids, dtype=np.int64)


def _told(old: str, new: str) -> list[tuple[str, list[int], list[int]]]:
    events = track_cohorts(_run(old), _run(new)).events
    rows = zip(events["change"], events["previous"], events["current"], strict=True)
    return list(rows)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("aaaabbbb", "bbbbaaaa", [("continued", [0], [1]), ("continued", [1], [0])]),
        ("aaaaaaaa", "aaaabbbb", [("split", [0], [0, 1])]),
        ("aaaabbbb", "cccccccc", [("merged", [0, 1], [2])]),
        ("aaaabbbb", "aaaazzzz", [("died", [1], []), ("continued", [0], [0])]),
        ("aaaazzzz", "aaaabbbb", [("born", [], [1]), ("continued", [0], [0])]),
        # no half of a went anywhere, yet all of it to two that it is a part of
        (
            "aaaaaaaaaabbbbbccccc",
            "ddddzzeeeedddddeeeee",
            [("merged", [0, 1], [3]), ("merged", [0, 2], [4]), ("split", [0], [3, 4])],
        ),
        # one part of a is no split, and half of it is in no cohort
        (
            "aaaaaabbbbbbcccccc",
            "bbzzzzbbbbbbcccccc",
            [("died", [0], []), ("continued", [1], [1]), ("continued", [2], [2])],
        ),
    ],
)
def test_events(old, new, told):
    assert sorted(_told(old, new)) == sorted(told)


def test_newcomers_are_no_movers():
    old, new = _run("aaaabb..zz"), _run("aab.bbabaz")
    members = track_cohorts(old, new).members["change"]
    assert members.to_dict() == {
        "L0": "stayed", "L1": "stayed", "L2": "moved", "L3": "vanished",
        "L4": "stayed", "L5": "stayed", "L6": "appeared", "L7": "appeared",
        "L8": "joined", "L9": "outside",
    }  # fmt: skip


def test_a_cohort_of_newcomers_is_born_though_an_old_member_is_in_it():
    # one of its ten is an old member of a: that says nothing of the nine others
    old, new = _run("a" * 20), _run("a" * 19 + "b" * 10)
    events = track_cohorts(old, new).events.set_index("change")
    assert events.index.tolist() == ["born", "continued"]
    assert events.loc["born", ["moved_in", "appeared"]].tolist() == [1, 9]


def test_turnover_alone_does_not_kill_a_cohort():
    old, new = _run("a" * 10), _run("." * 6 + "b" * 10)
    event = track_cohorts(old, new).events.iloc[0]
    assert event["change"] == "continued"
    assert (event["stayed"], event["vanished"], event["appeared"]) == (4, 6, 6)
    assert event["jaccard"] == 1.0  # of the four that are in both


def test_ids_of_a_change_by_cohort():
    changes = track_cohorts(_run("aaaabbbb"), _run("aaabbbbz"))
    assert changes.ids("moved") == ["L3"]
    assert changes.ids("moved", 1) == ["L3"]
    assert changes.ids("moved", 0) == []
    assert changes.ids("left", 1) == ["L7"]
    assert (
        changes.summary() == "Cohorts: 2 continued. Members: 6 stayed, 1 moved, 1 left."
    )


def test_names_are_told():
    events = track_cohorts(
        _run("aabb"), _run("aacc"), previous_names={0: "Bags", 1: "Shoes"}
    ).events
    assert events["previous_names"].tolist() == [["Bags"], ["Shoes"]]
    assert "current_names" not in events


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (_run("aa"), _run("aa", start=5), "share no id"),
        (pd.Series([0, 0], index=["x", "x"]), _run("aa"), "'x' more than once"),
        (pd.Series([0.5], index=["x"]), _run("aa"), "whole numbers"),
        (pd.Series([-2], index=["x"]), _run("aa"), "whole numbers"),
        (_run("aa"), pd.Series([], dtype=int), "got none"),
    ],
)
def test_refuses(old, new, words):
    with pytest.raises(TableError, match=words):
        track_cohorts(old, new)


def test_refuses_thresholds_without_meaning():
    with pytest.raises(IprsegError, match="'overlap' parameter"):
        track_cohorts(_run("a"), _run("a"), overlap=0.3)
    with pytest.raises(IprsegError, match="'part' parameter"):
        track_cohorts(_run("a"), _run("a"), part=0.7)


runs = st.lists(
    st.tuples(st.integers(-1, 4), st.integers(-1, 4), st.sampled_from("bbbon")),
    min_size=1,
    max_size=60,
)


def _pair(rows) -> tuple[pd.Series, pd.Series]:
    """Two runs; every entity is in both, the old or the new; the first is in both."""
    ids = [f"L{place}" for place in range(len(rows))]
    there = ["b", *(where for *_, where in rows[1:])]
    old = {i: a for i, (a, _, _), w in zip(ids, rows, there, strict=True) if w != "n"}
    new = {i: b for i, (_, b, _), w in zip(ids, rows, there, strict=True) if w != "o"}
    return pd.Series(old, dtype=np.int64), pd.Series(new, dtype=np.int64)


@settings(max_examples=20)
@given(runs)
def test_counts_add_up_and_every_cohort_is_told(rows):
    old, new = _pair(rows)
    changes = track_cohorts(old, new)
    events = changes.events
    before = events[["stayed", "moved_out", "left", "vanished"]].sum(axis=1)
    after = events[["stayed", "moved_in", "joined", "appeared"]].sum(axis=1)
    assert (before == events["size_previous"]).all()
    assert (after == events["size_current"]).all()
    assert {c for one in events["previous"] for c in one} == set(old) - {-1}
    assert {c for one in events["current"] for c in one} == set(new) - {-1}
    assert set(changes.members.index) == set(old.index) | set(new.index)


@settings(max_examples=20)
@given(runs)
def test_backwards_born_is_died_and_split_is_merged(rows):
    old, new = _pair(rows)
    mirror = {"born": "died", "died": "born", "split": "merged", "merged": "split"}

    def _set(events, turn):
        return {
            (mirror.get(c, c), tuple(b), tuple(a)) if turn else (c, tuple(a), tuple(b))
            for c, a, b in zip(
                events["change"], events["previous"], events["current"], strict=True
            )
        }

    there, back = track_cohorts(old, new).events, track_cohorts(new, old).events
    assert _set(there, turn=False) == _set(back, turn=True)


@settings(max_examples=20)
@given(runs, st.permutations(range(5)))
def test_numbers_of_cohorts_do_not_matter(rows, order):
    old, _ = _pair(rows)
    renamed = old.map(lambda one: one if one < 0 else order[one])
    changes = track_cohorts(old, renamed)
    assert set(changes.events["change"]) <= {"continued"}
    assert set(changes.members["change"]) <= {"stayed", "outside"}
