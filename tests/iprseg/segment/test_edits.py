"""What an analyst merged or split stays so: in the same fit, another fit, a file."""

import json
import sys
import warnings
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from iprseg.errors import IprsegError
from iprseg.segment import CohortEdits, Segmenter, apply_edits
from iprseg.validation import NOISE

PLACES = (0.0, 1.6, 20.0, 40.0)  # the first two are near: one cohort of two branches


def _data(seed: int, start: int = 0, n: int = 40) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    squares = [rng.uniform((x - 0.5, -0.5), (x + 0.5, 0.5), (n, 2)) for x in PLACES]
    rows = np.vstack(squares)
    ids = [f"L{start + i}" for i in range(len(rows))]
    return pd.DataFrame(rows, columns=["a", "b"], index=ids)


def _segmenter(**options) -> Segmenter:
    return Segmenter(min_cohort_size=15, **options)


def _groups(labels, n: int = 40) -> list[set[int]]:
    """The cohorts that each place is in, but for noise."""
    parts = np.asarray(labels).reshape(len(PLACES), n)
    return [set(part.tolist()) - {NOISE} for part in parts]


@pytest.fixture(scope="module")
def data():
    return _data(0)


@pytest.fixture(scope="module")
def fitted(data):
    fit = _segmenter().fit(data)
    assert _groups(fit.labels_)[0] == _groups(fit.labels_)[1] == {0}
    return fit


def test_a_merge_changes_the_merged_alone(data, fitted):
    edited = apply_edits(fitted, CohortEdits().merge(fitted, data, [1, 2]), data)
    was = fitted.labels_
    expected = np.where(was == 2, 1, was)
    np.testing.assert_array_equal(edited.labels_, expected)
    np.testing.assert_array_equal(edited.predict(data), expected)
    np.testing.assert_array_equal(fitted.predict(data), was)  # it is left as it is


def test_a_split_changes_the_split_alone(data, fitted):
    edited = apply_edits(fitted, CohortEdits().split(fitted, data, 0), data)
    one, two, *others = _groups(edited.labels_)
    assert {len(one), len(two)} == {1}
    assert one | two == {0, 3}
    assert others == _groups(fitted.labels_)[2:]
    apart = fitted.labels_ != 0
    np.testing.assert_array_equal(edited.labels_[apart], fitted.labels_[apart])
    np.testing.assert_array_equal(edited.predict(data), edited.labels_)
    # a new row goes with the side that it lies on
    new = pd.DataFrame({"a": [0.1, 1.5, 20.0], "b": 0.0})
    assert [{x} for x in edited.predict(new)] == [one, two, others[0]]


def test_a_branch_can_be_named(data, fitted):
    tree = fitted.tree_
    inside = tree.index[(tree["cohort"] == 0) & ~tree["chosen"]]
    for branch in inside:
        edits = CohortEdits().split(fitted, data, 0, branch=int(branch))
        edited = apply_edits(fitted, edits, data)
        assert len(set(edited.labels_) - {NOISE}) == 4


def test_edits_follow_each_other(data, fitted):
    edits = CohortEdits().split(fitted, data, 0)
    parted = apply_edits(fitted, edits, data)
    edits = edits.merge(parted, data, [3, 1])
    both = apply_edits(fitted, edits, data)
    expected = np.where(parted.labels_ == 3, 1, parted.labels_)
    np.testing.assert_array_equal(both.labels_, expected)


def test_a_split_without_a_branch_follows_the_nearest_members(data, fitted):
    edits = CohortEdits().split(fitted, data, 0)
    # no division is fine enough for a tree of such large branches
    coarse = Segmenter(min_cohort_size=60, edits=edits)
    near = data[data["a"] < 10]
    rest = data[data["a"] > 10].assign(a=60.0, b=lambda frame: frame["b"] / 9)
    labels = coarse.fit(pd.concat([near, rest])).labels_
    groups = _groups(labels)
    assert groups[0].isdisjoint(groups[1])
    assert all(len(group) == 1 for group in groups[:2])


