"""E01, E12, E13: how fast listings come and go."""

import numpy as np
import pandas as pd

from tests.iprseg.signals.helpers import compute
from tests.iprseg.signals.one_signal import T, days, of_sellers


def test_most_listings_in_a_day_over_the_median_day():
    listings = pd.concat(
        [
            # four within 24 hours over midnight; 182 days, nearly all without one
            days("burst", "2024-01-01", "2024-06-20 13:00", "2024-06-20 23:00",
                 "2024-06-21 01:00", "2024-06-21 13:00"),
            # 25 hours apart: never two within a day
            days("slow", "2024-06-01 00:00", "2024-06-02 01:00"),
            # one on each of three days, then three at once: the days are busy and
            # the median day has one
            days("daily", "2024-06-28", "2024-06-29", *["2024-06-30 12:00"] * 3),
            # at the time asked for: does not count
            days("late", "2024-06-30 12:00", T, T),
        ]
    )  # fmt: skip
    value, why = of_sellers(listings, "E01")
    assert value["burst"] == 4 and value["slow"] == 1
    # 28, 29 and 30 June: median of 1, 1 and 3; 1 July has not begun
    assert value["daily"] == 3 / 2
    assert value["late"] == 1 / 2
    sellers = pd.DataFrame({"seller_id": ["idle"], "created_at": ["2024-01-01"]})
    value, why = of_sellers(listings, "E01", sellers=sellers)
    assert np.isnan(value["idle"]) and why["idle"] == "no_listings"


def test_days_without_a_listing_count_as_none_in_the_median():
    busy = [(1, 1), (2, 1), (3, 1), (4, 10), (6, 10), (10, 10)]
    dates = [f"2024-06-{day:02} 12:00" for day, n in busy for _ in range(n)]
    # of ten days 0, 0, 0, 0, 1, 1, 1, 10, 10, 10: median 1; 11 listings from noon of
    # the third to noon of the fourth
    value, _ = of_sellers(days("s", *dates), "E01", as_of="2024-06-11")
    assert value["s"] == 11 / 2
    # a day more: the sixth of eleven is 1 too; with two more the middle is 0 and 1
    assert of_sellers(days("s", *dates), "E01", as_of="2024-06-12")[0]["s"] == 11 / 2
    assert of_sellers(days("s", *dates), "E01", as_of="2024-06-13")[0]["s"] == 11 / 1.5


def test_a_burst_after_a_pause():
    listings = pd.concat(
        [
            # 91 days apart; the last is 8 days after the first of the burst
            days("woken", "2024-01-01", "2024-04-01", "2024-04-03", "2024-04-09"),
            days("brisk", "2024-01-01", "2024-03-30", "2024-03-31", "2024-03-31"),
            days("later", "2024-01-01", T, "2024-07-02"),
        ]
    )
    value, _ = of_sellers(listings, "E12")
    assert value.to_dict() == {"woken": 2, "brisk": 0, "later": 0}


def test_churn_by_the_week():
    listings = pd.concat(
        [
            days("s", "2024-06-28", "2024-01-01", "2024-01-01", "2023-01-01").assign(
                removed_at=[None, "2024-06-10", None, "2023-02-01"]
            ),
            days("gone", "2023-01-01", removed_at=["2023-02-01"]),
            # a removal that lies ahead has not happened
            days("ahead", "2023-01-01", removed_at=["2024-08-01"]),
        ]
    )
    values, why = compute(listings.assign(title="x"), level="seller", as_of=T)
    name = "E13_sku_churn_"
    # 7 days: 1 made of 2 active; 30 days: 1 made, 1 removed of 3; as much in 90;
    # 180 days, from January 3: the same
    expected = [1 / 2, 2 / 3 * 7 / 30, 2 / 3 * 7 / 90, 2 / 3 * 7 / 180]
    columns = [name + w for w in ("7", "30", "90", "180")]
    np.testing.assert_allclose(values.loc["s", columns].tolist(), expected)
    assert (why.loc["gone", columns] == "no_active_listings").all()
    assert (values.loc["ahead", columns] == 0).all()
