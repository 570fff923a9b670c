import numpy as np
import pandas as pd

from iprseg.brands.brand_list import BrandList
from tests.iprseg.signals.helpers import BRANDS, compute
from tests.iprseg.signals.one_signal import T, days, of_sellers


def test_days_to_the_first_gated_brand():
    listings = pd.concat(
        [
            days("a", "2024-06-03", "2024-06-11", "2024-08-01"),
            days("b", "2024-06-02"),
            days("c", "2019-12-31"),
            days("d", "2024-06-02"),
            days("e", "2024-08-02"),
        ]
    ).assign(title=["bag", *["Zephyra bag"] * 2, "bag", *["Zephyra bag"] * 3])
    opened = pd.DataFrame(
        {
            "seller_id": list("abce"),
            "created_at": ["2024-06-01"] * 2 + ["2020-01-01"] * 2,
        }
    )
    value, why = of_sellers(listings, "E03", sellers=opened)
    # a: June 1 to June 11; the one of e is made after the time asked for
    assert value["a"] == 10 and value.drop("a").isna().all()
    assert why.to_dict() == {
        "a": "",
        "b": "no_gated_brand",
        "c": "listed_before_account",
        "d": "value_missing: created_at",
        "e": "no_gated_brand",
    }


def test_learned_brands_are_gated_only_where_there_are_no_others():
    learned = BrandList.from_frame(pd.DataFrame({"name": ["Murrow"]}), source="learned")
    both = BrandList(pd.concat([BRANDS.table, learned.table], ignore_index=True))
    listings = {
        "seller_id": ["a"],
        "title": ["bag"],
        "brand_field": ["Murrow"],
        "created_at": ["2024-06-02"],
    }
    opened = pd.DataFrame({"seller_id": ["a"], "created_at": ["2024-06-01"]})
    value, why = of_sellers(listings, "E03", sellers=opened, brands=both)
    assert np.isnan(value["a"]) and why["a"] == "no_gated_brand"
    value, _ = of_sellers(listings, "E03", sellers=opened, brands=learned)
    assert value["a"] == 1


def test_breadth_counts_gated_brands_without_leave():
    listings = {
        "seller_id": list("aaabbc"),
        "title": ["Zephyra bag", "Zephyra belt", "Korda bag", "Zephyra", "bag", "bag"],
        "created_at": ["2024-06-01"] * 5 + ["2024-06-30"],
    }
    leave = pd.DataFrame(
        {
            "authorisation_id": ["x"],
            "seller_id": ["a"],
            "brand_id": ["B1"],
            "verified": [True],
        }
    )
    register = pd.DataFrame({"brand_id": ["B1", "B2"], "name": ["Zephyra", "Korda"]})
    tables = {"authorisations": leave, "brands": register}
    value, _ = of_sellers(listings, "E05", as_of=None, **tables)
    # a may sell Zephyra, so Korda alone counts, once however often it is listed
    assert value.to_dict() == {"a": 1, "b": 1, "c": 0}
    tables["authorisations"] = leave.assign(verified=None)
    value, why = of_sellers(listings, "E05", as_of=None, **tables)
    assert np.isnan(value["a"]) and why["a"] == "value_missing: verified"
    assert value["b"] == 1
    value, why = of_sellers(listings, "E05")
    assert value.isna().all() and why["a"] == "table_absent: authorisations"


def test_edits_in_the_first_two_days():
    listings = {"listing_id": ["e", "quiet", "never"], "title": ["bag"] * 3}
    listings |= {
        "created_at": ["2024-06-01"] * 3,
        "first_live_at": ["2024-06-01", "2024-06-01", None],
        "seller_id": ["s", "s", "t"],
    }
    versions = pd.DataFrame(
        {
            "listing_id": "e",
            "version": [1, 2, 3, 4],
            "valid_from": [
                "2024-06-01", "2024-06-01 05:00", "2024-06-02", "2024-06-03 01:00",
            ],
            "title": ["abcd", "abce", "abce", "handbag"],
            "price": [10.0, 8, 8, 1],
            "image_ids": [None, None, "j", "k"],
        }
    )  # fmt: skip
    full, why = sellers_of_edits(listings, versions, T)
    # title and price, then the image; the last one is 49 hours after approval
    assert full.loc["s"].tolist() == [1.5, 0.125] and full.loc["t"].isna().all()
    assert (why.loc["t"] == "value_missing: first_live_at").all()
    # one letter of four; seen before the third version
    early, _ = sellers_of_edits(listings, versions, "2024-06-01 06:00")
    assert early.loc["s"].tolist() == [1.0, 0.125]
    # a first version is no edit, even one that was written down an hour later
    first = versions[:1].assign(valid_from="2024-06-01 01:00")
    again, _ = sellers_of_edits(listings, first, T)
    assert again.loc["s"].tolist() == [0, 0]


def test_without_a_time_asked_for_edits_are_known_to_the_last():
    listings = {"listing_id": ["e"], "title": ["x"], "seller_id": ["s"]}
    listings |= {key: ["2024-01-01"] for key in ("created_at", "first_live_at")}
    versions = pd.DataFrame({"listing_id": "e", "version": [1, 2], "price": [2.0, 1.0]})
    versions = versions.assign(
        valid_from=["2024-01-01", "2024-01-02"], title="x", image_ids="j"
    )
    values, _ = sellers_of_edits(listings, versions, None)
    assert values.loc["s"].tolist() == [1, 0]


def sellers_of_edits(listings, versions, as_of):
    values, reasons = compute(
        listings, level="seller", as_of=as_of, listing_versions=versions
    )
    names = [f"E10_edit_after_approval{x}_mean" for x in ("", "_title_change")]
    return values[names], reasons[names]
