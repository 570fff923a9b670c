"""A12 and A13: a listing beside the official products of the brand it claims."""

import math

import numpy as np
import pandas as pd
import pytest

from tests.iprseg.signals.helpers import compute

CATALOGUE = pd.DataFrame(
    {
        "brand_id": ["zephyra", "zephyra", "korda"],
        "model_name": ["Quorvane Tote", "Nuit Bleue", "Runner"],
        "gtin": ["4006381333931", None, None],
        "colourways": ["black; matte red", "blue", "white"],
        "size_range": ["S;M;L", "", "36-45"],
    }
)


def signals(rows, catalogue=CATALOGUE):
    values, reasons = compute(rows, brand_catalogue=catalogue)
    return values, reasons


def a13(**columns):
    rows = {key: [value] for key, value in columns.items()}
    values, reasons = signals({"title": ["Zephyra Quorvane Tote"], **rows})
    return values["A13"].iloc[0], reasons["A13"].iloc[0]


def test_the_cosine_is_that_of_three_letter_pieces():
    """Hand-computed for a catalogue of one name, where all pieces weigh the same.

    "ab" gives the pieces " ab", "ab " (padded words of char_wb), "abcd" the pieces
    " ab", "abc", "bcd", "cd ". They share one of 2 and 4: 1 / sqrt(2 * 4). The brand's
    own pieces are in no name and drop out.
    """
    one = pd.DataFrame({"brand_id": ["zephyra"], "model_name": ["abcd"]})
    values, _ = signals({"title": ["Zephyra abcd", "Zephyra ab"]}, one)
    assert values["A12"].tolist() == pytest.approx([1, 1 / math.sqrt(4)])
    # "ab " is in no name, so the title's vector is " ab" alone: 1 / sqrt(1 * 4)


def test_only_products_of_the_claimed_brand_count():
    values, _ = signals({"title": ["Zephyra Runner", "Korda runner", "Korda Quorvane"]})
    assert values["A12"].iloc[1] == pytest.approx(1)
    assert values["A12"].iloc[0] < 0.3 and values["A12"].iloc[2] < 0.3


def test_what_a12_is_missing_for():
    rows = {"title": ["canvas bag", None, "Zephyra bag", "Case for Zephyra"]}
    _, reasons = signals(rows, CATALOGUE[CATALOGUE["brand_id"] == "korda"])
    assert reasons["A12"].tolist() == [
        "no_brand_claim",
        "value_missing: title",
        "brand_not_in_catalogue",
        "no_brand_claim",
    ]
    _, reasons = compute({"title": ["Zephyra"]})
    assert reasons["A12"].tolist() == ["table_absent: brand_catalogue"]
    _, reasons = signals({"title": ["Zephyra"]}, CATALOGUE.drop(columns="brand_id"))
    assert reasons["A12"].tolist() == ["column_absent: brand_catalogue.brand_id"]


def test_hostile_catalogues_are_read():
    strange = pd.DataFrame(
        {
            "brand_id": ["zephyra", None, "zephyra", "korda"],
            "model_name": ["", "x", None, "…"],
            "colourways": [None, "red", ";;", " "],
            "size_range": ["9" * 400 + "-1", "45-36", "1-99999", None],
        }
    )
    rows = {"title": ["Zephyra bag", "Korda bag"], "size_values": ["M", "9" * 9000]}
    values, reasons = signals(rows, strange)
    assert values["A12"].tolist() == [0, 0]
    assert reasons["A13"].tolist() == ["nothing_comparable"] * 2
    values, _ = signals(rows, CATALOGUE.head(0))
    assert values[["A12", "A13"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("variants", "expected"),
    [
        ('[{"color": "Black"}, {"color": "red"}]', 0),  # "red" may be the matte one
        (
            '[{"color": "Black"}, {"color": "blue"}]',
            1,
        ),  # official, but of the other bag
        ('{"colour": ["black", "white"], "size": ["M"]}', 1),
        ('{"size": ["M", "XXL"]}', 1),
        ('{"size": ["M", "s"]}', 0),
        ('[{"color": "neon red black"}]', 0),
        ('[{"color": "neon blue"}]', 1),
    ],
)
def test_colours_and_sizes_that_are_not_made(variants, expected):
    assert a13(variants_json=variants) == (expected, "")


@pytest.mark.parametrize(
    "variants",
    ['[{"color": "noir"}]', '[{"name": "A", "price": 3}]', "{", "[]", "null", "3", '"x"',
     '{"size": ["42"]}', '{"color": {"a": "black"}}', "[" * 100_000, None],
)  # fmt: skip
def test_what_cannot_be_compared_is_missing(variants):
    value, reason = a13(variants_json=variants)
    assert np.isnan(value) and reason == "nothing_comparable"


def test_numbers_of_another_system_are_not_judged():
    rows = {
        "title": ["Korda Runner"] * 5,
        "size_values": ["36;37;42.5", "36;46", "9;10", "EU 42", "42;9"],
    }
    values, reasons = signals(rows)
    assert values["A13"].tolist()[:2] == [0, 1]
    assert reasons["A13"].iloc[2] == "nothing_comparable"
    assert values["A13"].tolist()[3:] == [0, 0]


def test_without_a_product_the_whole_brand_is_compared():
    rows = {
        "title": ["Zephyra bag", "Zephyra bag"],
        "variants_json": ['{"color": "blue"}', '{"color": "white"}'],
    }
    assert signals(rows)[0]["A13"].tolist() == [0, 1]


def test_a_gtin_tells_the_product():
    rows = {
        "title": ["Zephyra bag", "Korda bag"],
        "gtin": ["4006381333931", "4006381333931"],
        "variants_json": ['{"color": "blue"}', '{"color": "white"}'],
    }
    # The tote is not made in blue; to a Korda its code says nothing.
    assert signals(rows)[0]["A13"].tolist() == [1, 0]


def test_what_a13_is_missing_for():
    _, reasons = signals({"title": ["Zephyra bag"]})
    assert reasons["A13"].tolist() == ["column_absent: variants_json"]
    said = {"title": ["Zephyra", "bag", None], "size_values": ["M"] * 3}
    _, reasons = signals(said, CATALOGUE.drop(columns=["colourways", "size_range"]))
    assert set(reasons["A13"]) == {"column_absent: brand_catalogue.colourways"}
    _, reasons = signals(said, CATALOGUE[CATALOGUE["brand_id"] == "korda"])
    assert reasons["A13"].tolist() == [
        "brand_not_in_catalogue",
        "no_brand_claim",
        "value_missing: title",
    ]
