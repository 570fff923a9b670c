import pandas as pd
import pytest

from iprseg.brands.brand_list import BrandList
from iprseg.brands.mentions import find_brand_mentions

BRANDS = BrandList.from_names(["Zephyra", "Korda", "Lumeo"])


def referential(title, **more):
    row = {"listing_id": ["x"], "title": [title], **{k: [v] for k, v in more.items()}}
    return find_brand_mentions(pd.DataFrame(row), BRANDS)["referential"].tolist()


@pytest.mark.parametrize(
    "title",
    [
        "Leather case for Zephyra 13",
        "Charger compatible with Zephyra",
        "Ink replacement for the new 10.9 inch Zephyra printers",
        "Zephyra compatible ink cartridge",
        "Coque pour Zephyra 13",
        "Schutzhülle für Zephyra 13",
        "Funda compatible con Zephyra 13",
        "Capa para Zephyra 13",
        "Custodia per Zephyra 13",
        "Casing untuk Zephyra 13",
        "Ốp lưng cho Zephyra 13",
        "Etui do Zephyra 13",
        "Zephyra 13 için kılıf",
        "Чехол для Zephyra 13",
        "เคสสำหรับZephyra 13",
        "适用于Zephyra手机壳",
        "Zephyra 13用ケース",
        "Zephyra 13용 케이스",
        "غطاء متوافق مع Zephyra",
        "Magnetic sun curtains, set of four, for Zephyra City 2017",
        "Horn compatible with Aaa Bbb Ccc Ddd Eee Fff Ggg Zephyra",
        "Maker Zephyra City Plus Compatible Earpiece",
    ],
)
def test_what_a_thing_fits(title):
    assert referential(title) == [True]


@pytest.mark.parametrize(
    "title",
    [
        "Zephyra perfume for men",
        "perfume for men by Zephyra",
        "Parfum pour femme Zephyra",
        "Zephyra leather case",
        "Gift for mum. Zephyra bag strap",
        "Perfume para hombre Zephyra",
        "Shoes for Zephyra lovers",
        "Perfume for Zephyra",
        "Producto de Zephyra",
        "Zephyra kit (compatible with V8)",
    ],
)
def test_a_claim_is_no_reference(title):
    assert referential(title) == [False]


def test_a_list_of_brands_is_reached():
    assert referential("Case for Zephyra 13, Korda X2 & Lumeo") == [True, True, True]


def test_own_goods_for_own_goods():
    assert referential("Korda cartridge for Korda printers") == [False, True]


def test_a_later_reference_explains_an_earlier_mention():
    title = "Zephyra City cover for Zephyra City"
    assert referential(f"Maker {title}") == [True, True]
    assert referential(f"New {title}") == [False, True]


def test_category_may_name_the_accessory():
    assert referential("for Zephyra 13", category_path="Phones > Cases") == [True]
    assert referential("for Zephyra 13", category_path="Perfume") == [False]


def test_the_title_speaks_for_the_description():
    found = find_brand_mentions(
        pd.DataFrame(
            {
                "listing_id": [1],
                "title": ["Case for Zephyra"],
                "description": ["Zephyra 13 fans, rejoice"],
            }
        ),
        BRANDS,
    )
    assert found["referential"].all() and len(found) == 2


def test_unguarded():
    listing = pd.DataFrame({"listing_id": [1], "title": ["Case for Zephyra"]})
    found = find_brand_mentions(listing, BRANDS, guard_referential=False)
    assert found["referential"].tolist() == [False]
