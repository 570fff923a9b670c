"""Gold labels: every drawn item, its design, its label or why it has none."""

import numpy as np
import pandas as pd
import pytest

from labeling import Codebook, LabelingError, LabelQueue, LabelStore, read_labels
from tests.labeling.worlds import (
    COUNTERFEIT,
    DESIGN,
    NOTHING,
    UNSURE,
    make_listings,
    make_sample,
    make_store,
)

BOOK = Codebook.load()
CONTRACT = [
    "seller_id", "design_id", "stratum", "arm", "wave", "inclusion_prob", "serve_order",
    "status", "primary", "severity", "violative", "role", "labeled_at",
]  # fmt: skip


def test_every_drawn_item_has_one_row_with_its_state(tmp_path):
    store = make_store(tmp_path / "labels.db", n=8)
    now = [0.0]
    store.clock = lambda: now[0]
    queue = LabelQueue(store, BOOK, "a", lease_seconds=60)
    for answer in (COUNTERFEIT, NOTHING, UNSURE, {"primary": "OUT_OF_SCOPE"}):
        queue.submit(queue.next(), answer)
    queue.skip(queue.next())
    store.remove(["L0002"])
    queue.next()
    now[0] = 61
    gold = read_labels(store)
    assert set(CONTRACT) <= set(gold.columns) and gold.index.name == "listing_id"
    assert gold["status"].to_dict() == {
        "L0007": "labeled", "L0006": "labeled", "L0005": "insufficient", "L0004": "insufficient",
        "L0003": "skipped", "L0002": "expired", "L0001": "expired", "L0000": "unserved",
    }  # fmt: skip
    assert gold["state"].loc[["L0002", "L0001"]].tolist() == [
        "deleted after the draw",
        "lease ran out",
    ]
    violative = gold["violative"].tolist()
    assert violative[:2] == [1.0, 0.0] and np.isnan(violative[2:]).all()
    assert gold["severity"].tolist()[:2] == ["S3", "S0"]
    assert gold["primary"].tolist()[:3] == [
        "TM_COUNTERFEIT",
        "NO_INFRINGEMENT",
        "INSUFFICIENT_EVIDENCE",
    ]
    assert gold["labeled_at"].notna().tolist() == [True] * 4 + [False] * 4
    assert str(gold["labeled_at"].dt.tz) == "UTC"


def test_design_columns_come_back_as_they_were_drawn(tmp_path):
    store = make_store(tmp_path / "labels.db")
    sample = make_sample(6)
    gold = read_labels(store).loc[sample.index]
    for column in (
        "seller_id",
        "design_id",
        "stratum",
        "arm",
        "wave",
        "inclusion_prob",
        "serve_order",
    ):
        assert gold[column].tolist() == sample[column].tolist()


def test_a_store_without_any_label_gives_rows_without_labels(tmp_path):
    gold = read_labels(make_store(tmp_path / "labels.db"))
    assert gold["status"].eq("unserved").all() and gold["violative"].isna().all()
    assert gold["violative"].dtype == float and len(gold) == 6
    empty = read_labels(LabelStore(tmp_path / "empty.db"))
    assert len(empty) == 0 and set(CONTRACT) <= set(empty.columns)


def test_undone_labels_are_no_gold(tmp_path):
    store = make_store(tmp_path / "labels.db")
    queue = LabelQueue(store, BOOK, "a")
    queue.submit(queue.next(), COUNTERFEIT)
    queue.undo()
    assert "labeled" not in set(read_labels(store)["status"])


def test_ids_keep_their_type(tmp_path):
    sample = make_sample(3)
    sample.index = pd.Index([11, 12, 13], name="listing_id")
    sample["seller_id"] = [1, 1, 2]
    store = LabelStore(tmp_path / "labels.db")
    store.add_design(DESIGN, sample, make_listings(sample))
    gold = read_labels(store)
    assert gold.index.tolist() == [13, 12, 11] and gold["seller_id"].tolist() == [
        2,
        1,
        1,
    ]


