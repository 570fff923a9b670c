"""Market, language and script of listings and of their sellers."""

import pandas as pd
import pytest

from iprseg.errors import IprsegError
from iprseg.signals import signal_groups

LISTINGS = pd.DataFrame(
    {
        "listing_id": list("abcdef"),
        "seller_id": ["s1", "s1", "s1", "s2", "s2", None],
        "market": ["DE", "DE", "FR", "KZ", None, "TH"],
        "title": ["Bag", "Сумка", "Сумка Nike", "Сумка", "!!", "กระเป๋า iPhone Pro Max"],
    }
)


def test_of_listings():
    groups = signal_groups(LISTINGS)
    assert groups.index.tolist() == list("abcdef")
    assert groups["script"].tolist()[:5] == [
        "Latin",
        "Cyrillic",
        "Cyrillic",
        "Cyrillic",
        None,
    ]
    assert list(groups) == ["market", "script"]  # no language is known


def test_a_seller_has_what_most_of_his_listings_have():
    groups = signal_groups(LISTINGS, "seller")
    assert groups.to_dict("index") == {
        "s1": {"market": "DE", "script": "Cyrillic"},
        "s2": {"market": "KZ", "script": "Cyrillic"},
    }


def test_a_quarter_of_the_letters_outweighs_a_brand_in_latin():
    titles = [
        "Сумка Louis Vuitton",
        "Louis Vuitton genuine leather, сум",
        "シャネルの革バッグ Chanel",
        "皮包",
        "",
        "ᚠᚢ",
    ]
    frame = pd.DataFrame({"listing_id": range(6), "title": titles})
    assert signal_groups(frame)["script"].tolist() == [
        "Cyrillic",
        "Latin",
        "Japanese",
        "Han",
        None,
        "another script",
    ]


def test_tables_without_sellers_or_rows():
    assert signal_groups(LISTINGS.drop(columns="seller_id"), "seller").empty
    assert signal_groups(LISTINGS.iloc[:0]).empty


def test_a_level_without_groups_is_refused():
    with pytest.raises(IprsegError, match="'level' parameter of signal_groups"):
        signal_groups(LISTINGS, "creator")
