"""C02, C03: photographs of the brand, and of listings that were taken down."""

import numpy as np
import pandas as pd

from tests.iprseg.signals.helpers import compute
from tests.iprseg.signals.photos import (
    CATALOGUE,
    A,
    B,
    C,
    D,
    bits_off,
    images,
    listed,
    official,
)

PAPERS = pd.DataFrame(
    {
        "authorisation_id": ["a1", "a2", "a3", "a4", "a5", "a6"],
        "seller_id": ["may", "old", "other", "forged", "unsure", "abroad"],
        "brand_id": ["b1", "b1", "b2", "b1", "b1", "b1"],
        "valid_from": ["2024-01-01"] * 6,
        "valid_to": [None, "2024-03-01", None, None, None, None],
        "verified": [True, True, True, False, None, True],
        "scope_markets": [None, None, None, None, None, "FR"],
    }
)


def test_official_photographs_need_a_verified_authorisation_in_force():
    sellers = ["may", "old", "other", "forged", "unsure", "abroad", "nobody", "clean"]
    shown = images(*[(f"l{n}", bits_off(A, 20) if n < 7 else C) for n in range(8)])
    tables = {
        "images": pd.concat([shown, official(A, B, D)], ignore_index=True),
        "brand_catalogue": CATALOGUE,
        "authorisations": PAPERS,
    }
    listings = listed(sellers, market=["DE"] * 8, created_at=["2024-06-01"] * 8)
    values, reasons = compute(listings, **tables)
    nan = np.nan
    np.testing.assert_array_equal(values["C02"], [0, 1, 1, 1, nan, 1, 1, 0])
    assert reasons["C02"].iloc[4] == "authorisation_not_known"
    # who may sell one brand may not use another's photographs
    second = pd.concat([images(("l0", D)), official(A, B, D)], ignore_index=True)
    other, _ = compute(listed(["may"]), **{**tables, "images": second})
    assert other["C02"].tolist() == [1]


def test_without_papers_a_stolen_photograph_is_not_known_but_none_is_none():
    shown = pd.concat([images(("l0", A), ("l1", C)), official(A)], ignore_index=True)
    tables = {"images": shown, "brand_catalogue": CATALOGUE}
    values, reasons = compute(listed(["s0", "s1"]), **tables)
    assert reasons["C02"].tolist() == ["table_absent: authorisations", ""]
    assert values["C02"].iloc[1] == 0
    _, reasons = compute(
        listed(["s0"]), images=images(("l0", A)), brand_catalogue=CATALOGUE
    )
    assert reasons["C02"].tolist() == ["no_official_images"]
    _, reasons = compute(listed(["s0"]), images=images(("l0", A)))
    assert reasons["C02"].tolist() == ["table_absent: brand_catalogue"]


def removals(**rows):
    """An action by listing: (code, time)."""
    return pd.DataFrame(
        {
            "action_id": [f"a-{name}" for name in rows],
            "entity_type": "listing",
            "entity_id": list(rows),
            "action_code": [code for code, _ in rows.values()],
            "ts": [ts for _, ts in rows.values()],
        }
    )


TIMES = {"created_at": ["2024-01-01"] * 5}


def test_photographs_of_removed_listings_are_known():
    shown = images(("l0", A), ("l1", bits_off(A, 31)), ("l2", B), ("l3", B), ("l4", C))
    actions = removals(l0=("ACT4", "2024-02-01"), l2=("ACT3", "2024-02-01"))
    listings = listed(["s0", "s0", "s2", "s3", "s4"], **TIMES)
    values, reasons = compute(
        listings, images=shown, actions=actions, as_of="2024-06-01"
    )
    # l1 shows what the removed l0 showed (of the same seller); l0 only its own; l2 was
    # demoted, not removed
    assert values["C03"].tolist() == [0, 1, 0, 0, 0]
    early, _ = compute(listings, images=shown, actions=actions, as_of="2024-02-01")
    assert early["C03"].tolist() == [0] * 5
    _, reasons = compute(listings, images=shown)
    assert set(reasons["C03"]) == {"table_absent: actions"}


def test_both_of_two_removed_listings_show_a_removed_photograph():
    shown = images(("l0", A), ("l1", A))
    actions = removals(
        l0=("act4 ", "2024-02-01"),
        l1=("DECISION_VISIBILITY_CONTENT_REMOVED", "2024-02-02"),
    )
    listings = listed(["s0", "s1"], created_at=["2024-01-01"] * 2)
    values, _ = compute(listings, images=shown, actions=actions, as_of="2024-06-01")
    assert values["C03"].tolist() == [1, 1]


def test_photographs_of_listings_under_an_unknown_action_are_not_known():
    shown = images(("l0", A), ("l1", A), ("l2", B), ("l3", B), ("l4", A))
    shown = pd.concat([shown, images(("l4", C))], ignore_index=True)
    actions = removals(
        l0=("REMOVED", "2024-02-01"),
        l2=("DECISION_VISIBILITY_CONTENT_DEMOTED", "2024-02-01"),
        l3=("REMOVED", "2024-09-01"),
    )
    shown["image_id"] = [f"i{n}" for n in range(len(shown))]
    listings = listed(["s0", "s1", "s2", "s3", "s4"], **TIMES)
    asked = {"images": shown, "as_of": "2024-06-01"}
    values, reasons = compute(listings, actions=actions, **asked)
    nan, why = np.nan, "unknown_action_code"
    np.testing.assert_array_equal(values["C03"], [0, nan, 0, 0, nan])
    assert reasons["C03"].tolist() == ["", why, "", "", why]
    # l1 was removed for sure: l0 and l4 show its photograph, whatever befell l0
    more = removals(l1=("ACT4", "2024-02-01"))
    actions = pd.concat([actions, more], ignore_index=True)
    values, _ = compute(listings, actions=actions, **asked)
    np.testing.assert_array_equal(values["C03"], [1, nan, 0, 0, 1])


def test_a_removal_that_was_undone_or_slight_counts_no_more():
    shown = images(("l0", A), ("l1", A), ("l2", B), ("l3", B), ("l4", C))
    actions = removals(l0=("ACT4", "2024-02-01"), l2=("ACT4", "2024-02-01"))
    actions["label_id"] = [None, "slight"]
    labels = pd.DataFrame(
        {
            "label_id": ["slight"],
            "entity_id": ["l2"],
            "severity": ["S2"],
            "submitted_at": ["2024-01-20"],
        }
    )
    appeals = pd.DataFrame(
        {
            "appeal_id": ["p"], "action_id": ["a-l0"], "ts": ["2024-02-05"],
            "outcome": ["overturned"], "ts_decided": ["2024-03-01"],
        }
    )  # fmt: skip
    listings = listed(["s0", "s1", "s2", "s3", "s4"], **TIMES)
    tables = {"images": shown, "actions": actions, "labels": labels, "appeals": appeals}
    values, _ = compute(listings, **tables, as_of="2024-06-01")
    assert values["C03"].tolist() == [0] * 5
    # before the appeal was decided the removal stood
    values, _ = compute(listings, **tables, as_of="2024-02-20")
    assert values["C03"].tolist() == [0, 1, 0, 0, 0]
    grave = {**tables, "labels": labels.assign(severity="S3")}
    values, _ = compute(listings, **grave, as_of="2024-06-01")
    assert values["C03"].tolist() == [0, 0, 0, 1, 0]
