import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iprseg.brands.brand_list import BrandList
from iprseg.brands.mentions import find_brand_mentions
from iprseg.errors import TableError
from iprseg.signals import compute_signals

BRANDS = BrandList.from_frame(
    pd.DataFrame(
        {
            "name": [
                "Zephyra",
                "Korda & Vaine",
                "Pink",
                "Coach",
                "Adidas",
                "Aventra",
                "HP",
                "泽菲拉",
            ],
            "aliases": ["", "K&V", "", "", "", "เซฟีรา", "", ""],
            "lines": ["Quorvane", "", "Pinkerine", "", "", "Nuit Bleue", "", ""],
        }
    )
)


def mentions(title, **more):
    listing = pd.DataFrame(
        {"listing_id": ["x"], "title": [title], **{k: [v] for k, v in more.items()}}
    )
    return find_brand_mentions(listing, BRANDS)


def kinds(title, **more):
    found = mentions(title, **more)
    return list(zip(found["brand_id"], found["kind"], strict=True))


@pytest.mark.parametrize(
    ("title", "brand", "kind"),
    [
        ("Zephyra bag", "zephyra", "exact"),
        ("new ZEPHYRA's bag", "zephyra", "exact"),
        ("korda&vaine bag", "kordavaine", "exact"),
        ("#KordaVaine bag", "kordavaine", "exact"),
        ("KORDA  VAINE bag", "kordavaine", "exact"),
        ("Zéphyra bag", "zephyra", "exact"),
        ("Zephyra100ml", "zephyra", "exact"),
        ("NewZephyraBag", "zephyra", "exact"),
        ("กระเป๋าZephyraแท้", "zephyra", "exact"),
        ("น้ำหอมเซฟีราของแท้", "aventra", "exact"),
        ("新款泽菲拉手提包", "泽菲拉", "exact"),
        ("Zephyra正品", "zephyra", "exact"),
        ("quorvane 100 ml", "zephyra", "line"),
        ("nuit bleue 100 ml", "aventra", "line"),
        ("A-v-entra 100 ml", "aventra", "obfuscated"),
        ("Z*ephyra bag", "zephyra", "obfuscated"),
        ("Z e p h y r a bag", "zephyra", "obfuscated"),
        ("Ｚ e p h y r a bag", "zephyra", "obfuscated"),
        ("Ｚｅｐｈｙｒａ bag", "zephyra", "obfuscated"),
        ("Zерhуrа bag", "zephyra", "obfuscated"),
        ("Z3phyr4 bag", "zephyra", "obfuscated"),
        ("Adid@s shoes", "adidas", "obfuscated"),
        ("Ze\u200bphyra bag", "zephyra", "obfuscated"),
        ("Zeph🌹yra bag", "zephyra", "obfuscated"),
        ("A d i d a s shoes", "adidas", "obfuscated"),
        ("Ad*das shoes", "adidas", "obfuscated"),
        ("K*V bag", "kordavaine", "exact"),
        ("Adibas shoes", "adidas", "near_miss"),
        ("Zephyrra bag", "zephyra", "near_miss"),
        ("Zphyra bag", "zephyra", "near_miss"),
        ("Korde Vaine bag", "kordavaine", "near_miss"),
        ("Zep hyra bag", "zephyra", "obfuscated"),
        ("Zephy/ra bag", "zephyra", "obfuscated"),
        ("by Pink, new", "pink", "exact"),
        ("Coach bag new", "coach", "exact"),
    ],
)  # fmt: skip
def test_finds(title, brand, kind):
    assert kinds(title) == [(brand, kind)]


@pytest.mark.parametrize(
    "title",
    [
        "plain canvas bag",
        "Pink dress for girls",
        "pink and blue dress",
        "stage coach model",
        "php book",
        "zephyrable",
        "be an ad, id as needed",
        "100% cotton 50 ml 1:1",
        "",
        "***",
        "for d mustang",
    ],
)
def test_finds_nothing(title):
    assert kinds(title) == []


def test_a_cut_that_leaves_words_is_no_disguise():
    brands = BrandList.from_names(["Tableno"])
    listing = pd.DataFrame({"listing_id": [1], "title": ["a table no thing"]})
    assert find_brand_mentions(listing, brands).empty


