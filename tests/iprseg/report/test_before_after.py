"""The order before and after the labels: arrows and the picture."""

import pytest

from .rated_page import named_cohorts, rated_page
from .small_gold import add_gold, many_cohorts
from .small_report import make_cohorts


def test_the_move_is_an_arrow_and_words(tmp_path):
    frame = many_cohorts(named_cohorts(), 3)
    page = rated_page(tmp_path, add_gold(frame, ["below", "same", "risky"]))
    assert [row["Before"][0] for row in page.tables[0]] == ["3 ↑2", "2 =", "1 ↓2"]
    said = [a["aria-label"] for a in page.with_class("move")]
    assert said[:3] == ["up 2 places", "unmoved", "down 2 places"]


def test_the_picture_joins_each_place_before_with_the_place_now(tmp_path):
    frame = many_cohorts(named_cohorts(), 3)
    page = rated_page(tmp_path, add_gold(frame, ["below", "same", "risky"]))
    lines = {a.get("class"): a["d"] for tag, a in page.tags if "C50" in a.get("d", "")}
    assert lines == {
        "below": "M0 5 C50 5 50 25 100 25",
        "same": "M0 15 C50 15 50 15 100 15",
        "risky": "M0 25 C50 25 50 5 100 5",
    }
    assert "The labels move 2 of 3 cohorts." in page.text
    assert "tell these apart from the rest or give no rate" in page.text
    assert "may also be hidden" not in page.text


def test_the_picture_holds_the_leaders_of_both_orders_and_counts_the_rest(tmp_path):
    frame = many_cohorts(named_cohorts(), 25)
    frame["sellers"] = 50.0
    kinds = ["below"] + ["same"] * 23 + ["risky"]
    page = rated_page(tmp_path, add_gold(frame, kinds))
    picture = page.text.split("Before and after the labels")[1].split("Grey:")[0]
    listed = picture.split("With labels")[1]
    assert listed.count("Cohort ") == 2 * 20  # before and now
    # first before and last now, last before and first now
    assert listed.count("Cohort 0 ") == listed.count("Cohort 24 ") == 2
    assert "Of 25 cohorts, those that lead either order; 5 more stand in" in picture


def test_an_order_that_labels_leave_is_told_without_a_picture(tmp_path):
    frame = many_cohorts(named_cohorts(), 3)
    page = rated_page(tmp_path, add_gold(frame, ["risky", "same", "no labels"]))
    assert "The labels leave the order of all 3 cohorts as it was." in page.text
    assert not page.with_class("slopes")


@pytest.mark.parametrize("n", [0, 1])
def test_one_cohort_or_none_needs_no_picture(tmp_path, n):
    frame = make_cohorts(1).loc[[0, -1][: n + 1] if n else [-1]]
    page = rated_page(tmp_path, add_gold(frame, ["risky"]))
    assert "What labels say" in page.text and "Before and after" not in page.text
    assert len(page.tables) == n
