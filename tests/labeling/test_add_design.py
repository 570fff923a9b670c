"""A drawn sample is kept whole, or refused."""

import numpy as np
import pandas as pd
import pytest

from labeling import Codebook, LabelingError, LabelQueue, LabelStore, read_labels
from tests.labeling.worlds import DESIGN, make_listings, make_sample, make_store


def test_the_same_sample_added_again_changes_nothing(tmp_path):
    store = make_store(tmp_path / "labels.db")
    before = store.verify()
    sample = make_sample(6)
    assert store.add_design(DESIGN, sample, make_listings(sample)) == "d1"
    assert store.verify() == before and store.designs == ["d1"]
    assert store.design("d1") == DESIGN


def change(column, value):
    def apply(sample):
        sample[column] = sample[column].astype(object)
        sample.iloc[1, sample.columns.get_loc(column)] = value
        return sample

    return apply


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (
            lambda s: s.drop(columns="inclusion_prob"),
            "has no column 'inclusion_prob', so no rate",
        ),
        (lambda s: s.drop(columns="design_id"), "has no column 'design_id'"),
        (lambda s: s.iloc[:0], "sample is empty"),
        (
            lambda s: pd.concat([s, s.iloc[:1]]),
            "holds 'L0000' twice; an item is drawn once",
        ),
        (
            change("inclusion_prob", 0.0),
            "probability of 'L0001' is 0.0; it must be above 0",
        ),
        (change("inclusion_prob", 1.2), "probability of 'L0001' is 1.2"),
        (change("inclusion_prob", np.nan), "probability of 'L0001' is nan"),
        (change("inclusion_prob", "half"), "probability of 'L0001' is 'half'"),
        (change("design_id", "d9"), "holds 2 design ids"),
        (
            lambda s: s.assign(design_id="d9"),
            "drawn by the design 'd9' and the one given is 'd1'",
        ),
    ],
)
def test_a_sample_without_a_whole_design_is_refused(tmp_path, spoil, message):
    store = LabelStore(tmp_path / "labels.db")
    sample = make_sample(4)
    with pytest.raises(LabelingError, match=message):
        store.add_design(DESIGN, spoil(sample.copy()), make_listings(sample))
    assert store.designs == [] and store.verify().ok


@pytest.mark.parametrize("design", ["no json", "[1]", {"design_id": "d1"}, None, 3])
def test_a_design_that_is_none_is_refused(tmp_path, design):
    store = LabelStore(tmp_path / "labels.db")
    with pytest.raises(LabelingError, match="must be a SampleDesign or its JSON"):
        store.add_design(design, make_sample(2), make_listings(make_sample(2)))


def test_content_of_other_items_is_refused(tmp_path):
    store = LabelStore(tmp_path / "labels.db")
    sample = make_sample(3)
    content = make_listings(sample)
    with pytest.raises(
        LabelingError, match="none of the drawn items; index it by listing_id"
    ):
        store.add_design(DESIGN, sample, content.reset_index(drop=True))
    with pytest.raises(LabelingError, match="content holds 'L0000' twice"):
        store.add_design(DESIGN, sample, pd.concat([content, content.iloc[:1]]))


def test_another_sample_under_the_same_design_is_refused(tmp_path):
    store = make_store(tmp_path / "labels.db")
    sample = make_sample(7)
    with pytest.raises(
        LabelingError, match="holds another sample under the design 'd1'"
    ):
        store.add_design(DESIGN, sample, make_listings(sample))


def test_content_is_kept_as_it_was(tmp_path):
    store = LabelStore(tmp_path / "labels.db")
    sample = make_sample(1)
    value = {
        "title": "تقليد \U0001f600 <script>",
        "n": np.int64(3),
        "price": np.float32(0.5),
        "new": np.bool_(True),
        "at": pd.Timestamp("2024-05-01"),
        "none": None,
        "nan": float("nan"),
        "infinite": float("inf"),
        "evidence": [{"start": np.int64(1), "why": pd.NA}],
    }
    content = pd.DataFrame([value], index=sample.index, dtype=object)
    store.add_design(DESIGN, sample, content)
    shown = LabelQueue(store, Codebook.load(), "r").next().content
    assert shown == {
        "title": "تقليد \U0001f600 <script>",
        "n": 3,
        "price": 0.5,
        "new": True,
        "at": "2024-05-01 00:00:00",
        "evidence": [{"start": 1}],
    }


def test_an_unknown_design_or_listing_is_refused(tmp_path):
    store = make_store(tmp_path / "labels.db")
    with pytest.raises(LabelingError, match="has no design 'd7'; its designs are d1"):
        store.design("d7")
    with pytest.raises(LabelingError, match="holds no listing 'L9'"):
        store.remove(["L0001", "L9"])
    assert read_labels(store)["state"].eq("").all()
