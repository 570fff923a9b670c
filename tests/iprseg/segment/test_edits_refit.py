"""Choices survive a refit: more rows, half of the sellers, another seed, other columns."""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from iprseg.errors import IprsegError
from iprseg.segment import CohortEdits, Segmenter, apply_edits
from iprseg.validation import NOISE

PLACES = np.array([0.0, 1.6, 20.0, 40.0])  # the first two are near: one cohort


def market(seed: int, n: int = 40, start: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    """Squares of one unit at each place, by id, and the place of each row."""
    place = np.repeat(np.arange(4), n)
    across = np.random.default_rng(seed).uniform(-0.5, 0.5, (4 * n, 2))
    ids = [f"L{start + row}" for row in range(4 * n)]
    rows = across + np.column_stack([PLACES[place], np.zeros(4 * n)])
    return pd.DataFrame(rows, columns=["a", "b"], index=ids), place


DATA, PLACE = market(0)
FITTED = Segmenter(min_cohort_size=15).fit(DATA)
FAR, FARTHEST = (int(FITTED.labels_[one == PLACE][0]) for one in (2, 3))
MERGE = CohortEdits().merge(FITTED, DATA, [FAR, FARTHEST])
SPLIT = CohortEdits().split(FITTED, DATA, 0)


def refit(edits, rows, place, **options) -> list[set[int]]:
    """The cohorts that each place is in after a fit with edits, but for noise."""
    fitted = Segmenter(min_cohort_size=15, edits=edits, **options).fit(rows)
    np.testing.assert_array_equal(fitted.predict(rows), fitted.labels_)
    return [set(fitted.labels_[place == one]) - {NOISE} for one in range(4)]


def other_data(kind: str, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    if kind == "other rows":
        return market(seed, start=1000)
    if kind == "same ids":
        return market(seed)
    more, more_place = market(seed, n=30, start=1000)
    rows, place = pd.concat([DATA, more]), np.concatenate([PLACE, more_place])
    if kind == "more rows":
        return rows, place
    kept = np.random.default_rng(seed).random(len(rows)) < 0.5  # half of the sellers
    return rows[kept], place[kept]


KINDS = st.sampled_from(["other rows", "same ids", "more rows", "half"])


@settings(max_examples=25)
@given(KINDS, st.integers(1, 10_000), st.integers(0, 99))
@example("other rows", 499, 0)  # a row at the rim is as near to either side by density
def test_a_merge_and_a_split_are_there_again(kind, seed, random_state):
    rows, place = other_data(kind, seed)
    edits = CohortEdits(MERGE.choices + SPLIT.choices)
    near, beside, far, farthest = refit(edits, rows, place, random_state=random_state)
    assert len(near) == len(beside) == 1
    assert near.isdisjoint(beside)
    assert far == farthest
    assert far.isdisjoint(near | beside)


def after(edits):
    return apply_edits(FITTED, edits, DATA)


def merged_then_parted():
    edits = CohortEdits().merge(FITTED, DATA, [0, FAR])
    return edits.split(after(edits), DATA, 0)


def parted_then_merged():
    return SPLIT.merge(after(SPLIT), DATA, [0, 3])


def parted_merged_parted():
    edits = parted_then_merged()
    return edits.split(after(edits), DATA, 0)


CHAINS = [
    (merged_then_parted, {(0, 1), (2,), (3,)}),
    (parted_then_merged, {(0, 1), (2,), (3,)}),
    (parted_merged_parted, {(0,), (1,), (2,), (3,)}),
    (lambda: MERGE.merge(FITTED, DATA, [0, FAR]), {(0, 1, 2, 3)}),
    (lambda: CohortEdits(SPLIT.choices * 2), {(0,), (1,), (2,), (3,)}),
]


@pytest.mark.parametrize(("chain", "expected"), CHAINS)
@pytest.mark.parametrize("kind", ["same ids", "other rows", "more rows", "half"])
def test_of_choices_that_contradict_each_other_the_last_holds(chain, expected, kind):
    edits = chain()
    for rows, place in [(DATA, PLACE), other_data(kind, 5)]:
        groups = refit(edits, rows, place)
        assert all(len(group) == 1 for group in groups)
        names = [min(group) for group in groups]
        together = {name: [] for name in names}
        for one, name in enumerate(names):
            together[name].append(one)
        assert {tuple(places) for places in together.values()} == expected


def test_of_a_merge_the_cohorts_that_are_left_are_merged():
    three = CohortEdits().merge(FITTED, DATA, [0, FAR, FARTHEST])
    left = PLACE != 2
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        groups = refit(three, DATA[left], PLACE[left])
    assert groups[0] == groups[1] == groups[3]
    alone = PLACE < 2
    with pytest.warns(UserWarning, match="1 of 1 edits .* not in these data"):
        Segmenter(min_cohort_size=15, edits=three).fit(DATA[alone])


def test_columns_are_known_by_their_names():
    rows, place = market(3, start=1000)
    swapped = refit(SPLIT, rows[["b", "a"]], place)
    assert swapped[0].isdisjoint(swapped[1])
    renamed = rows.rename(columns={"a": "b", "b": "c"})
    with pytest.warns(UserWarning, match="1 of 1 edits"):
        assert refit(SPLIT, renamed, place)[0] == {0}


def test_a_choice_without_names_goes_by_position():
    nameless = CohortEdits().split(
        Segmenter(min_cohort_size=15).fit(DATA.to_numpy()), DATA.to_numpy(), 0
    )
    rows, place = market(3, start=1000)
    for kind in (rows, rows.to_numpy()):
        groups = refit(CohortEdits.from_json(nameless.to_json()), kind, place)
        assert groups[0].isdisjoint(groups[1])


def crowd() -> tuple[pd.DataFrame, Segmenter]:
    """Three round crowds in eight dimensions, laid out by chance."""
    rng = np.random.default_rng(2)
    middle = rng.normal(0, 4, (3, 8))
    rows = middle[np.repeat([0, 1, 2], 200)] + rng.normal(size=(600, 8))
    frame = pd.DataFrame(rows, index=[f"S{row}" for row in range(600)])
    frame.columns = list("abcdefgh")
    return frame, Segmenter(min_cohort_size=15).fit(frame)


@pytest.mark.parametrize("kind", ["another seed", "half of the sellers"])
def test_a_split_that_no_gap_bears_out_is_followed_by_its_members(kind):
    """No more than one member in ten changes sides."""
    frame, fitted = crowd()
    rng = np.random.default_rng(0)
    changed = []
    for cohort in range(3):
        try:
            edits = CohortEdits().split(fitted, frame, cohort)
        except IprsegError:
            continue  # it has no finer branch
        then = pd.Series(apply_edits(fitted, edits, frame).labels_, frame.index)
        half = frame[rng.random(600) < 0.5] if kind == "half of the sellers" else frame
        again = Segmenter(min_cohort_size=20, random_state=9, edits=edits).fit(half)
        inside = then[half.index].isin([cohort, then.max()]).to_numpy()
        members = inside & (again.labels_ != NOISE)
        pairs = pd.crosstab(then[half.index][members], again.labels_[members])
        assert pairs.shape[0] == 2 <= pairs.shape[1]
        changed.append(1 - pairs.max(axis=0).sum() / members.sum())
    assert changed
    assert max(changed) < 0.1
