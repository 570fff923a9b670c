"""Titles that sell several pieces have no price of one."""

import pandas as pd
import pytest

from iprseg.signals.price.comparisons import sells_several
from tests.iprseg.signals.helpers import compute


@pytest.mark.parametrize(
    "title",
    [
        "Kit Cartuchos Zephyra 66",
        "2x Zephyra 66",
        "Zephyra 66, 3 unidades",
        "pack of 6 Zephyra 66",
        "Zephyra 66 Set 3",
        "Zephyra 66 schwarz + Zephyra 66 bunt",
        "Zephyra 66 インク 3本セット",
        "Zephyra 66 墨盒2个装",
        "Zephyra 66 набор",
    ],
)
def test_several(title):
    assert sells_several(title, "Zephyra 66")


@pytest.mark.parametrize(
    "title",
    [
        "Zephyra 66",
        "Zephyra 66 cloth 50 x 70 cm",
        "Zephyra 66 10x zoom",
        "Zephyra 66 8GB + 256GB",
        "Zephyra kitchen 66",
        "Zephyra 66 4x4",
        "Zephyra 66 100 ml",
    ],
)
def test_one(title):
    assert not sells_several(title, "Zephyra 66")


def test_a_set_that_the_maker_sells_as_one_is_one():
    assert not sells_several("Zephyra repair kit", "Zephyra Repair Kit")


def test_no_ratio_of_a_pack_to_the_price_of_one():
    catalogue = pd.DataFrame(
        {"brand_id": ["zephyra"], "model_name": ["Quorvane"], "msrp": [100.0]}
    )
    listings = {
        "title": ["Zephyra Quorvane", "Kit 2 Zephyra Quorvane"],
        "price": [50.0, 180.0],
    }
    values, reasons = compute(listings, brand_catalogue=catalogue)
    assert values["B01"].iloc[0] == 0.5
    assert reasons["B01"].tolist() == ["", "sells_several"]
