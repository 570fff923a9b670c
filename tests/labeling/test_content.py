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
    assert content.loc["b", "signals"] == [
        {"name": "E04 age", "reason": "no date", "count": 1}
    ]
    unknown = make_content(LISTINGS, signals=signals.iloc[:1])
    assert unknown.loc["a", "signals"][0] == {
        "name": "A01 mismatch, E04 age",  # a line a reason, however many signals
        "reason": "not known",
        "count": 2,
    }


def test_signals_are_told_in_phrases_and_a_yes_without_a_number():
    signals = pd.DataFrame(
        {"A01_mismatch": [1.0, 0.0], "E04_age": [3.0, np.nan], "own_rule": [1.0, 2.0]},
        index=IDS,
    )
    phrases = pd.DataFrame(
        {"quantity": ["brand named", "account age"], "yes": ["naming a brand", ""]},
        index=["A01_mismatch", "E04_age"],
    )
    content = make_content(LISTINGS, signals=signals, phrases=phrases)
    assert content.loc["a", "signals"] == [
        {"name": "naming a brand", "yes": True, "value": 1.0},
        {"name": "account age", "value": 3.0},
        {"name": "own rule", "value": 1.0},
    ]
    assert content.loc["b", "signals"][1]["name"] == "account age"


def test_seller_and_link_are_joined_by_id():
    origins = pd.DataFrame(
        {"seller": ["t", None], "link": ["https://shop.example/b", None], "kyc": 1},
        index=["b", "a"],
    )
    content = make_content(LISTINGS, origins=origins)
    assert list(content.columns) == ["title", "price", "id", "seller", "link"]
    assert content.loc["b", ["seller", "link"]].tolist() == [
        "t",
        "https://shop.example/b",
    ]
    assert content.loc["a", ["seller", "link"]].isna().all()
    assert content["id"].tolist() == ["a", "b"]


@pytest.mark.parametrize(
    "link",
    ["javascript:alert(1)", "file:///etc/passwd", " https://x", "https:///x", 7],
)
def test_a_link_that_no_browser_should_open_is_refused(link):
    origins = pd.DataFrame({"link": [link]}, index=["a"])
    with pytest.raises(LabelingError, match="is no address of a page"):
        make_content(LISTINGS, origins=origins)


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
