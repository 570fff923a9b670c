import numpy as np
import pandas as pd
import pytest

from iprseg.signals import compute_signals
from tests.iprseg.signals.helpers import BRANDS
from tests.iprseg.signals.one_signal import REGISTER, T, of_listings

# D03


def leave(**changes):
    row = {
        "authorisation_id": "x",
        "seller_id": "a",
        "brand_id": "B1",
        "scope_markets": "DE;FR",
        "valid_from": "2024-01-01",
        "valid_to": "2025-01-01",
        "verified": True,
    }
    return pd.DataFrame([row | changes])


@pytest.mark.parametrize(
    ("changes", "expected", "reason"),
    [
        ({}, 0, ""),
        ({"scope_markets": None}, 0, ""),
        ({"scope_markets": "US"}, 1, ""),
        ({"verified": False}, 1, ""),
        ({"verified": None}, np.nan, "value_missing: verified"),
        ({"valid_to": "2024-05-01"}, 1, ""),
        ({"valid_from": "2024-06-30"}, 1, ""),
        ({"valid_from": None, "valid_to": None}, 0, ""),
        ({"brand_id": "B2"}, 1, ""),
        ({"seller_id": "b"}, 1, ""),
    ],
)
def test_gated_brands_without_leave(changes, expected, reason):
    # the last listing sets the time asked for
    rows = {
        "title": ["Zephyra bag", "bag", "bag"],
        "seller_id": ["a", "a", "z"],
        "market": ["DE"] * 3,
        "created_at": ["2024-05-15", "2024-05-15", "2024-06-15"],
    }
    value, why = of_listings(
        "D03", rows, authorisations=leave(**changes), brands=REGISTER
    )
    np.testing.assert_equal(value.tolist()[:2], [expected, 0])
    assert why.iloc[0] == reason


def test_a_removed_listing_needed_leave_while_it_was_there():
    rows = {
        "title": ["Zephyra bag", "bag"],
        "seller_id": ["a", "z"],
        "market": ["DE"] * 2,
        "created_at": ["2024-02-01", "2026-01-01"],
        "removed_at": ["2024-03-01", None],
    }
    value, _ = of_listings("D03", rows, authorisations=leave(), brands=REGISTER)
    assert value.iloc[0] == 0
    value, _ = of_listings(
        "D03",
        rows | {"removed_at": [None, None]},
        authorisations=leave(),
        brands=REGISTER,
    )
    assert value.iloc[0] == 1


def test_nobody_knows_afterwards_when_a_leave_was_verified():
    rows = {
        "title": ["Zephyra bag", "Korda bag"],
        "seller_id": ["a", "a"],
        "created_at": ["2024-05-15"] * 2,
    }
    value, why = of_listings(
        "D03", rows, authorisations=leave(), as_of=T, brands=REGISTER
    )
    np.testing.assert_equal(value.tolist(), [np.nan, 1])
    assert why.iloc[0] == "not_versioned: verified"


def test_a_users_list_has_other_ids_than_the_register():
    tables = {
        "listings": pd.DataFrame(
            {
                "listing_id": ["l"],
                "title": ["Zephyra bag"],
                "seller_id": ["a"],
                "category_path": ["Bags"],
                "created_at": ["2024-05-15"],
            }
        ),
        "brands": REGISTER,
        "authorisations": leave(),
        "marks": pd.DataFrame({"brand_id": ["B1"], "nice_classes": ["18"]}),
    }
    values = compute_signals(tables, brands=BRANDS)
    assert values.loc["l", "D02_brand_class_gap"] == 0
    assert values.loc["l", "D03_unauthorised_gated_brand"] == 0


# D04 to D06


def notices(listings, valid=True, ts="2024-06-01"):
    ids = [f"n{i}" for i in range(len(listings))]
    heads = {"notice_id": ids, "ts_received": ts, "ts_decided": ts, "valid": valid}
    items = {"notice_id": ids, "listing_id": listings, "ts_actioned": ts}
    return {"notices": pd.DataFrame(heads), "notice_items": pd.DataFrame(items)}


def many(**columns):
    """Ten listings of seller o (ids o0 to o9), one of seller s (id s0)."""
    base = {
        "listing_id": [f"o{i}" for i in range(10)] + ["s0"],
        "seller_id": ["o"] * 10 + ["s"],
        "title": ["Zephyra bag"] * 11,
        "market": ["DE"] * 11,
        "category_path": ["Bags"] * 11,
        "ship_from_country": ["CN"] * 10 + [" cn"],
        "created_at": ["2024-05-01"] * 11,
    }
    return base | columns


def test_the_brands_notices_are_counted_over_other_sellers():
    value, why = of_listings("D04", many(), as_of=T, **notices(["o0", "o1", "s0"]))
    # 2 of the others' 10, and as much is the base rate: 1000 (2 + 10 x 0.2) / 20
    assert value["s0"] == 200
    # of o's, only one other listing is left
    assert (why.drop("s0") == "thin_group").all()
    value, why = of_listings(
        "D04", many(title=["bag"] * 11), as_of=T, **notices(["o0"])
    )
    assert (why == "no_brand").all()


@pytest.mark.parametrize("signal", ["D05", "D06"])
def test_rates_of_category_and_origin(signal):
    value, why = of_listings(signal, many(), as_of=T, **notices(["o0", "o1", "s0"]))
    np.testing.assert_allclose(value["s0"], (2 + 10 * 0.2) / 20)
    assert (why.drop("s0") == "thin_group").all()


@pytest.mark.parametrize("signal", ["D04", "D05", "D06"])
@pytest.mark.parametrize(
    "more", [{"valid": False}, {"valid": None}, {"ts": T}, {"ts": "2024-07-02"}]
)
def test_notices_that_are_not_valid_or_not_yet_there_do_not_count(signal, more):
    told = notices(["o0", "o1"], **more)
    other = notices(["o2"])
    for name, frame in other.items():
        frame["notice_id"] = "known"
        told[name] = pd.concat([told[name], frame])
    value, _ = of_listings(signal, many(), as_of=T, **told)
    scale = 1000 if signal == "D04" else 1
    # one of ten, shrunk to one in ten
    np.testing.assert_allclose(value["s0"], scale * 0.1)


@pytest.mark.parametrize(
    ("signal", "column"), [("D05", "category_path"), ("D06", "ship_from_country")]
)
def test_the_base_rate_is_the_markets_where_it_has_fifty(signal, column):
    wide = pd.DataFrame(many())
    filler = pd.DataFrame(
        {
            "listing_id": [f"f{i}" for i in range(100)],
            "seller_id": "filler",
            "title": "lamp",
            "market": ["DE"] * 40 + ["US"] * 60,
            "category_path": "Lamps",
            "ship_from_country": "PL",
            "created_at": "2024-05-01",
        }
    )
    rows = pd.concat([wide, filler]).to_dict("list")
    value, _ = of_listings(signal, rows, as_of=T, **notices(["o0", "f0", "f99"]))
    # 1 of 10 in the group; in Germany 2 of the others' 50 listings: p0 = 0.04
    np.testing.assert_allclose(value["s0"], (1 + 10 * 0.04) / 20)
    rows[column][10] = None
    value, why = of_listings(signal, rows, as_of=T, **notices(["o0"]))
    assert np.isnan(value["s0"]) and why["s0"] == f"value_missing: {column}"
