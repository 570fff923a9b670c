import numpy as np
import pandas as pd
import pytest

from iprseg.signals.catalogue_fit.brand_rights import find_nice_classes
from iprseg.signals.catalogue_fit.declarations import find_claimed_origins
from tests.iprseg.signals.helpers import compute
from tests.iprseg.signals.one_signal import REGISTER, T, of_listings, of_sellers

# D01


def shop(seller, title, category, times):
    return pd.DataFrame(
        {"seller_id": seller, "title": title, "category_path": category},
        index=range(times),
    )


def test_a_title_is_judged_by_what_others_list_in_the_category():
    rows = pd.concat(
        [
            shop("a", "leather shoulder bag", "Bags", 10),
            shop("b", "leather shoulder bag", "Bags", 10),
            shop("c", "desk lamp bulb", "Lamps", 10),
            shop("d", "desk lamp bulb", "Lamps", 10),
            shop("e", "leather shoulder bag", "Lamps", 1),
            shop("f", "odd", "Rare", 7),
            shop("g", "odd", "Rare", 1),
            shop("h", " ", "Bags", 1),
            shop("i", "desk lamp", None, 1),
        ]
    )
    value, why = of_listings("D01", rows.to_dict("list"))
    seller = rows["seller_id"].to_numpy()
    # three words count as the square root of three
    assert (value[np.isin(seller, list("abcd"))] < 0.05).all()
    assert (value[seller == "e"] > 0.99).all()
    # the seven of f are too few to tell, and the one of g is too few for f
    assert (why[np.isin(seller, ["f", "g"])] == "thin_group").all()
    assert why[seller == "h"].tolist() == ["value_missing: title"]
    assert why[seller == "i"].tolist() == ["value_missing: category_path"]


def test_own_titles_do_not_vouch_for_themselves():
    rows = pd.concat(
        [
            shop("liar", "leather shoulder bag", "Lamps", 50),
            shop("a", "leather shoulder bag", "Bags", 10),
            shop("b", "leather shoulder bag", "Bags", 10),
            shop("c", "desk lamp bulb", "Lamps", 10),
            shop("d", "desk lamp bulb", "Lamps", 10),
        ]
    )
    value, _ = of_listings("D01", rows.to_dict("list"))
    assert (value[:50] > 0.99).all()


def test_one_category_tells_nothing():
    value, why = of_listings("D01", shop("a", "bag", "Bags", 20).to_dict("list"))
    assert value.isna().all() and (why == "one_category").all()


# D02


@pytest.mark.parametrize(
    ("path", "classes"),
    [
        ("Fashion > Clothing > Dresses", [25]),
        ("Electronics > Phones > Cases", [9]),
        ("Phone Cases", [9]),
        ("Bags & Luggage", [18]),
        ("Watches", [14]),
        ("Batteries", [9]),
        ("Ink Cartridges", [2]),
        ("Zapatos", [25]),
        ("Clothing, Shoes & Jewelry", [14, 25]),
        ("Sundries", []),
        ("", []),
        (None, []),
    ],
)
def test_nice_classes_of_categories(path, classes):
    assert [sorted(one) for one in find_nice_classes([path])] == [classes]


def test_marks_outside_the_class_of_the_goods():
    rows = {
        "title": ["Zephyra"] * 3 + ["Korda", "bag", "Zephyra"],
        "category_path": ["Bags", "Shoes", "Sundries", "Bags", "Bags", "Toys"],
        "created_at": ["2024-06-01"] * 6,
    }
    marks = pd.DataFrame(
        {
            "brand_id": ["B1", "B1", "B1", None],
            "nice_classes": ["18;25", "3", "28", "18"],
            "valid_to": [None, None, "2024-01-01", None],
        }
    )
    value, why = of_listings("D02", rows, marks=marks, brands=REGISTER)
    # the mark for toys (28) has run out
    np.testing.assert_equal(value.tolist(), [0, 0, np.nan, np.nan, np.nan, 1])
    assert why.tolist() == ["", "", "category_unknown", "no_mark", "no_brand", ""]


