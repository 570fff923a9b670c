"""Each card says which blocks set its cohort apart."""

import pandas as pd

from iprseg.cohorts.lift import add_block_parts, describe_main_blocks
from tests.iprseg.report.page import report
from tests.iprseg.report.small_report import HOSTILE, make_cohorts

SHARES = {"price": [0.6, 0.0], "meaning": [0.36, 0.04], "text_risk": [0.04, 0.96]}


def test_cards_show_the_largest_blocks_in_plain_words_and_one_bar(tmp_path):
    frame = add_block_parts(make_cohorts(3), pd.DataFrame(SHARES))
    page = report(tmp_path, cohorts=frame)
    assert page.text.count("price 60 % kind of goods 36 %") == 1
    assert page.text.count("risk signs in the text 96 %") == 1
    assert "Apart by" in page.text
    bars = page.with_class("tone0") + page.with_class("tone1")
    pieces = [(one["x"], one["width"]) for one in bars]
    assert pieces == [("0.0", "60.0"), ("0.0", "96.0"), ("60.0", "36.0")]


def test_a_page_without_blocks_says_nothing_of_them(tmp_path):
    page = report(tmp_path, cohorts=make_cohorts(3))
    assert "Apart by" not in page.text and not page.with_class("apart")


def test_a_cohort_that_is_all_there_is_has_no_blocks():
    nothing = pd.DataFrame({"price": [float("nan")], "meaning": [float("nan")]})
    frame = add_block_parts(make_cohorts(1), nothing)
    assert frame["block_parts"].tolist() == ["", ""]
    assert describe_main_blocks('{"all": 1.0}') == ""


def test_a_hostile_block_is_text(tmp_path):
    frame = add_block_parts(make_cohorts(3), pd.DataFrame({HOSTILE[0]: [1.0]}))
    tags = [tag for tag, _ in report(tmp_path, cohorts=frame).tags]
    assert tags.count("script") == 1


def test_cards_say_what_is_unknown_and_what_protects(tmp_path):
    frame = make_cohorts(3)
    frame["gaps"] = ["how its prices compare (unknown for 90 % here)", "", "", ""]
    frame["protective"] = [0.62, None, 0.2, None]
    frame["protective_rest"] = [0.35, 0.3, None, None]
    frame["sellers"] = [12.0, 12.0, 3.0, 50.0]
    page = report(tmp_path, cohorts=frame)
    assert page.text.count("Mostly unknown: how its prices compare") == 1
    assert page.text.count("Protective 62 % (35 % elsewhere)") == 1
    assert "20 %" not in page.text  # of three sellers
    assert "takes no part in the order" in page.text
    bare = report(tmp_path, cohorts=make_cohorts(3)).text
    assert "Mostly unknown" not in bare and "Protective" not in bare
