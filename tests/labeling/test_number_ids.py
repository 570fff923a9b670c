"""Ids that are numbers, with gaps or without, stay what they are on the way to gold."""

import numpy as np
import pandas as pd
import pytest

from iprseg.survey import SampleDesign, draw_sample, estimate_prevalence
from labeling import Codebook, LabelingError, LabelQueue, LabelStore, read_labels
from tests.labeling.worlds import NOTHING

SELLERS = [32, 32, None, 7, 7, 2**53 + 1]


def frame(kind):
    ids = pd.Index(range(1, 7), name="listing_id")
    return pd.DataFrame({"seller_id": pd.array(SELLERS, dtype=kind)}, index=ids)


def stored(tmp_path, listings, unit="listing"):
    """A store with a census of the listings, one of them labeled."""
    n = 6 if unit == "listing" else 4
    sample = draw_sample(listings, n, unit=unit, random_state=0)
    store = LabelStore(tmp_path / "labels.db")
    content = pd.DataFrame({"title": "x"}, index=listings.index)
    store.add_design(SampleDesign.of(sample), sample, content, shape_share=0)
    queue = LabelQueue(store, Codebook.load(), "a")
    queue.submit(queue.next(), NOTHING)
    return store, sample


def texts(store):
    with store.reading() as connection:
        rows = connection.exec_driver_sql("SELECT seller_id FROM items")
        return {row[0] for row in rows}


@pytest.mark.parametrize("kind", ["float64", "Int64", object])
def test_a_gap_makes_no_other_seller(tmp_path, kind):
    listings = frame(kind)
    store, _ = stored(tmp_path, listings)
    # a float holds no odd whole number above 2**53
    last = 2**53 if kind == "float64" else 2**53 + 1
    assert texts(store) == {"32", "7", str(last), None}
    gold = read_labels(store)
    if kind is not object:
        assert gold["seller_id"].dtype == "Int64"
        pd.testing.assert_series_equal(
            gold["seller_id"].sort_index(),
            listings["seller_id"].astype("Int64"),
        )


@pytest.mark.parametrize("kind", ["float64", "Int64"])
@pytest.mark.parametrize("unit", ["listing", "seller"])
def test_a_rate_can_be_had_of_them(tmp_path, kind, unit):
    store, sample = stored(tmp_path, frame(kind), unit)
    rates = estimate_prevalence(read_labels(store), SampleDesign.of(sample))
    assert rates["n"].tolist() == [1]
    if unit == "seller":
        strata = SampleDesign.of(sample).strata.values()
        assert {"32", "7", "listing:3"} < {one for s in strata for one in s.drawn}


def test_text_that_looks_like_a_number_stays_text(tmp_path):
    listings = frame("float64").assign(seller_id=["32.0", "32.0", None, "7", "7", "8"])
    store, _ = stored(tmp_path, listings)
    assert texts(store) == {"32.0", "7", "8", None}
    assert set(read_labels(store)["seller_id"].dropna()) == {"32.0", "7", "8"}


def test_numbers_are_told_as_numbers(tmp_path):
    listings = frame("Int64")
    sample = draw_sample(listings, 6, random_state=0)
    store = LabelStore(tmp_path / "labels.db")
    twice = pd.concat([sample, sample.iloc[:1]])
    first = sample.index[0]
    with pytest.raises(LabelingError, match=f"The sample holds {first} twice"):
        store.add_design(SampleDesign.of(sample), twice, listings)
    wrong = sample.assign(inclusion_prob=np.where(sample.index == first, 1.5, 0.5))
    with pytest.raises(LabelingError, match=f"probability of {first} is 1.5; it must"):
        store.add_design(SampleDesign.of(sample), wrong, listings)
    content = pd.concat([listings, listings.loc[[first]]])
    with pytest.raises(LabelingError, match=f"The content holds {first} twice"):
        store.add_design(SampleDesign.of(sample), sample, content)
    with pytest.raises(LabelingError, match=r"between 0 and 1; got 'half'"):
        store.add_design(SampleDesign.of(sample), sample, listings, shape_share="half")
