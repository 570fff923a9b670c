"""Ordinary words that are also brands, and ordinary uses of a copyist's words."""

import pandas as pd
import pytest

from iprseg.brands.brand_list import BrandList
from iprseg.brands.mentions import find_brand_mentions
from tests.iprseg.signals.helpers import one

BRANDS = BrandList.from_frame(
    pd.DataFrame(
        {
            "name": ["Apple", "Pink", "Nike", "Duracell"],
            "lines": ["iPhone;MacBook", "", "Air Jordan", ""],
        }
    )
)


def brands_in(title, **more):
    row = {"listing_id": ["x"], "title": [title], **{k: [v] for k, v in more.items()}}
    found = find_brand_mentions(pd.DataFrame(row), BRANDS)
    return dict(zip(found["brand_id"], found["referential"], strict=True))


@pytest.mark.parametrize(
    "title",
    [
        "Fresh apple juice 1 l", "Apple pie dish", "Organic Apple Cider Vinegar",
        "Red apple plush toy", "apple", "Apples 1 kg", "Apple green dress",
        "Pink dress for girls", "hot pink shoes", "PINK tulle skirt", "pink",
    ],
)  # fmt: skip
def test_an_ordinary_word_is_no_brand(title):
    assert brands_in(title) == {}


@pytest.mark.parametrize(
    ("title", "brand"),
    [
        ("Apple iPhone 13 128 GB", "apple"),
        ("Laptop by Apple", "apple"),
        ("Apple iphone 13", "apple"),
        ("perfume by Pink", "pink"),
    ],
)
def test_with_a_context_the_same_word_is_one(title, brand):
    assert brands_in(title) == {brand: False}


def test_the_brand_field_is_a_context():
    assert brands_in("apple watch strap", brand_field="Apple") == {"apple": False}


@pytest.mark.parametrize(
    "title",
    ["case for iPhone", "Case for iPhone 13", "Cover compatible with iPhone 15"],
)
def test_a_case_for_a_phone_refers_to_it(title):
    assert brands_in(title) == {"apple": True}
    assert one("A01", title, brands=BRANDS, brand_field="Korda") == 0
    assert one("A06", title, brands=BRANDS) == 1


@pytest.mark.parametrize(
    ("title", "replica", "grade"),
    [
        ("Nike replica jersey 2014", 0, 0),
        ("replica jersey Nike", 0, 0),
        ("scale replica Nike", 0, 0),
        ("Nike shoes replica", 1, 0),
        ("Duracell AAA battery 8 pack", 0, 0),
        ("8 x AAA batteries Duracell", 0, 0),
        ("Duracell AAA alkaline", 0, 0),
        ("Nike AAA", 0.6, 1),
        ("🪞 bathroom mirror Nike", 0, 0),
        ("Nike shoes 🪞", 0.5, 0),
        ("Nike shoes 1️⃣:1️⃣", 0.7, 0),
    ],
)
def test_words_of_copyists_in_their_harmless_sense(title, replica, grade):
    assert one("A07", title, brands=BRANDS) == pytest.approx(replica)
    assert one("A08", title, brands=BRANDS) == grade
