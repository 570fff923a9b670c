"""Whether cohorts hold: on planted ones, on nonsense, by hand and by property."""

import warnings
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.exceptions import NotFittedError

from iprseg.errors import IprsegError
from iprseg.segment import Segmenter, cohort_stability
from iprseg.segment.stability import (
    VERDICTS,
    classify_stability,
    compute_best_jaccards,
    draw_half,
)


class Recorder(Segmenter):
    """A segmenter that remembers which rows it was fitted on."""

    seen: ClassVar[list[pd.Index]] = []

    def fit(self, X, y=None):
        Recorder.seen.append(X.index)
        return super().fit(X, y)


@pytest.fixture(scope="module")
def blobs() -> pd.DataFrame:
    """Two dense places of 90 rows and, far from both, twelve rows all over."""
    rng = np.random.default_rng(1)
    places = [rng.normal(place, 0.3, size=(90, 2)) for place in (0, 6)]
    return pd.DataFrame(np.vstack([*places, rng.uniform(20, 90, size=(12, 2))]))


@pytest.fixture(scope="module")
def fitted(blobs) -> Segmenter:
    return Segmenter(min_cohort_size=20).fit(blobs)


def test_cohorts_far_apart_are_stable(blobs, fitted):
    found = cohort_stability(fitted, blobs, n_runs=4, n_seeds=1)
    assert found.cohorts["verdict"].tolist() == ["stable", "stable"]
    assert found.cohorts["jaccard"].min() > 0.95
    assert found.ari > 0.95
    assert found.runs["kind"].tolist() == ["sample"] * 4
    assert found.runs["rows"].tolist() == [96] * 4
    assert "Of 2 cohorts 2 are stable when half of the rows" in found.summary()


def test_where_nothing_is_drawn_no_other_seed_is_tried(blobs, fitted):
    found = cohort_stability(fitted, blobs, n_runs=2, n_seeds=2)
    assert not found.seeded
    assert set(found.runs["kind"]) == {"sample"}
    assert found.cohorts["jaccard_seeds"].isna().all()
    told = found.summary()
    assert "with other seeds" not in told
    assert told.endswith("not depend on a seed: nothing is drawn to find them.")


@pytest.mark.parametrize(
    ("settings", "columns"),
    [
        ({"max_coreset": 150}, 2),
        ({"method": "reference"}, 2),
        ({}, 8),  # laid out
    ],
)
def test_where_something_is_drawn_other_seeds_are_tried(settings, columns):
    rng = np.random.default_rng(0)
    X = np.vstack([rng.normal(place, 0.3, size=(80, columns)) for place in (0, 6)])
    fitted = Segmenter(min_cohort_size=20, **settings).fit(X)
    found = cohort_stability(fitted, X, n_runs=1, n_seeds=1)
    assert found.seeded
    assert found.runs["kind"].tolist() == ["sample", "seed"]
    assert f"{found.ari_seeds:.2f} with other seeds." in found.summary()


def test_cohorts_that_are_not_there_dissolve(blobs):
    wrong = Segmenter(min_cohort_size=20).fit(blobs)
    # one of each pair of rows: half of either place, so 1/3 of the union is shared
    wrong.labels_ = np.arange(len(blobs)) % 2
    found = cohort_stability(wrong, blobs, n_runs=4, n_seeds=0)
    assert found.cohorts["verdict"].tolist() == ["dissolves", "dissolves"]
    assert found.cohorts["jaccard"].to_numpy() == pytest.approx(0.31, abs=0.08)
    assert found.cohorts["dissolved"].tolist() == [1.0, 1.0]
    assert np.isnan(found.ari_seeds)


def test_seeds_that_disagree_leave_no_cohort_stable(blobs, monkeypatch):
    import iprseg.segment.stability as module

    whole = len(blobs)
    fitted = Segmenter(min_cohort_size=20, max_coreset=150).fit(blobs)

    def _other(segmenter, X, y, rows, seed):
        labels = segmenter.labels_[rows]
        return np.arange(whole) % 2 if len(rows) == whole else labels

    monkeypatch.setattr(module, "_fit_labels_of_rows", _other)
    found = cohort_stability(fitted, blobs, n_runs=2, n_seeds=1)
    assert found.cohorts["jaccard"].tolist() == [1.0, 1.0]
    assert set(found.cohorts["verdict"]) == {"dissolves"}


def test_sellers_are_drawn_whole(blobs):
    sellers = pd.Series([f"S{row // 6}" for row in range(len(blobs))])
    sellers[::40] = None
    recorder = Recorder(min_cohort_size=20).fit(blobs)
    Recorder.seen.clear()
    found = cohort_stability(recorder, blobs, sellers=sellers, n_runs=3, n_seeds=0)
    assert found.unit == "sellers"
    known = sellers.dropna()
    groups = known.nunique() + int(sellers.isna().sum())
    for rows in Recorder.seen:
        inside = known.index.isin(rows)
        share = pd.Series(inside, index=known.index).groupby(known).mean()
        assert set(share) <= {0.0, 1.0}
        alone = int(sellers.isna()[rows].sum())
        assert int(share.sum()) + alone == (groups + 1) // 2
    assert len({tuple(rows) for rows in Recorder.seen}) == 3


