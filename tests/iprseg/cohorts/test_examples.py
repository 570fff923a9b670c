"""Typical members are firm, near the centre and of several sellers."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from iprseg.cohorts.profile import choose_examples, measure_centre_distance


def series(values):
    return pd.Series(values, index=[f"L{at}" for at in range(len(values))])


def test_ties_are_settled_by_the_centre_and_not_by_the_order_of_ids():
    texts = series([f"title {at}" for at in range(20)])
    far = series(np.arange(20)[::-1].astype(float))
    typical, borderline = choose_examples(texts, [], series([1.0] * 20), far)
    assert typical == ["L19", "L18", "L17", "L16", "L15"]
    assert borderline == ["L0", "L1", "L2", "L3", "L4"]


def test_one_seller_does_not_speak_for_a_cohort_of_several():
    texts = series([f"title {at}" for at in range(12)])
    shops = series(["big"] * 9 + ["a", "b", "c"])
    firm = series([1.0] * 9 + [0.6] * 3)
    typical, borderline = choose_examples(texts, [], firm, None, shops)
    assert [shops[one] for one in typical] == ["big", "a", "b", "c", "big"]
    assert set(borderline) <= set(texts.index) - set(typical)
    # nobody knows that rows without a seller are of one
    unknown = shops.replace("big", None)
    typical, _ = choose_examples(texts, [], firm, None, unknown)
    assert typical == ["L0", "L1", "L2", "L3", "L4"]


def test_a_title_is_shown_once_and_without_strength_nothing_is_borderline():
    texts = series(["same"] * 5 + ["oud other"])
    assert choose_examples(texts, ["oud"]) == (["L5", "L0"], [])


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), max_size=20))
def test_no_member_is_both(rows):
    texts = series([f"t{title}" for title, _ in rows]).astype(object)
    shops = series([f"s{shop}" if shop else None for _, shop in rows])
    firm = series([title / 3 for title, _ in rows]).astype(float)
    typical, borderline = choose_examples(texts, ["t"], firm, None, shops)
    assert not set(texts[typical]) & set(texts[borderline])
    assert len(typical) == min(5, texts.nunique())


def test_each_cohort_has_a_centre_of_its_own():
    places = np.array([[0.0, 0], [4, 0], [10, 10], [10, 12]])
    far = measure_centre_distance(places, pd.Series([0, 0, -1, -1]))
    assert far.tolist() == [2.0, 2.0, 1.0, 1.0]