def test_two_readers_are_read_apart_or_together(tmp_path):
    store = make_store(tmp_path / "labels.db", n=3)
    answers = {
        "a": [COUNTERFEIT, NOTHING, NOTHING],
        "b": [COUNTERFEIT, COUNTERFEIT, UNSURE],
    }
    for reader, given in answers.items():
        queue = LabelQueue(store, BOOK, reader, labels_per_item=2)
        for answer in given:
            queue.submit(queue.next(), answer)
    assert read_labels(store, annotator="a")["violative"].tolist() == [1.0, 0.0, 0.0]
    assert read_labels(store, annotator="b")["status"].tolist() == [
        "labeled",
        "labeled",
        "insufficient",
    ]
    both = read_labels(store)
    assert both["status"].tolist() == ["labeled", "disagreement", "disagreement"]
    assert both["state"].tolist() == [
        "",
        "readers disagree: S2 or above, lawful",
        "readers disagree: lawful, undecided",
    ]
    assert both["labels"].tolist() == [2, 2, 2] and both[
        "violative"
    ].isna().tolist() == [False, True, True]
    with pytest.raises(LabelingError, match="annotator 'c' has answered nothing"):
        read_labels(store, annotator="c")


def test_readers_who_agree_that_it_is_bad_and_not_on_the_code_keep_the_verdict(
    tmp_path,
):
    store = make_store(tmp_path / "labels.db", n=1)
    for reader, change in {
        "a": {},
        "b": {"primary": "KO_KNOCKOFF", "severity": "S2"},
    }.items():
        queue = LabelQueue(store, BOOK, reader, labels_per_item=2)
        queue.submit(queue.next(), {**COUNTERFEIT, **change})
    row = read_labels(store).iloc[0]
    assert row["violative"] == 1.0 and row["status"] == "labeled"
    assert pd.isna(row["primary"]) and row["severity"] == "S2"


def test_only_one_design_when_asked(tmp_path):
    store = make_store(tmp_path / "labels.db", n=3)
    second = make_sample(2, "d2", start=100)
    store.add_design({"seed": 99, "design_id": "d2"}, second, make_listings(second))
    assert len(read_labels(store)) == 5
    assert read_labels(store, "d2").index.tolist() == ["L0101", "L0100"]
    with pytest.raises(LabelingError, match="no design 'd3'"):
        read_labels(store, "d3")


# --- one label, one use ----------------------------------------------------------------


def test_a_seller_has_one_role_in_every_design_whatever_its_seed(tmp_path):
    store = LabelStore(tmp_path / "labels.db")
    for number in range(3):
        sample = make_sample(200, f"d{number}", sellers=40, start=1000 * number)
        store.add_design(
            {"seed": number, "design_id": f"d{number}"}, sample, make_listings(sample)
        )
    gold = read_labels(store)
    assert gold.groupby("seller_id")["role"].nunique().eq(1).all()
    assert set(gold["role"]) == {"shape", "measure"}


def test_roles_are_the_same_in_a_store_made_anew_and_change_with_the_seed(tmp_path):
    roles = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        store = LabelStore(tmp_path / f"{name}.db")
        sample = make_sample(100, sellers=50)
        store.add_design(
            {"seed": seed, "design_id": "d1"}, sample, make_listings(sample)
        )
        roles.append(read_labels(store)["role"].tolist())
    assert roles[0] == roles[1] != roles[2]


def test_the_share_of_sellers_that_shape_is_the_one_asked_for(tmp_path):
    store = LabelStore(tmp_path / "labels.db")
    sample = make_sample(4000, sellers=4000)
    store.add_design(DESIGN, sample, make_listings(sample), shape_share=0.3)
    share = read_labels(store)["role"].eq("shape").mean()
    assert share == pytest.approx(0.3, abs=4 * np.sqrt(0.3 * 0.7 / 4000))
    with pytest.raises(
        LabelingError, match=r"fixed with shape_share=0.3; use the same"
    ):
        store.add_design(DESIGN, sample, make_listings(sample), shape_share=0.5)
    with pytest.raises(
        LabelingError, match="'shape_share' must be between 0 and 1; got 2"
    ):
        store.add_design(DESIGN, sample, make_listings(sample), shape_share=2)


@pytest.mark.parametrize("drop", [True, False])
def test_listings_of_unknown_sellers_have_a_role_each(tmp_path, drop):
    sample = make_sample(200)
    sample = (
        sample.drop(columns="seller_id") if drop else sample.assign(seller_id=pd.NA)
    )
    store = LabelStore(tmp_path / "labels.db")
    store.add_design(DESIGN, sample, make_listings(sample))
    gold = read_labels(store)
    assert gold["seller_id"].isna().all()
    assert 60 < gold["role"].eq("shape").sum() < 140  # both uses, about half each