def test_a_cohort_of_one_seller_is_judged_where_it_was_drawn(blobs, fitted):
    sellers = np.array(["big" if label == 0 else f"S{row}" for row, label in
                        enumerate(fitted.labels_)])  # fmt: skip
    found = cohort_stability(fitted, blobs, sellers=sellers, n_runs=6, n_seeds=0)
    assert 0 < found.cohorts.loc[0, "samples"] < 6
    assert found.cohorts.loc[0, "jaccard"] > 0.9


def test_one_seller_of_all_is_told_as_rows(blobs, fitted):
    one = np.full(len(blobs), "S1")
    assert cohort_stability(fitted, blobs, sellers=one, n_runs=1).unit == "rows"


def test_noise_alone_has_no_cohort_to_judge(blobs):
    with pytest.warns(UserWarning, match="none of the 12 rows"):
        nothing = Segmenter(min_cohort_size=10).fit(blobs.tail(12))
    found = cohort_stability(nothing, blobs.tail(12), n_runs=2, n_seeds=1)
    assert len(found.cohorts) == 0
    assert found.summary() == "There is no cohort whose stability could be judged."


def test_every_run_is_announced(blobs, fitted):
    told: list[str] = []
    cohort_stability(fitted, blobs, n_runs=3, n_seeds=2, step=told.append)
    assert told == [f"checking stability, run {i} of 3" for i in (1, 2, 3)]


def test_one_seed_gives_one_answer(blobs, fitted):
    first, again = (
        cohort_stability(fitted, blobs, n_runs=2, random_state=5) for _ in range(2)
    )
    pd.testing.assert_frame_equal(first.cohorts, again.cohorts)


def test_refuses_rows_of_another_fit(blobs, fitted):
    with pytest.raises(IprsegError, match=r"90 rows of 'X'.*fitted on 192"):
        cohort_stability(fitted, blobs.head(90))
    with pytest.raises(IprsegError, match="3 rows of 'sellers'"):
        cohort_stability(fitted, blobs, sellers=["a", "b", "c"])
    with pytest.raises(IprsegError, match="'n_runs' parameter"):
        cohort_stability(fitted, blobs, n_runs=0)
    with pytest.raises(IprsegError, match="'random_state' parameter"):
        cohort_stability(fitted, blobs, random_state=-1)
    with pytest.raises(NotFittedError, match="not fitted"):
        cohort_stability(Segmenter(), blobs)


def test_refuses_sellers_in_another_order(blobs, fitted):
    named = blobs.set_axis([f"L{row}" for row in range(len(blobs))])
    sellers = pd.Series("S1", named.index)
    sellers.iloc[::2] = "S2"
    with pytest.raises(IprsegError, match=r"rows of 'sellers' are not in the order"):
        cohort_stability(fitted, named, sellers=sellers[::-1], n_runs=1)
    found = cohort_stability(fitted, named, sellers=sellers, n_runs=1, n_seeds=0)
    assert found.unit == "sellers"


@pytest.mark.parametrize("method", ["coreset", "reference"])
def test_ten_rows_and_equal_rows_are_judged_too(method):
    rng = np.random.default_rng(0)
    for rows, size in ((rng.normal(size=(10, 3)), 2), (np.ones((40, 2)), 10)):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            few = Segmenter(method, min_cohort_size=size).fit(rows)
        found = cohort_stability(few, rows, n_runs=2, n_seeds=1)
        assert len(found.cohorts) == len(set(few.labels_) - {-1})
        assert set(found.cohorts["verdict"]) <= set(VERDICTS)


def test_the_last_seed_has_seeds_after_it(blobs):
    seed = 2**31 - 1
    last = Segmenter(min_cohort_size=20, max_coreset=150, random_state=seed).fit(blobs)
    assert cohort_stability(last, blobs, n_runs=1, n_seeds=1).ari_seeds == 1.0


def test_bounds_are_those_of_the_source():
    # Hennig 2007: 0.75 or more is stable; Hennig 2008: 1/2 or less is dissolved
    told = [classify_stability(one) for one in (1.0, 0.75, 0.7499, 0.5001, 0.5, 0.0)]
    moves = "moves with the sample"
    assert told == ["stable", "stable", moves, moves, "dissolves", "dissolves"]


labelings = st.lists(
    st.tuples(st.integers(-1, 4), st.integers(-1, 4)), min_size=1, max_size=40
)


@settings(max_examples=40)
@given(labelings)
def test_best_jaccard_is_that_of_the_sets(pairs):
    mine, other = np.array(pairs).T
    expected = {}
    for cohort in set(mine.tolist()) - {-1}:
        own = set(np.flatnonzero(mine == cohort))
        rest = [set(np.flatnonzero(other == one)) for one in set(other.tolist()) - {-1}]
        expected[cohort] = max((len(own & x) / len(own | x) for x in rest), default=0.0)
    assert compute_best_jaccards(mine, other) == pytest.approx(expected)


@settings(max_examples=40)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=40), st.integers(0, 99))
def test_half_of_the_groups_is_half_of_the_groups(groups, seed):
    codes = np.unique(groups, return_inverse=True)[1].astype(np.int64)
    rows = draw_half(codes, np.random.default_rng(seed))
    drawn = set(codes[rows])
    assert len(drawn) == (codes.max() + 2) // 2
    assert set(np.flatnonzero(np.isin(codes, list(drawn)))) == set(rows)
