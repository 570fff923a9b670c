import pandas as pd
import pytest

from iprseg.brands.brand_list import (
    BrandList,
    is_common_name,
    is_placeholder,
    make_brand_key,
)
from iprseg.brands.learn import learn_brands
from iprseg.errors import TableError


def table(rows):
    """Rows of (title, brand_field, seller_id)."""
    frame = pd.DataFrame(rows, columns=["title", "brand_field", "seller_id"])
    return frame.assign(listing_id=range(len(frame)))


def shops(*brands, per=6, phrase="thing"):
    return [(f"{b} {phrase} {i}", b, f"s{i}") for b in brands for i in range(per)]


OTHERS = ("Brezzo", "Kordalux", "Lumeo", "Vantari", "Ossobel")


@pytest.mark.parametrize(
    "value",
    [
        "", " ", "-", "?", "0", "AS SHOW", "as  shown", "As Showed", "AS PICTURE SHOWN", "As Photos", "see photo",
        "Unbranded", "UNBRANDED/GENERIC", "Generic", "No Brand", "nobrand", "N/A", "Does not apply", "None", "OEM",
        "Multiple Brands", "Sem marca", "genérico", "GENERICO", "sin marca", "sans marque", "Markenlos", "senza marca",
        "bez marki", "markasız", "Нет бренда", "без бренда", "بدون ماركة", "无品牌", "無品牌", "ノーブランド品", "브랜드 없음",
        "ไม่มีแบรนด์", "tidak ada merek", "Không thương hiệu", "walang brand", "Cologne", "perfume",
    ],
)  # fmt: skip
def test_placeholders(value):
    assert is_placeholder(value)


@pytest.mark.parametrize(
    "value",
    ["Zephyra", "Asahi", "No. 9 Lane", "Seiko", "泽菲拉", "Generika Mode", "Nonesuch"],
)
def test_names(value):
    assert not is_placeholder(value)


def test_keys_join_spellings():
    assert (
        len(
            {
                make_brand_key(v)
                for v in (
                    "Korda & Vaine",
                    "KORDA&VAINE",
                    "Korda and Vaine",
                    "Kórda Vaine",
                )
            }
        )
        == 1
    )


def test_spellings_become_one_brand():
    rows = [
        ("Korda & Vaine bag", v, "s")
        for v in ("Korda&Vaine", "Korda & Vaine", "KORDA AND VAINE")
    ]
    brands = learn_brands(table(rows)).table
    assert len(brands) == 1
    assert (
        len(brands["aliases"].iloc[0]) == 1
    )  # "korda vaine" and "korda and vaine" fold apart


def test_trimmings_and_initials_join_a_brand():
    rows = shops("Yva Saint Lorne", per=9) + shops(
        "YSL", "Yva Saint Lorne Parfums", per=3
    )
    brands = learn_brands(table(rows)).table
    assert brands["name"].tolist() == ["Yva Saint Lorne"]
    assert {"YSL", "Yva Saint Lorne Parfums"} <= set(brands["aliases"].iloc[0])


def test_placeholders_and_unseen_fields_are_no_brands():
    rows = [
        ("Zephyra bag", "as shown", "s"),
        ("canvas bag", "Once", "s"),
        ("Lumeo bag", "Lumeo", "s"),
    ]
    assert learn_brands(table(rows)).table["name"].tolist() == ["Lumeo"]


def test_a_field_that_all_brands_say_is_no_brand():
    rows = [
        *shops(*OTHERS, "Zephyra", phrase="Eaubel"),
        ("Eaubel 1", "Eaubel", "s"),
        ("Eaubel 2", "Eaubel", "t"),
    ]
    assert "Eaubel" not in set(learn_brands(table(rows)).table["name"])


def test_lines_are_mined():
    rows = shops(*OTHERS) + shops("Zephyra", phrase="Quorvane Nuit")
    brands = learn_brands(table(rows)).table.set_index("name")
    assert "quorvane" in brands.loc["Zephyra", "lines"]
    assert brands.loc["Brezzo", "lines"] == []


