"""C05 to C08, C12: what detectors say of images, and devices that are shared."""

import json

import numpy as np
import pandas as pd
import pytest

from tests.iprseg.signals.helpers import BRANDS, compute

ZEPHYRA = '[{"brand": "Zephyra", "score": 0.9}]'
UNREADABLE = [
    "",
    "{}",
    "null",
    "[",
    "[" * 50_000,
    "[1e999",
    '"text"',
    "7",
    "[" + "1," * 60_000 + "1]",
]


def images(listings, **columns):
    ids = [f"i{n}" for n in range(len(listings))]
    return pd.DataFrame({"image_id": ids, "listing_id": listings, **columns})


def with_logos(fields, texts, **more):
    shown = images([f"l{n}" for n in range(len(texts))], logo_detections_json=texts)
    return compute(
        {"title": ["bag"] * len(fields), "brand_field": fields}, images=shown, **more
    )


def test_a_logo_that_the_brand_field_does_not_name():
    fields = ["Zephyra", "ZEPHYRA", "Korda", None, "as shown", "Zephyra", None]
    own = BRANDS.table["brand_id"].tolist()[0]
    texts = [
        ZEPHYRA, ZEPHYRA, ZEPHYRA, ZEPHYRA, ZEPHYRA,
        json.dumps([{"brand_id": own}, {"brand": "Korda", "score": 0.5}]),
        json.dumps([{"brand": "Korda", "score": 0.49}]),
    ]  # fmt: skip
    values, _ = with_logos(fields, texts)
    assert values["C05"].tolist() == [0, 0, 1, 1, 1, 1, 0]


def test_a_brand_off_the_list_is_compared_as_it_is_written():
    text = json.dumps([{"brand": "Élan & Co"}])
    values, _ = with_logos(["elan co", "Zephyra"], [text, text])
    assert values["C05"].tolist() == [0, 1]


@pytest.mark.parametrize("text", UNREADABLE)
def test_detections_that_cannot_be_read_are_missing(text):
    shown = images(["l0"], logo_detections_json=[text], blur_regions=[text])
    values, reasons = compute({"title": ["x"], "brand_field": ["y"]}, images=shown)
    assert values[["C05", "C06"]].isna().all(axis=None)
    assert reasons["C05"].tolist() == ["no_logo_detections"]
    assert reasons["C06"].tolist() == ["no_blur_regions"]


def test_odd_entries_of_a_list_are_left_out():
    odd = [None, 1, "x", [], [1, 2], {"brand": None}, {"brand": " "}, {"brand": ["x"]},
           {"box": [0, 0, -1, 1]}, {"box": "0,0,1,1"}, {"brand": "Korda", "score": -1}]  # fmt: skip
    values, _ = with_logos([None], [json.dumps(odd)])
    assert values["C05"].tolist() == [0]


def test_images_and_columns_that_are_not_there():
    listing = {"title": ["x", "y", "z"], "brand_field": ["a", "b", "c"]}
    _, reasons = compute(listing)
    for signal in ("C05", "C06", "C07", "C08"):
        assert set(reasons[signal]) == {"table_absent: images"}
    _, reasons = compute(listing, images=images(["l0"], ocr_text=["x"]))
    assert set(reasons["C05"]) == {"column_absent: images.logo_detections_json"}
    assert set(reasons["C06"]) == {"column_absent: images.blur_regions"}
    shown = images(
        ["l0", "l1"], ocr_text=["x", None], logo_detections_json=["[]", None]
    )
    values, reasons = compute(listing, images=shown)
    assert reasons["C05"].tolist() == ["", "no_logo_detections", "no_images"]
    assert reasons["C08"].tolist() == ["", "no_ocr_text", "no_images"]
    assert values["C05"].iloc[0] == values["C08"].iloc[0] == 0
    _, reasons = compute({"title": ["x"]}, images=shown)
    assert reasons["C05"].tolist() == ["column_absent: brand_field"]


