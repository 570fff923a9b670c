"""Image signals on tables that are empty, NULL throughout, or hold odd values."""

import pandas as pd
import pytest

from tests.iprseg.signals.helpers import compute
from tests.iprseg.signals.photos import A, images, listed, mirrored

SIGNALS = ["C01", "C02", "C03", "C05", "C06", "C07", "C08", "C10"]
LISTINGS = {
    "title": ["x", None, ""],
    "seller_id": ["a", None, "b"],
    "brand_field": [None] * 3,
    # without zone, not known, in the far future
    "created_at": ["2024-01-01", None, "2999-01-01"],
}
TABLES = {
    "brand_catalogue": "brand_id model_name image_ids gtin",
    "authorisations": "authorisation_id seller_id brand_id valid_from valid_to verified",
    "actions": "action_id entity_type entity_id action_code ts label_id",
    "appeals": "appeal_id action_id outcome ts_decided",
    "labels": "label_id entity_id severity",
    "listing_versions": "listing_id version valid_from image_ids",
}
NEEDED = {"model_name", "authorisation_id", "seller_id", "action_id", "entity_id", "appeal_id",
          "label_id", "listing_id", "version"}  # fmt: skip
COLUMNS = (
    "image_id listing_id pdq_hex pdq_quality ocr_text logo_detections_json blur_regions"
)


def nothing(columns, rows):
    values = {
        name: pd.Series(
            [1 if name == "version" else "z" if name in NEEDED else None] * rows,
            dtype=object,
        )
        for name in columns.split()
    }
    return pd.DataFrame(values)


@pytest.mark.parametrize("rows", [0, 1])
@pytest.mark.parametrize("as_of", [None, "2024-06-01"])
def test_tables_of_nothing_give_reasons(rows, as_of):
    tables = {name: nothing(columns, rows) for name, columns in TABLES.items()}
    shown = nothing(COLUMNS, 3 * rows).assign(
        image_id=[f"i{n}" for n in range(3 * rows)]
    )
    shown["listing_id"] = pd.Series(["l0", "l1", "l2"][: 3 * rows], dtype=object)
    values, reasons = compute(LISTINGS, images=shown, **tables, as_of=as_of)
    assert values[SIGNALS].isna().all(axis=None)
    silent = {
        "C01": "no_image_hash", "C02": "no_official_images", "C03": "no_image_hash",
        "C05": "no_logo_detections", "C06": "no_blur_regions", "C07": "first_image_not_known",
        "C08": "no_ocr_text", "C10": "no_image_hash",
    }  # fmt: skip
    if rows == 0:
        silent = dict.fromkeys(SIGNALS, "no_images") | {"C02": "no_official_images"}
    assert reasons[SIGNALS].iloc[0].to_dict() == silent


def test_times_without_zone_and_in_the_far_future():
    shown = images(("l0", A), ("l1", A), ("l2", mirrored(A)))
    values, reasons = compute(
        listed(["s0", "s1", "s2"], created_at=LISTINGS["created_at"]), images=shown
    )
    # when l1 was made nobody knows, but what it shows l0 showed before l2 turned it
    assert values["C10"].tolist() == [0, 0, 1]
    assert reasons["C10"].tolist() == ["", "", ""]


def test_zones_are_read_before_times_are_compared():
    shown = images(("l0", A), ("l1", mirrored(A)))
    # 23:00 in Los Angeles is 07:00 of the next day in UTC: l0 was made after l1
    made = ["2024-01-01T23:00:00-08:00", "2024-01-02T03:00:00Z"]
    values, _ = compute(listed(["s0", "s1"], created_at=made), images=shown)
    assert values["C10"].tolist() == [1, 0]