def test_a_line_seen_twice():
    rows = [*shops(*OTHERS), ("Zephyra Quorvane", "Zephyra", "a")]
    rows.append(("Quorvane by Zephyra", "Zephyra", "b"))
    brands = learn_brands(table(rows)).table.set_index("name")
    assert brands.loc["Zephyra", "lines"] == ["quorvane"]


def test_a_plain_word_is_a_line_only_by_itself():
    alone = [(f"Zephyra Beautiful {i}", "Zephyra", f"s{i}") for i in range(9)]
    mixed = [(f"Korda Beautiful Vaine {i}", "Korda", f"s{i}") for i in range(9)]

    def lines(rows, name):
        brands = learn_brands(table(shops(*OTHERS, per=9) + rows)).table
        return brands.set_index("name").loc[name, "lines"]

    assert lines(alone, "Zephyra") == ["beautiful"]
    assert "beautiful" not in lines(mixed, "Korda")


def test_titles_of_another_brand_teach_no_lines():
    rows = shops(*OTHERS) + [
        (f"Lumeo Quorvane {i}", "Zephyra", f"s{i}") for i in range(4)
    ]
    brands = learn_brands(table(rows)).table
    assert not any("quorvane" in line for lines in brands["lines"] for line in lines)


def test_a_telling_part_of_a_name_is_a_line():
    rows = shops("Korda Vaine", "Brezzo House", "Lumeo Strelle", "Korda Ossobel")
    brands = learn_brands(table(rows)).table.set_index("name")
    assert brands.loc["Lumeo Strelle", "lines"] == ["lumeo", "strelle"]
    assert brands.loc["Korda Vaine", "lines"] == ["vaine"]
    assert "house" not in brands.loc["Brezzo House", "lines"]


def test_what_two_brands_say_is_no_line():
    rows = shops(*OTHERS[1:]) + shops("Zephyra", "Brezzo", phrase="Quorvane")
    assert all(lines == [] for lines in learn_brands(table(rows)).table["lines"])


def test_one_sellers_phrase_is_no_line():
    rows = shops(*OTHERS) + [
        (f"Zephyra Quorvane {i}", "Zephyra", "one") for i in range(6)
    ]
    assert (
        learn_brands(table(rows)).table.set_index("name").loc["Zephyra", "lines"] == []
    )


def test_shop_words_are_no_line():
    rows = shops(*OTHERS) + shops(
        "Zephyra", phrase="tester black spray 50 ml for women"
    )
    assert (
        learn_brands(table(rows)).table.set_index("name").loc["Zephyra", "lines"] == []
    )


def test_a_common_word_is_guarded_unless_titles_vouch_for_it():
    vouched = learn_brands(
        table(shops(*OTHERS, per=4) + shops("Coach", per=12))
    ).table.set_index("name")
    assert not vouched.loc["Coach", "common_word"]
    doubtful = [(f"Lumeo pink thing {i}", "Lumeo", f"s{i}") for i in range(6)]
    rows = doubtful + shops("Pink", "Brezzo", per=3)
    assert learn_brands(table(rows)).table.set_index("name").loc["Pink", "common_word"]


def test_a_dictionary_word_that_many_makers_write_is_guarded_in_ones_own_list():
    rows = shops(*OTHERS, phrase="camping lantern")
    own = BrandList.from_names(["Lantern", "Farfalle"])
    brands = learn_brands(table(rows), extra=own).table.set_index("name")
    assert own.table["common_word"].tolist() == [True, False]
    assert brands["common_word"].head(2).tolist() == [True, False]


def test_own_list_goes_first_and_is_added_to(tmp_path):
    path = tmp_path / "brands.csv"
    path.write_text("name,lines\nZEPHYRA,Solvane;Ardel\nFarfalle,\n", encoding="utf-8")
    brands = learn_brands(
        table(shops(*OTHERS) + shops("Zephyra", phrase="Quorvane")), extra=path
    ).table
    assert brands["name"].head(2).tolist() == ["ZEPHYRA", "Farfalle"]
    assert brands["lines"].iloc[0] == ["Solvane", "Ardel", "quorvane"]
    assert (brands["name"].str.casefold() == "zephyra").sum() == 1


