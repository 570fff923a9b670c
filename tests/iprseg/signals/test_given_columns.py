"""C13, D10, I08: columns that few marketplaces have."""

import numpy as np
import pandas as pd

from tests.iprseg.signals.helpers import compute

NOW = "2024-06-30"
C13, D10, I08 = (
    "C13_stock_vs_real_ratio",
    "D10_handling_time_shift",
    "I08_delete_after_live",
)
LISTINGS = {
    "title": ["x"] * 4,
    "seller_id": ["a", "a", "a", "b"],
    "created_at": "2023-01-01",
}


def of_sellers(name, **tables):
    values, reasons = compute(LISTINGS, "seller", as_of=NOW, **tables)
    return values[name].tolist(), reasons[name].tolist()


def test_photographs_of_ones_own():
    kinds = [
        ("l0", "stock"),
        ("l0", "hand"),
        ("l1", " Stock"),
        ("l2", None),
        ("l3", ""),
    ]
    images = pd.DataFrame(kinds, columns=["listing_id", "photo_kind"])
    images["image_id"] = [f"i{n}" for n in range(5)]
    values, reasons = of_sellers(C13, images=images)
    # of a's l0 and l1 one has a photograph that is no stock; of l2 nobody knows
    np.testing.assert_array_equal(values, [0.5, np.nan])
    assert reasons == ["", "no_photo_kinds"]
    _, reasons = of_sellers(C13, images=images.drop(columns="photo_kind"))
    assert reasons == ["column_absent: images.photo_kind"] * 2


APPROVED = pd.Timestamp("2024-03-01", tz="UTC")


def orders(days, hours, listing="l0"):
    """One row a day, so many days after the approval, sent so many hours later."""
    date = APPROVED + pd.to_timedelta(list(days), unit="D")
    sent = date + pd.to_timedelta(list(hours), unit="h")
    return pd.DataFrame({"listing_id": listing, "date": date, "dispatched_at": sent})


def papers(*sellers, day=APPROVED):
    return pd.DataFrame(
        {
            "authorisation_id": [f"u{i}" for i in range(len(sellers))],
            "seller_id": sellers,
            "brand_id": "z",
            "valid_from": day,
        }
    )


def test_goods_leave_later_once_a_brand_is_approved():
    before = orders(range(-8, 0), [24] * 8)
    # half of the days five days later: the median of 24 and 144 hours is 3.5 days
    after = orders(range(8), [24, 144] * 4, "l1")
    far = orders([-91, 91], [2400, 2400], "l2")
    told = pd.concat([before, after, far], ignore_index=True)
    values, reasons = of_sellers(D10, orders_daily=told, authorisations=papers("a"))
    np.testing.assert_allclose(values, [2.5, np.nan])
    assert reasons == ["", "no_approval"]


def test_too_few_days_on_a_side_are_no_shift():
    told = orders([*range(-8, 0), *range(7)], [24] * 15)
    _, reasons = of_sellers(D10, orders_daily=told, authorisations=papers("a", "b"))
    assert reasons == ["thin_group", "thin_group"]


def test_what_is_sent_later_or_cannot_be_known_yet_is_left_out():
    told = orders(range(-8, 16), [24] * 24)
    late = told.assign(dispatched_at=told["dispatched_at"].where(told.index < 16))
    odd = pd.concat([told, orders([1] * 20, [-99] * 20)], ignore_index=True)
    for table in (told, late, odd):
        values, _ = of_sellers(D10, orders_daily=table, authorisations=papers("a"))
        assert values[0] == 0
    # fourteen days before NOW: of later orders only those sent at once are known
    recent = papers("a", day=pd.Timestamp(NOW, tz="UTC") - pd.Timedelta(days=20))
    days = (recent["valid_from"].iloc[0] - APPROVED).days
    told = orders(range(days - 9, days + 9), [24] * 18)
    _, reasons = of_sellers(D10, orders_daily=told, authorisations=recent)
    assert reasons[0] == "thin_group"


def sessions(*rows):
    """Rows of (creator, start, seconds, replay deleted)."""
    columns = ["creator_id", "ts", "duration_s", "replay_deleted_at"]
    frame = pd.DataFrame(rows, columns=columns).assign(type="live", listing_id="l0")
    return frame.assign(promo_id=[f"p{i}" for i in range(len(frame))])


def of_creators(table):
    creators = pd.DataFrame({"creator_id": ["c", "d", "e"], "created_at": "2024-01-01"})
    values, reasons = compute(
        LISTINGS, "creator", as_of=NOW, creators=creators, promotions=table
    )
    return values[I08].tolist(), reasons[I08].tolist()


def test_replays_that_vanish_within_the_hour():
    day = "2024-06-01"
    table = sessions(
        ("c", f"{day} 10:00", 7200, f"{day} 12:59"),
        ("c", f"{day} 10:00", 7200, f"{day} 12:59"),  # of another listing
        ("c", "2024-06-02 10:00", 7200, "2024-06-02 13:01"),
        ("c", "2024-06-03 10:00", 7200, None),
        ("c", "2024-06-29 22:30", 3600, None),  # it ended half an hour ago
        ("d", f"{day} 10:00", None, f"{day} 10:10"),  # nobody knows when it ended
    )
    values, reasons = of_creators(table)
    np.testing.assert_allclose(values, [1 / 3, np.nan, np.nan])
    assert reasons == ["", "no_live_sessions", "no_live_sessions"]
    # a video is no session
    assert np.isnan(of_creators(table.assign(type="video"))[0]).all()
    _, reasons = of_creators(table.drop(columns="replay_deleted_at"))
    assert reasons == ["column_absent: promotions.replay_deleted_at"] * 3
