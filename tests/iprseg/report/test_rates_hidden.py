"""What labels say of few sellers is hidden, and not found by subtraction."""

from .rated_page import by_name, named_cohorts, rated_page
from .small_gold import add_gold


def test_what_labels_say_of_few_sellers_is_hidden(tmp_path):
    frame = named_cohorts()
    frame.loc[[0, 2], "sellers"] = 4.0
    page = rated_page(tmp_path, add_gold(frame))
    rows = by_name(page)
    for kind in ("risky", "below"):
        assert [rows[kind][x][0] for x in ("Rate", "Lift", "Verdict")] == ["hidden"] * 3
        assert {rows[kind][x][1] for x in ("Rate", "Lift", "Verdict")} == {""}
    assert "16 of them" not in page.text and "×3.3" not in page.text
    assert "41 %" not in page.text and "By the labels, of 5 cohorts whose" in page.text
    assert "Dashed grey may also be hidden: fewer than 10 sellers" in page.text
    # the bars' end, 60 % with the hidden one, is that of the largest limit shown
    assert "Bars of rates run from 0 to 50 %" in page.text
    # two of them hide each other, so that all others can be shown
    assert sum(row["Rate"][0] == "hidden" for row in page.tables[0]) == 2
    assert not any(a.get("class") == "risky" for tag, a in page.tags if tag == "path")


def test_a_single_hidden_rate_is_not_found_by_subtraction(tmp_path):
    frame = named_cohorts()
    frame["size"] = [90, 80, 200, 100, 70, 60, 50]
    frame.loc[0, "sellers"] = 4.0
    rows = by_name(rated_page(tmp_path, add_gold(frame)))
    # the next larger one with labels goes with it; a smaller would not cover it
    assert [kind for kind in rows if rows[kind]["Rate"][0] == "hidden"] == [
        "risky",
        "none found",
    ]
    frame["size"] = [900, 80, 200, 100, 70, 60, 50]
    page = rated_page(tmp_path, add_gold(frame))
    rows = by_name(page)
    assert rows["below"]["Rate"][0] == "hidden" and rows["below"]["Rate"][1] == ""
    assert "with it, that of a cohort of few sellers could be computed" in page.text
    assert "80 labels" not in page.text


def test_hiding_what_holds_no_labels_takes_nothing_with_it(tmp_path):
    frame = named_cohorts()
    frame.loc[4, "sellers"] = 4.0
    rows = by_name(rated_page(tmp_path, add_gold(frame)))
    assert [kind for kind in rows if rows[kind]["Rate"][0] == "hidden"] == ["no labels"]
    shown = by_name(rated_page(tmp_path, add_gold(frame), min_sellers=0))
    assert shown["no labels"]["Rate"][0] == "no labels"