def test_edits_survive_a_file_and_a_saved_segmenter(data, fitted, tmp_path):
    edits = CohortEdits().split(fitted, data, 0).merge(fitted, data, [1, 2])
    edits.save(tmp_path / "edits.json")
    assert CohortEdits.load(tmp_path / "edits.json") == edits
    edited = _segmenter(edits=edits).fit(data)
    edited.save(tmp_path / "model.zip")
    loaded = Segmenter.load(tmp_path / "model.zip")
    np.testing.assert_array_equal(loaded.predict(data), edited.labels_)
    assert loaded.edits == edits
    np.testing.assert_array_equal(loaded.fit(data).labels_, edited.labels_)


def test_the_reference_method_takes_edits(data, monkeypatch):
    # rows of two columns are laid out as they lie: compiling UMAP would take a minute
    as_it_lies = SimpleNamespace(fit_transform=lambda rows: rows)
    monkeypatch.setitem(
        sys.modules, "umap", SimpleNamespace(UMAP=lambda **options: as_it_lies)
    )
    fit = _segmenter(method="reference", n_neighbors=10).fit(data)
    names = [one for one in np.unique(fit.labels_) if one >= 0]
    edits = CohortEdits().merge(fit, data, names[-2:])
    edited = apply_edits(fit, edits, data)
    assert len(set(edited.labels_) - {NOISE}) == len(names) - 1
    np.testing.assert_array_equal(edited.predict(data), edited.labels_)


def test_lost_members_are_told_once(data, fitted):
    edits = CohortEdits().merge(fitted, data, [1, 2]).split(fitted, data, 0)
    far = _data(1, start=5000) + 900.0
    with pytest.warns(UserWarning, match="2 of 2 edits") as told:
        labels = _segmenter(edits=edits).fit(far).labels_
    assert len(told) == 1
    assert "the merge of cohorts 1, 2; the split of cohort 0" in str(told[0].message)
    np.testing.assert_array_equal(labels, _segmenter().fit(far).labels_)


def test_vectors_of_other_data_are_not_compared(data, fitted):
    # the axes of a meaning block turn with the data: members go by their ids alone
    blocks = {"meaning": ["a", "b"]}
    fit = _segmenter(blocks=blocks).fit(data)
    edits = CohortEdits().merge(fit, data, [1, 2])
    again = _segmenter(blocks=blocks, edits=edits)
    with pytest.warns(UserWarning, match="1 of 1 edits"):
        again.fit(_data(3, start=5000))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        groups = _groups(again.fit(_data(3)).labels_)
    assert groups[2] == groups[3]


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda fit, X: CohortEdits().merge(fit, X, [1]), "two cohorts or more"),
        (lambda fit, X: CohortEdits().merge(fit, X, [1, 9]), "no cohort 9 .*0, 1, 2"),
        (lambda fit, X: CohortEdits().merge(fit, X, [1.7, 2.2]), "no cohort 1.7"),
        (lambda fit, X: CohortEdits().merge(fit, X, None), "two cohorts or more"),
        (lambda fit, X: CohortEdits().merge(fit, X, "01"), "two cohorts or more"),
        (lambda fit, X: CohortEdits().merge(fit, X[::-1], [0, 1]), "in another order"),
        (lambda fit, X: CohortEdits().merge(fit, X[["b", "a"]], [0, 1]), "same order"),
        (lambda fit, X: CohortEdits().split(fit, X[["b", "a"]], 0), "same order"),
        (lambda fit, X: apply_edits(fit, CohortEdits(), X[["b", "a"]]), "same order"),
        (lambda fit, X: apply_edits(fit, CohortEdits(), _data(7)), "not fitted on"),
        (lambda fit, X: apply_edits(fit, "choices.json", X), "must be CohortEdits"),
        (lambda fit, X: CohortEdits().split(fit, X, NOISE), "no cohort -1"),
        (lambda fit, X: CohortEdits().split(fit, X, 1), "no finer branch"),
        (lambda fit, X: CohortEdits().split(fit, X, 0, branch=2), "does not divide"),
        (lambda fit, X: CohortEdits().merge(fit, X[:9], [0, 1]), "9 rows .* on 160"),
        (lambda fit, X: apply_edits(fit, CohortEdits(), X[:9]), "9 rows .* on 160"),
    ],
)
def test_refuses(data, fitted, edit, words):
    with pytest.raises(ValueError, match=words):
        edit(fitted, data)


