import numpy as np
import pandas as pd

from tests.iprseg.signals.helpers import compute

LISTINGS = {"title": ["x"], "seller_id": ["a"]}


def name(i):
    return f"s{i:03d}"


def bought(**buyers):
    rows = [(listing, one) for listing, many in buyers.items() for one in many]
    frame = pd.DataFrame(rows, columns=["listing_id", "buyer_pid"])
    return frame.assign(
        review_id=range(len(frame)), text="ok", ts="2024-01-01", lang="en"
    )


def test_buyers_around_a_seller():
    eight = [f"b{i}" for i in range(8)]
    told = bought(l0=[*eight, "b0", "b0"], l1=["b0", "b1", "z", None], l2=[None, ""])
    listed = {"title": ["x"] * 3, "seller_id": ["a", "b", "c"]}
    values, reasons = compute(listed, "seller", reviews=told)
    base = "H09_buyer_seller_ego"
    np.testing.assert_equal(values[f"{base}_degree"].tolist(), [8, 3, np.nan])
    # ten reviews of eight buyers; three of three
    np.testing.assert_allclose(values[f"{base}_strength"], [1.25, 1, np.nan])
    # a: 2 of 8 shared, base 2 of b's 3; b: 2 of 3, base 2 of a's 8
    np.testing.assert_allclose(
        values[f"{base}_shared_buyers"],
        [(2 + 10 * 2 / 3) / 18, (2 + 10 * 2 / 8) / 13, np.nan],
    )
    np.testing.assert_allclose(
        values[f"{base}_closest_seller"], [2 / 8, np.nan, np.nan]
    )
    assert reasons[f"{base}_closest_seller"].tolist() == [
        "",
        "thin_group",
        "no_reviews_with_buyer",
    ]


def test_a_reviewer_by_trade_links_no_sellers():
    crowd = bought(
        **{f"l{i}": ["trade", *(f"{i}-{j}" for j in range(8))] for i in range(51)}
    )
    listed = {"title": ["x"] * 51, "seller_id": [name(i) for i in range(51)]}
    values = compute(listed, "seller", reviews=crowd)[0]
    assert set(values["H09_buyer_seller_ego_closest_seller"]) == {0}
    assert (values["H09_buyer_seller_ego_shared_buyers"] > 0).all()


def test_later_reviews_do_not_count():
    told = bought(l0=["x", "y"]).assign(ts=["2024-01-01", "2025-01-01"])
    listed = {**LISTINGS, "created_at": ["2023-01-01"]}
    values, _ = compute(listed, "seller", reviews=told, as_of="2024-06-01")
    assert values["H09_buyer_seller_ego_degree"].tolist() == [1]