def test_table_brands_is_used():
    tables = {
        "listings": table(shops("Lumeo")),
        "brands": pd.DataFrame({"brand_id": ["B1"], "name": ["Farfalle"]}),
    }
    assert learn_brands(tables).table["brand_id"].iloc[0] == "B1"


def test_without_brand_field_only_ones_own_list():
    listings = pd.DataFrame({"listing_id": [1], "title": ["Zephyra"]})
    assert len(learn_brands(listings)) == 0
    assert len(learn_brands(listings, extra=BrandList.from_names(["Zephyra"]))) == 1


def test_save_and_load(tmp_path):
    learned = learn_brands(table(shops(*OTHERS) + shops("Zephyra", phrase="Quorvane")))
    learned.save(tmp_path / "b.csv")
    again = BrandList.load(tmp_path / "b.csv")
    pd.testing.assert_frame_equal(again.table, learned.table)
    assert again.words == learned.words
    assert again.words


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pd.DataFrame({"brand": ["x"]}), "The brand list needs the column 'name'"),
        (pd.DataFrame({"name": ["x", " - "]}), "no usable name in row 1"),
    ],
)
def test_bad_lists(frame, message):
    with pytest.raises(TableError, match=message):
        BrandList.from_frame(frame)


def test_unreadable_list(tmp_path):
    with pytest.raises(TableError, match=r"'gone\.csv' cannot be read as CSV"):
        BrandList.load(tmp_path / "gone.csv")


def test_the_result_does_not_depend_on_row_order():
    rows = table(shops(*OTHERS) + shops("Zephyra", phrase="Quorvane"))
    shuffled = rows.sample(frac=1, random_state=1)
    one, two = (
        learn_brands(r).table.set_index("name").sort_index() for r in (rows, shuffled)
    )
    pd.testing.assert_frame_equal(one, two)


def test_a_text_in_the_brand_field_is_no_brand_and_takes_no_time():
    rows = shops(*OTHERS) + shops("Zephyra")
    known = learn_brands(table(rows)).table
    # as a name to be found in the same title this took minutes
    text = "Lantern " * 12_500
    learned = learn_brands(table([*rows, (text, text, "s9")])).table
    pd.testing.assert_frame_equal(
        learned.drop(columns="weight"), known.drop(columns="weight")
    )


@pytest.mark.parametrize("n", [1, 2])
def test_too_few_rows_to_learn_from_give_an_empty_list(n):
    rows = [("blue canvas bag", "Zephyra", "s1"), ("wool scarf", "Korda", "s2")][:n]
    assert len(learn_brands(table(rows))) == 0


@pytest.mark.parametrize(
    "name",
    ["Pink", "Plush", "Umbrella", "@home", "Live!", "Bench.", "Hööks", "Off-White"],
)
def test_names_that_are_words_need_a_context(name):
    # the last of them only in spelling: "hooks", "at home", an off-white sofa
    assert is_common_name(name)


@pytest.mark.parametrize("name", ["Zephyra", "Korda & Vaine", "Blue Zephyra", "泽菲拉"])
def test_names_that_are_no_words_need_none(name):
    assert not is_common_name(name)


def test_honest_titles_overrule_the_dictionary():
    # "Umbrella" is a word; in this market it is what one maker's titles say
    listings = table(shops("Umbrella", *OTHERS, per=12))
    given = BrandList.from_names(["Umbrella"])
    assert given.table["common_word"].tolist() == [True]
    learned = learn_brands(listings, extra=given).table.set_index("name")
    assert not learned.loc["Umbrella", "common_word"]


def test_a_brand_listed_twice_is_one_brand():
    brands = BrandList.from_names(["Pull & Bear", "Nova", "Pull&Bear"]).table
    assert brands["brand_id"].is_unique
    assert brands["name"].tolist() == ["Pull & Bear", "Nova"]
    assert brands.loc[0, "aliases"] == ["Pull&Bear"]