def test_covered_regions_count_where_the_logo_is_or_may_be():
    logo = json.dumps([{"brand": "Zephyra", "box": [0.25, 0.25, 0.25, 0.25]}])
    rows = [
        ("[[0.375, 0.375, 0.5, 0.5]]", logo),  # on the logo
        ("[[0.5, 0.25, 0.1, 0.1]]", logo),  # its edge touches the logo's: no area
        ("[[0.0, 0.0, 0.1, 0.1]]", logo),  # elsewhere
        ("[[0.0, 0.0, 0.1, 0.1]]", "[]"),  # no logo found: it may be below
        ("[[0.0, 0.0, 0.1, 0.1]]", ZEPHYRA),  # a logo, nobody says where
        ('[{"box": [0.5, 0.5, 0.1, 0.1], "kind": "Face"}]', "[]"),  # a face
        ("[]", logo),
    ]
    shown = images(
        [f"l{n}" for n in range(7)],
        blur_regions=[cover for cover, _ in rows],
        logo_detections_json=[one for _, one in rows],
    )
    listing = {"title": ["bag"] * 7}
    values, _ = compute(listing, images=shown)
    assert values["C06"].tolist() == [1, 0, 0, 1, 1, 0, 0]
    # without a column of logos any covered region may lie on one
    values, _ = compute(listing, images=shown.drop(columns="logo_detections_json"))
    assert values["C06"].tolist() == [1, 1, 1, 1, 1, 0, 0]


def versions(**ids):
    return pd.DataFrame(
        {
            "listing_id": [name.split("_")[0] for name in ids],
            "version": 1,
            "valid_from": [when for when, _ in ids.values()],
            "image_ids": [listed for _, listed in ids.values()],
        }
    )


def test_a_logo_only_on_a_later_image():
    shown = images(
        ["l0", "l0", "l1", "l1", "l2", "l2", "l3", "l4", "l4"],
        logo_detections_json=["[]", ZEPHYRA, ZEPHYRA, "[]", "[]", "[]", ZEPHYRA, None, ZEPHYRA],
    )  # fmt: skip
    told = versions(
        l0=("2024-01-01", "i0;i1"),
        l1=("2024-01-01", "i2;i3"),
        l2=("2024-01-01", "i4;i5"),
        l3=("2024-01-01", "i6"),
        l4=("2024-01-01", "i7;i8"),
        l5=("2024-01-01", None),
        l1_later=("2024-05-01", " i3 ;i2"),
    )
    listing = {"title": ["bag"] * 6, "created_at": ["2024-01-01"] * 6}
    tables = {"images": shown, "listing_versions": told}
    values, reasons = compute(listing, **tables, as_of="2024-02-01")
    # l1 shows its logo first; l2 none; l3's only image is its first; of l4's first
    # nobody knows; l5 has none
    np.testing.assert_array_equal(values["C07"], [1, 0, 0, 0, np.nan, np.nan])
    assert reasons["C07"].tolist()[4:] == ["first_image_not_known", "no_images"]
    # later the images changed places
    values, _ = compute(listing, **tables, as_of="2024-06-01")
    assert values["C07"].tolist()[:2] == [1, 1]
    # where only what was edited has versions, a first one alone tells of a later edit
    tables["listing_versions"] = told[~told["listing_id"].isin(["l5"])]
    values, _ = compute(listing, **tables, as_of="2024-02-01")
    np.testing.assert_array_equal(values["C07"], [*[np.nan] * 3, 0, np.nan, np.nan])
    values, _ = compute(listing, **tables, as_of="2024-06-01")
    np.testing.assert_array_equal(values["C07"].iloc[:2], [np.nan, 1])
    _, reasons = compute(listing, images=shown)
    assert set(reasons["C07"]) == {"table_absent: listing_versions"}


def test_a_brand_that_only_an_image_names():
    shown = images(
        ["l0", "l0", "l1", "l2", "l3", "l4", "gone"],
        ocr_text=["new", "ZEPHYRA Paris", "Zephyra", "Zephyra", "case for Zephyra bag", "100 % cotton", "Zephyra"],
    )  # fmt: skip
    listing = {
        "title": ["bag", "Zephyra bag", "bag", "case", "Korda bag"],
        "brand_field": [None, None, "Zephyra", None, None],
    }
    values, _ = compute(listing, images=shown)
    assert values["C08"].tolist() == [1, 0, 0, 0, 0]


def test_devices_are_shared_by_other_sellers():
    shown = images(
        ["l0", "l0", "l1", "l2", "l3", "l4", "gone"],
        exif_pid=["d1", "d2", "d1", " d1", "", "d3", "d3"],
    )
    listing = {"title": ["x"] * 6, "seller_id": ["s0", "s1", "s2", "s3", "s4", None]}
    values, reasons = compute(listing, level="seller", images=shown)
    column = "C12_exif_device_shared"
    # d1 is of s0, s1, s2; d2 of s0 alone; d3 of s4 alone (the other listing is unknown)
    np.testing.assert_array_equal(values[column], [2, 2, 2, np.nan, 0])
    assert reasons[column].tolist() == ["", "", "", "no_exif", ""]
    _, reasons = compute(listing, level="seller", images=images(["l0"]))
    assert set(reasons[column]) == {"column_absent: images.exif_pid"}
