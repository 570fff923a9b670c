import numpy as np
import pytest

from tests.iprseg.signals.feedback_helpers import BURST, of_listings, rates, stars


def test_ratings_at_the_poles():
    told = stars(
        *[("l0", "2024-06-01", s, None) for s in (1, 5, 5, 3)],
        *[("l1", "2024-06-01", s, None) for s in (4, 2)],
        *[("l2", "2024-06-01", s, None) for s in (0, None, 99)],
    )
    values, reasons = of_listings("F05", 3, reviews=told)
    # poles 3 of 6, ones 1 of 6
    np.testing.assert_allclose(
        rates(values),
        [
            [(3 + 5) / 14, (1 + 10 / 6) / 14],
            [5 / 12, 10 / 6 / 12],
            [np.nan, np.nan],
        ],
    )
    assert reasons.iloc[2].tolist() == ["no_ratings"] * 2


def test_seeded_praise_repeats_within_a_day():
    values, reasons = of_listings("F06", 3, reviews=stars(*BURST))
    # of l0 the first three of five repeat (one letter of 27 apart: 0.96), the fourth is
    # days later; "good" is too short to tell: p0 = 3/7
    np.testing.assert_allclose(values, [(3 + 30 / 7) / 15, (30 / 7) / 12, np.nan])
    assert reasons.iloc[2] == "no_five_star_texts"


@pytest.mark.parametrize(("hour", "repeats"), [("01:00", True), ("01:01", False)])
def test_a_day_is_24_hours(hour, repeats):
    told = stars(
        ("l0", "2024-06-01 01:00", 5, "love it so much"),
        ("l0", f"2024-06-02 {hour}", 5, "love it so much"),
    )
    values, _ = of_listings("F06", 1, reviews=told)
    assert values.iloc[0] == repeats


@pytest.mark.parametrize(
    ("one", "other", "repeats"),
    [
        ("สินค้าคุณภาพดีมากส่งไว", "สินค้าคุณภาพดีมากส่งไว!!", True),
        ("质量很好物流快推荐", "质量很好，物流快，推荐", True),
        ("Отличная сумка, спасибо", "Ужасная куртка, вернула", False),
        ("aaaaaaaaaa bbbbbbbbbb", "aaaaaaaaaa cccccccccc", False),
        ("😀😀😀😀😀😀😀", "😀😀😀😀😀😀😀", False),
    ],
)
def test_likeness_of_praise(one, other, repeats):
    told = stars(("l0", "2024-06-01", 5, one), ("l0", "2024-06-01", 5, other))
    values, _ = of_listings("F06", 1, reviews=told)
    assert values.iloc[0] == repeats
