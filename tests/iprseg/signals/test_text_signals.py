import pandas as pd
import pytest

from iprseg.brands.brand_list import BrandList
from iprseg.brands.learn import learn_brands
from tests.iprseg.signals.helpers import compute, one


@pytest.mark.parametrize(
    ("signal", "title", "columns", "expected"),
    [
        ("A01", "Zephyra bag", {"brand_field": "Korda"}, 1),
        ("A01", "Zephyra bag", {"brand_field": "zephyra"}, 0),
        ("A01", "Zephyra bag", {"brand_field": None}, 1),
        ("A01", "Case for Zephyra", {"brand_field": "Korda"}, 0),
        ("A02", "Zephyra bag", {"brand_field": "Sem marca"}, 1),
        ("A02", "Zephyra bag", {"brand_field": "Korda"}, 0),
        ("A02", "canvas bag", {"brand_field": None}, 0),
        ("A03", "Zephyra Korda bag", {}, 1),
        ("A03", "Zephyra bag Zephyra", {}, 0),
        ("A03", "canvas bag", {}, 0),
        ("A04", "Z3phyra bag", {}, 1),
        ("A04", "Zephyra bag", {}, 0),
        ("A05", "canvas bag", {}, 0),
        ("A06", "Case for Zephyra", {}, 1),
        ("A06", "Zephyra ink for Zephyra printers", {}, 0),
        ("A07", "Zephyra bag replica dupe", {}, 1.8),
        ("A07", "bag 1:1", {}, 0),
        ("A07", "Zephyra bag 1:1", {}, 0.7),
        ("A07", "tas kw", {"lang": "id-ID"}, 0.7),
        ("A07", "pump 2 kw", {"lang": "en"}, 0),
        ("A07", "motor Zephyra 2 kw", {"lang": "en"}, 0),
        ("A07", "perfume tipo Zephyra", {"lang": "es"}, 0.1),
        ("A07", "perfume tipo Zephyra", {"lang": "pt-BR"}, 0),
        ("A07", "perfume tipo Zephyra", {}, 0),
        ("A07", "Zephyra perfume, tipo de aroma floral", {"lang": "es"}, 0),
        ("A07", "Zephyra perfume tipo: floral", {"lang": "es", "brand_field": "Zephyra"}, 0),
        ("A07", "perfume tipo Zephyraxo Zephyra", {"lang": "es"}, 0),
        ("A07", "bolsa similar ao Zephyra", {"lang": "pt"}, 0.2),
        ("A07", "Zephyra風バッグ", {"lang": "ja"}, 0.1),
        ("A07", "Zephyra 扇風 バッグ", {"lang": "ja"}, 0),
        ("A07", "imitation pearl necklace Zephyra", {"lang": "en"}, 0),
        ("A07", "tusz zamiennik Zephyra", {"lang": "pl"}, 0),
        ("A08", "bag master copy", {}, 1),
        ("A08", "çanta Zephyra A kalite", {"lang": "tr"}, 1),
        ("A08", "Zephyra çanta, A kalite deri", {"lang": "tr"}, 0),
        ("A08", "aaa quality incense", {"lang": "en"}, 0),
        ("A08", "bag replica", {}, 0),
        ("A09", "Inspired by Zephyra", {}, 1),
        ("A09", "Inspired by nature", {}, 0),
        ("A09", "Zephyra inspired bag", {"lang": "en"}, 1),
        ("A09", "Zephyra watch, vintage inspired", {"lang": "en"}, 0),
        ("A09", "Zephyra cream for all type of skin", {"lang": "en"}, 0),
        ("A10", "100% authentic genuine Zephyra", {}, 1),
        ("A10", "100% authentic genuine Zephyra", {"authorisation_id": "A-1"}, 0),
        ("A10", "genuine leather", {}, 0),
        ("A10", "original ink, 100% original", {}, 0),
        ("A14", "ab★★", {}, 0.5),
        ("A14", "ab€®", {}, 0),
        ("A15", "Zерhyra bag", {}, 1),
        ("A15", "сумка bag", {}, 0),
        ("B05", "x", {"price": 25.0, "list_price": 100.0}, 0.75),
    ],
)  # fmt: skip
def test_formulas(signal, title, columns, expected):
    assert one(signal, title, **columns) == pytest.approx(expected)


def test_near_miss_is_the_jaro_winkler_similarity():
    from rapidfuzz.distance import JaroWinkler

    assert one("A05", "Zephyrra bag") == pytest.approx(
        JaroWinkler.similarity("zephyrra", "zephyra")
    )


def test_without_any_brand():
    _, reasons = compute({"title": ["x"]}, brands=BrandList.from_names([]))
    assert (reasons[["A01", "A03", "A04", "A05", "A06", "A09"]] == "no_brand_list").all(
        axis=None
    )


def test_a_shops_own_label_is_no_mismatch():
    listings = {
        "title": [f"Ossobel bag {i}" for i in range(4)] + ["Ossobel bag"],
        "brand_field": ["Ossobel"] * 3 + [None, None],
        "seller_id": ["own"] * 4 + ["other"],
    }
    values, _ = compute(listings, brands=None)
    assert values["A02"].tolist() == [0, 0, 0, 0, 1]


def test_with_a_register_only_its_brands_are_protected():
    listings = {
        "title": [f"Ossobel bag {i}" for i in range(4)] + ["Zephyra bag"],
        "brand_field": ["Ossobel"] * 3 + [None, None],
        "seller_id": ["a", "b", "c", "d", "e"],
        "listing_id": ["1", "2", "3", "4", "5"],
    }
    both, _ = compute(listings, brands=None)
    assert both["A01"].tolist() == [0, 0, 0, 1, 0]  # Zephyra is not known to be a brand
    register = pd.DataFrame({"brand_id": ["z"], "name": ["Zephyra"]})
    brands = learn_brands({"listings": pd.DataFrame(listings), "brands": register})
    values, _ = compute(listings, brands=brands)
    assert values["A01"].tolist() == values["A02"].tolist() == [0, 0, 0, 0, 1]
