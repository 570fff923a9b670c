import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.metrics import adjusted_rand_score

from iprseg.errors import IprsegError, TableError
from iprseg.segment import Segmenter
from iprseg.validation import NOISE, UNLABELED

METHODS = ["coreset", "reference"]


def planted(n=400, n_cohorts=5, seed=0):
    """Cohorts that differ in rates of flags, in price and in what is sold."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(n_cohorts, size=n)
    rates = np.where(rng.random((n_cohorts, 8)) < 0.4, 0.7, 0.03)
    risk = rng.binomial(6, rates[truth]) / 6
    price = rng.normal(2.0 * np.arange(n_cohorts)[truth][:, None], 0.8, (n, 2))
    topics = rng.dirichlet(np.ones(12) * 0.2, n_cohorts)
    meaning = np.sqrt(np.array([rng.dirichlet(topics[c] * 20 + 0.05) for c in truth]))
    columns = [f"A{i:02d}" for i in range(8)] + ["B01", "B02"]
    columns += [f"topic_{i:02d}" for i in range(12)]
    index = pd.Index([f"s{row}" for row in range(n)], name="seller_id")
    frame = pd.DataFrame(np.hstack([risk, price, meaning]), index, columns)
    blocks = {
        "text_risk": columns[:8],
        "price": columns[8:10],
        "meaning": columns[10:],
    }
    return frame, blocks, truth


FRAME, BLOCKS, TRUTH = planted()


def test_labels_that_name_no_cohort_differ():
    assert (NOISE, UNLABELED) == (-1, -2)


@pytest.mark.parametrize("method", METHODS)
def test_planted_cohorts_are_found(method):
    segmenter = Segmenter(method, blocks=BLOCKS).fit(FRAME)
    assert adjusted_rand_score(TRUTH, segmenter.labels_) > 0.9
    assert (segmenter.labels_ == NOISE).mean() < 0.1
    assert segmenter.strength_.min() >= 0
    assert segmenter.strength_.max() <= 1
    assert ((segmenter.strength_ == 0) == (segmenter.labels_ == NOISE)).all()


@pytest.mark.parametrize("method", METHODS)
def test_training_rows_are_predicted_as_they_were_labelled(method):
    repeated = pd.concat([FRAME, FRAME.iloc[:50]])
    segmenter = Segmenter(method, blocks=BLOCKS).fit(repeated)
    shuffled = np.random.default_rng(1).permutation(len(repeated))
    np.testing.assert_array_equal(segmenter.predict(repeated), segmenter.labels_)
    np.testing.assert_array_equal(
        segmenter.predict(repeated.iloc[shuffled]), segmenter.labels_[shuffled]
    )
    np.testing.assert_allclose(
        segmenter.predict_strength(repeated), segmenter.strength_, atol=1e-9
    )


def test_training_rows_of_a_compressed_fit_are_predicted_as_labelled():
    frame, blocks, truth = planted(3_000)
    segmenter = Segmenter(blocks=blocks, min_cohort_size=150, max_coreset=300)
    segmenter.fit(frame)
    assert adjusted_rand_score(truth, segmenter.labels_) > 0.9
    np.testing.assert_array_equal(segmenter.predict(frame), segmenter.labels_)
    alone = [segmenter.predict(frame.iloc[[row]])[0] for row in range(0, 3_000, 60)]
    np.testing.assert_array_equal(alone, segmenter.labels_[::60])


@pytest.mark.parametrize("method", METHODS)
def test_unseen_rows_get_the_cohort_of_their_kind(method):
    frame, blocks, truth = planted(800)
    segmenter = Segmenter(method, blocks=blocks, min_cohort_size=30)
    segmenter.fit(frame.iloc[:400])
    found = segmenter.predict(frame.iloc[400:])
    placed = found != NOISE
    assert placed.mean() > 0.7
    assert adjusted_rand_score(truth[400:][placed], found[placed]) > 0.9


@pytest.mark.parametrize("method", METHODS)
def test_a_row_like_nothing_seen_is_noise(method):
    rng = np.random.default_rng(0)
    X = np.vstack([rng.normal(place, 0.3, size=(60, 3)) for place in (0, 6)])
    segmenter = Segmenter(method, min_cohort_size=10).fit(X)
    assert set(segmenter.labels_) >= {0, 1}
    assert segmenter.predict([[60.0, -60.0, 60.0]]).tolist() == [NOISE]


def test_cohorts_are_numbered_by_size_and_none_is_too_small():
    segmenter = Segmenter(blocks=BLOCKS, min_cohort_size=20).fit(FRAME)
    sizes = np.bincount(segmenter.labels_[segmenter.labels_ != NOISE])
    assert (np.diff(sizes) <= 0).all()
    assert sizes.min() >= 20


def test_the_tree_runs_from_coarse_to_fine():
    segmenter = Segmenter(blocks=BLOCKS).fit(FRAME)
    tree = segmenter.tree_
    assert tree.loc[0, ["parent", "depth", "size"]].tolist() == [-1, 0, 400]
    inner = tree.index[1:]
    assert (tree.loc[inner, "parent"] < inner).all()
    chosen = tree[tree["chosen"]]
    assert sorted(chosen["cohort"]) == sorted(set(segmenter.labels_) - {NOISE})
    parts = tree[(tree["cohort"] != NOISE) & ~tree["chosen"]]
    assert (tree.loc[parts["parent"], "cohort"].to_numpy() == parts["cohort"]).all()


def test_one_seed_one_result():
    first = Segmenter(blocks=BLOCKS, random_state=4).fit(FRAME)
    second = Segmenter(blocks=BLOCKS, random_state=4).fit(FRAME)
    np.testing.assert_array_equal(first.labels_, second.labels_)
    np.testing.assert_array_equal(first.strength_, second.strength_)


def test_a_block_of_weight_zero_changes_nothing():
    rng = np.random.default_rng(0)
    noisy = FRAME.assign(junk=rng.normal(size=len(FRAME)))
    alone = Segmenter(blocks=BLOCKS).fit(noisy)
    beside = Segmenter(blocks={**BLOCKS, "junk": ["junk"]}, weights={"junk": 0}).fit(
        noisy
    )
    assert adjusted_rand_score(alone.labels_, beside.labels_) == 1


def test_scaled_rows_are_what_distances_are_measured_on():
    light = Segmenter(blocks=BLOCKS, weights={"price": 1}).fit(FRAME).scaled(FRAME)
    heavy = Segmenter(blocks=BLOCKS, weights={"price": 4}).fit(FRAME).scaled(FRAME)
    price = ~np.isclose(heavy, light).all(axis=0)
    assert 0 < price.sum() <= len(BLOCKS["price"])
    np.testing.assert_allclose(heavy[:, price], 2 * light[:, price])


def test_blocks_have_committed_weights():
    rows = Segmenter(blocks=BLOCKS).fit(FRAME).scaled(FRAME)
    stated = (
        Segmenter(blocks=BLOCKS, weights={"meaning": 0.2, "price": 0.5})
        .fit(FRAME)
        .scaled(FRAME)
    )
    np.testing.assert_array_equal(rows, stated)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("n", [1, 2, 7])
def test_fewer_rows_than_two_cohorts_need_are_noise_and_said_so(method, n):
    with pytest.warns(UserWarning, match=f"put none of the {n} rows in a cohort: two"):
        segmenter = Segmenter(method).fit(FRAME.iloc[:n])
    assert (segmenter.labels_ == NOISE).all()
    assert segmenter.predict(FRAME.iloc[:n]).tolist() == [NOISE] * n


def test_rows_that_are_all_alike_by_chance_make_no_cohort():
    X = np.random.default_rng(0).uniform(size=(60, 2))
    with pytest.warns(UserWarning, match="no group of 25 or more stands out"):
        labels = Segmenter(min_cohort_size=25, n_neighbors=0).fit_predict(X)
    assert (labels == NOISE).all()


def test_equal_rows_are_one_cohort():
    segmenter = Segmenter().fit(np.ones((50, 3)))
    assert segmenter.labels_.tolist() == [0] * 50
    assert segmenter.strength_.tolist() == [1.0] * 50
    assert segmenter.predict([[1, 1, 1], [2, 2, 2]]).tolist() == [0, NOISE]


def test_groups_of_equal_rows_are_one_cohort_each():
    X = np.repeat([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]], [30, 40, 20], axis=0)
    labels = Segmenter(min_cohort_size=10).fit_predict(X)
    assert labels.tolist() == [1] * 30 + [0] * 40 + [2] * 20


def test_columns_that_say_nothing_do_no_harm():
    rows = FRAME.assign(constant=3.0, missing=np.nan)
    blocks = {**BLOCKS, "empty": ["constant", "missing"]}
    labels = Segmenter(blocks=blocks).fit_predict(rows)
    assert adjusted_rand_score(TRUTH, labels) > 0.9


def test_missing_values_cost_little():
    holes = FRAME.mask(np.random.default_rng(0).random(FRAME.shape) < 0.1)
    labels = Segmenter(blocks=BLOCKS).fit_predict(holes)
    assert adjusted_rand_score(TRUTH, labels) > 0.8


@pytest.mark.parametrize(("wild", "told"), [(np.inf, "inf"), (-np.inf, "-inf")])
def test_infinite_values_are_refused_by_column(wild, told):
    sentence = rf"infinite value \({told}\) in column 'B01'"
    with pytest.raises(TableError, match=sentence):
        Segmenter(blocks=BLOCKS).fit(FRAME.assign(B01=wild))


def test_text_columns_are_refused_by_name():
    frame = FRAME.assign(title="a bag").astype({"title": "string"})
    with pytest.raises(TableError, match="these columns hold none: 'title'"):
        Segmenter().fit(frame)


def test_pandas_missing_values_are_missing():
    frame = FRAME.convert_dtypes()
    frame.loc["s3", "B01"] = pd.NA
    assert Segmenter(blocks=BLOCKS).fit(frame).labels_.shape == (400,)


def test_another_number_of_columns_is_refused_at_predict():
    segmenter = Segmenter().fit(FRAME.to_numpy())
    with pytest.raises(
        ValueError, match="X has 3 features, but Segmenter is expecting"
    ):
        segmenter.predict(FRAME.to_numpy()[:, :3])


def test_predict_before_fit():
    with pytest.raises(NotFittedError, match="not fitted yet"):
        Segmenter().predict(FRAME)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"method": "kmeans"}, "'method' parameter of Segmenter must be one of"),
        ({"selection": "all"}, "'selection' parameter of Segmenter must be one of"),
        ({"min_cohort_size": 1}, "'min_cohort_size' parameter of Segmenter"),
        ({"min_samples": 0}, "'min_samples' parameter of Segmenter"),
        ({"n_neighbors": -1}, "'n_neighbors' parameter of Segmenter"),
        ({"max_coreset": 1}, "'max_coreset' parameter of Segmenter"),
        ({"random_state": None}, "'random_state' parameter of Segmenter"),
        ({"blocks": {}}, "at least one column per block; got no block"),
        ({"blocks": {"price": []}}, "at least one column per block; got 'price'"),
        ({"blocks": {"price": ["B99"]}}, "needs the column 'B99'"),
        ({"blocks": {"a": ["B01"], "b": ["B01"]}}, "in more than one: 'B01'"),
        ({"weights": {"price": 1}}, "names no block: 'price'; blocks: none given"),
        (
            {"blocks": BLOCKS, "weights": {"tone": 1}},
            "names no block: 'tone'; blocks: ",
        ),
        ({"blocks": BLOCKS, "weights": {"price": -1}}, "must hold numbers >= 0"),
        (
            {"blocks": {"price": ["B01"]}, "weights": {"price": 0}},
            "must hold numbers >= 0, not all 0",
        ),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, sentence):
    with pytest.raises(IprsegError, match=sentence):
        Segmenter(**settings).fit(FRAME)


def test_a_small_first_run_compiles_nothing():
    code = (
        "import sys, numpy as np; from iprseg.segment import Segmenter;"
        "X = np.random.default_rng(0).normal(size=(300, 8)); X[:150] += 4;"
        "Segmenter().fit(X);"
        "print([m for m in ('umap', 'hdbscan', 'numba', 'torch') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