def test_phrases_of_three_words_may_be_misspelled():
    brands = BrandList.from_names(["Korda Lumeo Vaine"])
    listing = pd.DataFrame({"listing_id": [1], "title": ["Korda Lumeu Vaine bag"]})
    assert find_brand_mentions(listing, brands)["kind"].tolist() == ["near_miss"]


def test_offsets_are_of_the_original_text():
    title = "ＮＥＷ ﬁne Ze\u200bphyra™ bag"
    found = mentions(title).iloc[0]
    assert title[found["start"] : found["end"]] == found["text"] == "Ze\u200bphyra"


def test_a_common_word_may_lean_on_a_neighbour_or_the_brand_field():
    assert ("pink", "exact") in kinds("lovely pink bag Pinkerine")
    assert kinds("lovely pink bag", brand_field="PINK") == [("pink", "exact")]


def test_own_field():
    assert mentions("Zephyra bag", brand_field="ZEPHYRA")["own_field"].tolist() == [
        True
    ]
    assert mentions("Zephyra bag", brand_field="Maison Zephyra")[
        "own_field"
    ].tolist() == [True]
    assert mentions("Zephyra bag", brand_field="as shown")["own_field"].tolist() == [
        False
    ]
    assert mentions("Zephyra bag", brand_field=None)["own_field"].tolist() == [False]


def test_all_text_fields_are_read():
    found = mentions(
        "bag", description="like Zephyra", ocr_text="COACH", tags="Adidas;bag"
    )
    assert set(found["field"]) == {"description", "ocr_text", "tags"}


def test_longest_name_wins():
    brands = BrandList.from_names(["Vaine", "Korda Vaine"])
    listing = pd.DataFrame({"listing_id": [1], "title": ["Korda Vaine bag"]})
    assert find_brand_mentions(listing, brands)["brand_id"].tolist() == ["kordavaine"]


def test_misspellings_in_the_learned_words_are_words():
    brands = BrandList(BRANDS.table, frozenset({"adibas"}))
    listing = pd.DataFrame({"listing_id": [1], "title": ["Adibas shoes"]})
    assert find_brand_mentions(listing, brands).empty


def test_missing_column():
    with pytest.raises(TableError, match="listings needs the column 'title'"):
        find_brand_mentions(pd.DataFrame({"listing_id": [1]}), BRANDS)


def test_repeated_id():
    twice = pd.DataFrame({"listing_id": ["a", "a"], "title": ["x", "y"]})
    with pytest.raises(TableError, match="has the listing_id 'a' more than once"):
        find_brand_mentions(twice, BRANDS)


def test_empty_list_and_empty_listings():
    none = BrandList.from_names([])
    listing = pd.DataFrame({"listing_id": [1], "title": ["Zephyra"]})
    assert find_brand_mentions(listing, none).empty
    assert find_brand_mentions(listing.head(0), BRANDS).empty


@settings(deadline=None)
@given(st.lists(st.text(st.characters(), max_size=40), min_size=1, max_size=5))
def test_any_text_is_read_and_rows_do_not_leak(titles):
    listings = pd.DataFrame(
        {"listing_id": range(len(titles)), "title": pd.Series(titles, dtype=object)}
    )
    together = find_brand_mentions(listings, BRANDS)
    for _, hit in together.iterrows():
        piece = titles[hit["listing_id"]][hit["start"] : hit["end"]]
        assert piece.encode("utf-8", "replace").decode() == hit["text"]


def test_half_a_character_is_read_as_a_question_mark():
    listings = pd.DataFrame(
        {
            "listing_id": [1],
            "title": pd.Series(["\ud800 Zephyra replica"], dtype=object),
        }
    )
    found = find_brand_mentions(listings, BRANDS)
    assert found[["start", "end"]].values.tolist() == [[2, 9]]
    assert compute_signals(listings, brands=BRANDS)[
        "A07_replica_lexicon_hit"
    ].tolist() == [1]


def test_a_very_long_title_is_one_row():
    listings = pd.DataFrame(
        {"listing_id": ["a", "b"], "title": ["*x" * 200_000 + " Zephyra", "Coach"]}
    )
    assert find_brand_mentions(listings, BRANDS)["listing_id"].tolist() == ["a", "b"]