# D07


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("Made in Italy", ["IT"]),
        ("MADE-IN the U.S.A.!", ["US"]),
        ("ＭＡＤＥ ＩＮ ＣＨＩＮＡ", ["CN"]),
        ("日本製", ["JP"]),
        ("中国发货", ["CN"]),
        ("Fabriqué en France. Expédié de Chine", ["CN", "FR"]),
        ("Сделано в Китае", ["CN"]),
        ("US stock", ["US"]),
        ("ships from us directly", []),
        ("not made in China", []),
        ("homemade in Italy", []),
        ("made in Chinatown", []),
        ("Italy style, as made in", []),
        ("", []),
    ],
)
def test_claims_of_origin(text, places):
    assert sorted(find_claimed_origins(text)) == places


def test_claims_that_the_place_of_dispatch_does_not_meet():
    rows = {
        "title": ["Made in Italy"] * 4 + ["EU warehouse"] * 2 + ["bag", None],
        "description": [None, "", "ships from China", None, None, None, None, None],
        "ship_from_country": ["CN", "it", "CN", "Atlantis", "PL", "CN", "CN", None],
    }
    value, why = of_listings("D07", rows)
    np.testing.assert_equal(value.tolist(), [1, 0, 0, np.nan, 0, 1, 0, np.nan])
    assert why.iloc[3] == "unknown_place"
    assert why.iloc[7] == "value_missing: ship_from_country"


def test_a_text_full_of_claims_is_read_in_time():
    assert find_claimed_origins("made in " * 50_000 + "italy") == frozenset()


# D08 and D09


def test_small_parcels():
    rows = {
        "listing_id": ["s", "o", "n", "bad"],
        "title": ["x"] * 4,
        "seller_id": ["s", "o", "n", "bad"],
        "market": ["DE"] * 4,
        "category_path": ["Bags"] * 4,
        "created_at": ["2023-01-01"] * 4,
    }
    orders = pd.DataFrame(
        [
            ("s", "2024-06-01", 3, 6),
            ("s", "2024-06-02", 1, 3),
            ("s", "2024-03-01", 50, 500),  # 122 days before
            ("s", T, 50, 500),  # not yet known
            ("o", "2024-06-01", 4, 40),
            ("o", "2024-06-02", 4, 4),
            ("bad", "2024-06-02", 0, 5),
            ("bad", "2024-06-03", 5, None),
        ],
        columns=["listing_id", "date", "orders", "units"],
    )
    value, why = of_sellers(rows, "D08", orders_daily=orders)
    # 3 of s's 4 orders; half of o's 8: p0 of the one is the share of the other
    np.testing.assert_allclose(value["s"], (3 + 10 * 0.5) / 14)
    np.testing.assert_allclose(value["o"], (4 + 10 * 0.75) / 18)
    assert (why[["n", "bad"]] == "no_orders").all()
    value, why = of_sellers(rows, "D08", orders_daily=orders[:4])
    assert np.isnan(value["s"]) and why["s"] == "no_other_seller"


def test_sellers_of_one_address():
    crowd = [f"c{i:02}" for i in range(21)]
    names = ["a", "b", "c", "d", "none", *crowd]
    identity = pd.DataFrame(
        {
            "seller_id": names,
            "warehouse_pid": ["w", "w", "alone", "w2", None, *["house"] * 21],
            "return_addr_pid": ["r", "q", "r", "w", " ", *[None] * 20, "r"],
        }
    )
    opened = pd.DataFrame({"seller_id": names, "created_at": "2024-01-01"})
    rows = {"title": ["x"], "created_at": ["2024-02-01"], "seller_id": ["a"]}
    value, why = of_sellers(rows, "D09", seller_identity=identity, sellers=opened)
    # a: b by the warehouse, c and c20 by the returns; "w" of a return is another thing
    assert value[["a", "b", "c", "d", "c20"]].tolist() == [3, 1, 2, 0, 2]
    assert why["none"] == "no_address" and why["c00"] == "fulfilment_house"


def test_absent_tables_are_reasons():
    values, reasons = compute({"title": ["x"], "seller_id": ["s"]})
    expected = {
        "D01": "column_absent: category_path",
        "D02": "column_absent: category_path",
        "D03": "table_absent: authorisations",
        "D04": "table_absent: notices",
        "D05": "column_absent: listings.market",
        "D06": "column_absent: listings.market",
        "D07": "column_absent: ship_from_country",
    }
    assert {k: reasons[k].iloc[0] for k in expected} == expected
    assert values[list(expected)].isna().all(axis=None)
