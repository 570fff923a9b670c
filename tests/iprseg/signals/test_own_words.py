"""A spelling that many write, and more than the brand itself, is no slip of it."""

import pandas as pd
import pytest

from iprseg.brands.brand_list import BrandList
from iprseg.brands.mentions import find_brand_mentions

BRANDS = BrandList.from_names(["Zephyra", "Bravonil"])


def kinds(titles, sellers=None):
    listings = pd.DataFrame({"listing_id": range(len(titles)), "title": titles})
    if sellers is not None:
        listings["seller_id"] = sellers
    found = find_brand_mentions(listings, BRANDS)
    return found["kind"].tolist()


def test_a_slip_of_few_is_a_slip():
    assert kinds([f"Zephira bag {i}" for i in range(4)]) == ["near_miss"] * 4


def test_what_many_write_and_more_than_the_brand_is_a_word_of_its_own():
    assert kinds([f"Zephira bag {i}" for i in range(5)]) == []
    # the same title again is the same writer's
    assert kinds(["Zephira bag"] * 5) == ["near_miss"] * 5


def test_a_slip_of_a_brand_that_is_sold_more_is_a_slip():
    titles = [f"Zephira bag {i}" for i in range(5)]
    plain = [f"Zephyra bag {i}" for i in range(5)]
    assert kinds(titles + plain).count("near_miss") == 5


def test_one_seller_cannot_make_a_word_of_a_disguise():
    titles = [f"Zephira bag {i}" for i in range(50)]
    assert kinds(titles, ["s1"] * 50) == ["near_miss"] * 50
    assert kinds(titles[:5], [f"s{i}" for i in range(5)]) == []


@pytest.mark.parametrize("spelling", ["Z3phyra", "Z-e-phyra", "Zeрhyra"])
def test_signs_and_figures_are_a_disguise_however_many_write_them(spelling):
    assert kinds([f"{spelling} bag {i}" for i in range(9)]) == ["obfuscated"] * 9


def test_a_word_with_an_ending_is_a_word():
    # "polisher" is nearly "polishop", and in no list of words
    brands = BrandList.from_names(["Polishop"])
    listings = pd.DataFrame({"listing_id": [1], "title": ["Car polisher"]})
    assert find_brand_mentions(listings, brands).empty


@pytest.mark.parametrize(
    "title", ["Korda V*ine bag", "bag by K*rda Vaine", "KORDA VA#NE", "Bra**nil 5"]
)
def test_a_sign_for_a_letter_is_a_mask_in_a_name_of_two_words_or_a_rare_one(title):
    brands = BrandList.from_frame(
        pd.DataFrame({"name": ["Korda Vaine", "Bravonil"], "weight": [1.0, 0.2]})
    )
    listings = pd.DataFrame({"listing_id": [1], "title": [title]})
    found = find_brand_mentions(listings, brands)
    assert found["kind"].tolist() == ["obfuscated"]


@pytest.mark.parametrize("title", ["5* hotel Vaine Street", "Korda *new* bag", "a*b"])
def test_a_sign_that_masks_nothing_is_no_disguise(title):
    brands = BrandList.from_names(["Korda Vaine"])
    listings = pd.DataFrame({"listing_id": [1], "title": [title]})
    assert find_brand_mentions(listings, brands).empty


@pytest.mark.parametrize(
    ("name", "title", "n"),
    [("Bravonilla", "Bravonila 5", 1), ("Bravoni", "Bravony 5", 0)],
)
def test_a_slip_of_a_rare_name_counts_where_the_name_is_long(name, title, n):
    brands = BrandList.from_frame(pd.DataFrame({"name": [name], "weight": [0.2]}))
    listings = pd.DataFrame({"listing_id": [1], "title": [title]})
    assert len(find_brand_mentions(listings, brands)) == n
