"""The content shown is gathered by id and holds no more than it says."""

import numpy as np
import pandas as pd
import pytest

from labeling import LabelingError, make_content

IDS = pd.Index(["a", "b"], name="listing_id")
LISTINGS = pd.DataFrame(
    {
        "title": ["x", "y"],
        "price": [1.0, 2.0],
        "seller_id": ["s", "t"],
        "status": "live",
    },
    index=IDS,
)


def test_only_named_columns_are_taken():
    assert list(make_content(LISTINGS).columns) == ["title", "price"]
    with pytest.raises(LabelingError, match="no column 'title'"):
        make_content(LISTINGS.drop(columns="title"))


def test_signals_are_joined_by_id_with_reasons_for_the_missing():
    signals = pd.DataFrame(
        {"A01_mismatch": [0.0, 1.0], "E04_age": [np.nan, 3.0]}, index=["b", "a"]
    )
    reasons = pd.DataFrame(
        {"A01_mismatch": "", "E04_age": ["no_date", ""]}, index=["b", "a"]
    )
    content = make_content(LISTINGS, signals=signals, reasons=reasons)
    assert content.loc["a", "signals"] == [
        {"name": "A01 mismatch", "value": 1.0},
        {"name": "E04 age", "value": 3.0},
    ]
    assert content.loc["b", "signals"] == [{"name": "E04 age", "reason": "no date"}]
    unknown = make_content(LISTINGS, signals=signals.iloc[:1])
    assert unknown.loc["a", "signals"][0] == {
        "name": "A01 mismatch, E04 age",  # a line a reason, however many signals
        "reason": "not known",
    }


def test_the_narrower_price_group_is_preferred_and_a_missing_one_left_out():
    signals = pd.DataFrame(
        {
            "B02_price_ratio_brand_cat": [0.2, np.nan],
            "B03_price_ratio_category": [0.5, np.nan],
        },
        index=IDS,
    )
    content = make_content(LISTINGS, signals=signals)
    assert content.loc["a", ["price_ratio", "price_group"]].tolist() == [
        0.2,
        "same brand and category",
    ]
    assert content.loc["b", ["price_ratio", "price_group"]].isna().all()


def test_mentions_become_evidence_in_words():
    mentions = pd.DataFrame(
        {
            "listing_id": ["b", "b"],
            "field": "title",
            "start": [0, 3],
            "end": [1, 4],
            "kind": ["obfuscated", "exact"],
            "referential": [False, True],
        }
    )
    content = make_content(LISTINGS, mentions=mentions)
    assert content.loc["a", "evidence"] == []
    assert [span["why"] for span in content.loc["b", "evidence"]] == [
        "a brand in disguise",
        "names a brand, to say what the item fits",
    ]
    assert content.loc["b", "evidence"][0] == {
        "field": "title",
        "start": 0,
        "end": 1,
        "why": "a brand in disguise",
    }