def test_a_cohort_without_finer_branches_has_some_in_a_fit_of_smaller_cohorts():
    rng = np.random.default_rng(0)
    places = [(0, 0), (1.2, 0), (9, 9)]  # the first two are one where 40 are needed
    X = np.vstack([rng.normal(place, 0.15, size=(30, 2)) for place in places])
    X = np.vstack([X, rng.normal((9, 9), 0.15, size=(30, 2))])
    coarse = Segmenter(min_cohort_size=40).fit(X)
    with pytest.raises(IprsegError, match=r"smaller min_cohort_size=… \(below 40\)"):
        CohortEdits().split(coarse, X, int(coarse.labels_[0]))
    fine = Segmenter(min_cohort_size=20).fit(X)
    assert fine.labels_[0] == fine.labels_[30]  # one cohort, as before
    edits = CohortEdits().split(fine, X, int(fine.labels_[0]))
    labels = apply_edits(fine, edits, X).labels_
    assert len(set(labels[:30])) == len(set(labels[30:60])) == 1
    assert labels[0] != labels[30]


def _changed(**parts) -> str:
    """A split of two values a side, with parts of its first side changed."""
    side = {"ids": ["L1", "L2"], "rows": [[0.0, None], [1.0, 2.0]]}
    choice = {"kind": "split", "told": "a split", "groups": [side | parts, side]}
    return json.dumps({"format": 1, "choices": [choice]})


CHANGED = [
    _changed(rows=[]),
    _changed(rows=[[0.0], [1.0, 2.0]]),
    _changed(rows=[["a", "b"], [1.0, 2.0]]),
    _changed(rows=[[float("inf"), 0.0], [1.0, 2.0]]),
    _changed(rows=[[10**400, 0.0], [1.0, 2.0]]),
    _changed(ids=["L1"]),
    _changed(ids=[["L1"], ["L2"]]),
]


def test_edits_of_an_earlier_version_hold_no_names_of_columns():
    choice = CohortEdits.from_json(_changed()).choices[0]
    assert choice.columns is None
    assert choice.groups[0].rows == ((0.0, None), (1.0, 2.0))


def test_pandas_missing_values_of_members_are_kept_as_missing(data):
    holes = data.astype("Float64")
    holes.iloc[::3, 1] = pd.NA
    fit = _segmenter().fit(holes)
    edits = CohortEdits().merge(fit, holes, [1, 2])
    values = [
        value
        for group in edits.choices[0].groups
        for row in group.rows
        for value in row
    ]
    assert None in values
    again = _segmenter(edits=CohortEdits.from_json(edits.to_json())).fit(holes)
    groups = _groups(again.labels_)
    assert groups[2] == groups[3]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("no json", "cannot be read"),
        ('{"format": 9, "choices": []}', "format 9"),
        (
            '{"format": 1, "choices": [{"kind": "drop", "groups": []}]}',
            "cannot be read",
        ),
        ("[]", "cannot be read"),
        ("[" * 100_000, "cannot be read"),
        *[(text, "cannot be read") for text in CHANGED],
    ],
)
def test_refuses_other_files(tmp_path, text, words):
    (tmp_path / "edits.json").write_text(text)
    with pytest.raises(IprsegError, match=words):
        CohortEdits.load(tmp_path / "edits.json")
    with pytest.raises(IprsegError, match="cannot be read"):
        CohortEdits.load(tmp_path / "none.json")


@pytest.mark.parametrize("seed", range(4))
def test_every_cohort_of_vectors_can_be_split_or_has_no_finer_branch(seed):
    """Twelve kinds in four groups: labels spread over the links of some border points."""
    rng = np.random.default_rng(seed)
    groups = rng.normal(size=(4, 1, 16)) * 1.6
    kinds = (groups + rng.normal(size=(4, 3, 16)) * 0.75).reshape(12, 16)
    rows = kinds[rng.integers(12, size=2_000)] + rng.normal(size=(2_000, 16)) * 0.9
    fitted = Segmenter().fit(rows)
    for cohort in range(fitted.labels_.max() + 1):
        try:
            edits = CohortEdits().split(fitted, rows, cohort)
        except IprsegError as error:
            assert "has no finer branch" in str(error)
            continue
        apart = apply_edits(fitted, edits, rows).labels_
        assert (apart == cohort).any()
        assert (apart == apart.max()).any()
        assert set(fitted.labels_[apart == apart.max()]) == {cohort}
