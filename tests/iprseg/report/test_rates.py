"""What the page says of labels: rates, states, and the words for them."""

import numpy as np
import pandas as pd
import pytest

from iprseg.errors import TableError
from tests.iprseg.report.page import DAY, report
from tests.iprseg.report.rated_page import by_name, named_cohorts, rated_page
from tests.iprseg.report.small_gold import KINDS, add_gold, many_cohorts
from tests.iprseg.report.small_report import make_cohorts


def test_each_cohort_shows_its_rate_or_the_state_that_it_is_in(tmp_path):
    rows = by_name(rated_page(tmp_path))
    shown = {kind: (row["Rate"][0], row["Lift"][0]) for kind, row in rows.items()}
    assert shown == {
        "risky": ("41 % 26 to 55 %", "×3.3 ×1.9 to ×5.2"),
        "same": ("13 % 2.0 to 38 %", "×1.1 from ×0.20, no upper limit"),
        "below": ("1.0 % 0 to 5.0 %", "×0.08 ×0.01 to ×0.40"),
        "none found": ("0 % 0 to 12 %", "×0 ×0 to ×1.7"),
        "no labels": ("no labels", "no lift"),
        "few sellers": ("no rate", "no lift"),
        "alone": ("20 % 5.0 to 44 %", "no lift"),
    }
    assert {kind: row["Verdict"][0] for kind, row in rows.items()} == {
        kind: values[-1] for kind, values in KINDS.items()
    }


@pytest.mark.parametrize("overall", [{}, {"point": None, "low": 0.0, "high": 1.0}])
def test_nothing_missing_or_endless_looks_like_a_number(tmp_path, overall):
    frame = add_gold(named_cohorts(), **overall)
    for column in ("rate", "lift"):  # as a table that was read back from a file
        frame[column] = frame[column].astype(float)
    page = rated_page(tmp_path, frame)
    written = (tmp_path / "report.html").read_text(encoding="utf-8").lower()
    assert "&lt;na&gt;" not in written and "<na>" not in written
    words = page.text.lower().replace("×", " ").split()
    assert not {"nan", "inf", "na", "nat"} & set(words)
    # the one cohort whose labels hold no violation
    assert [row["Rate"][0] for row in page.tables[0]].count("0 % 0 to 12 %") == 1


def test_columns_sort_by_number_and_what_is_unknown_has_none(tmp_path):
    rows = by_name(rated_page(tmp_path))
    values = {
        kind: [row[label][1] for label in ("Rate", "Lift", "Verdict", "Before")]
        for kind, row in rows.items()
    }
    assert values["risky"] == ["0.41", "3.3", "3", "1"]
    assert values["below"] == ["0.01", "0.08", "1", "3"]
    assert values["no labels"] == ["", "", "", "5"]
    assert values["alone"] == ["0.2", "", "2", "7"]


def test_the_overall_rate_stands_in_figures_and_in_words(tmp_path):
    text = rated_page(tmp_path).text
    assert "suspected rate 12 % limits 8.4 to 17 % labels 215" in text
    for sentence in (
        "readers suspect in the 3,000 listings of 'march' as of 2024-03-01.",
        "215 labels are used, 31 of them suspected violations.",
        "98 others are kept for shaping and were not used",
        "17 drawn listings have no answer; were all of them lawful, or all violations, "
        "the limits would stay within 7.1 to 26 %.",
        "40 drawn listings were not reached yet.",
        "Method: seller clusters, Korn-Graubard; 92 effective units.",
    ):
        assert sentence in text
    assert "What limits it: ." not in text


def test_a_confidence_that_the_table_tells_is_told(tmp_path):
    text = rated_page(tmp_path, add_gold(named_cohorts(), confidence=0.9)).text
    assert "90 % limits 8.4 to 17 %" in text


@pytest.mark.parametrize(("confidence", "said"), [(0.999, "99.9 %"), (0.95, "95 %")])
def test_a_high_confidence_is_not_rounded_to_all(tmp_path, confidence, said):
    frame = add_gold(named_cohorts(), confidence=confidence)
    assert f"{said} limits 8.4 to 17 %" in rated_page(tmp_path, frame).text


def test_a_census_has_no_number_of_effective_units(tmp_path):
    text = rated_page(tmp_path, add_gold(named_cohorts(), clusters=np.inf)).text
    assert "Korn-Graubard; every listing labeled." in text
    assert "effective units" not in text


def test_the_page_says_that_hits_over_labels_is_not_the_rate(tmp_path):
    text = rated_page(tmp_path).text
    assert "suspected violations over labels is not the rate." in text
    assert "so “16 of 277” labels is not the rate" in text.split("Words used")[-1]


def test_no_value_and_no_mark_has_more_digits_than_the_text(tmp_path):
    frame = add_gold(named_cohorts(), point=0.1239876)
    exact = frame["rate"].notna()
    frame.loc[exact, ["rate", "lift"]] = frame.loc[exact, ["rate", "lift"]] * 1.001234
    page = rated_page(tmp_path, frame)
    values = by_name(page)["risky"]
    assert (values["Rate"][1], values["Lift"][1]) == ("0.41", "3.3")
    assert all(len(a.get("data-value", "").lstrip("0.")) <= 4 for _, a in page.tags)
    plain = rated_page(tmp_path, add_gold(named_cohorts(), point=0.12))
    drawn = [a["d"] for tag, a in page.tags if tag == "path" and "0V12" in a["d"]]
    assert drawn and drawn == [
        a["d"] for tag, a in plain.tags if tag == "path" and "0V12" in a["d"]
    ]


def test_without_an_overall_rate_the_page_says_so_and_why(tmp_path):
    none = {"point": pd.NA, "low": 0.0, "high": 1.0, "state": "no labels", "n": 0}
    frame = add_gold(named_cohorts(), ["no labels"], **none)
    page = rated_page(tmp_path, frame)
    assert "suspected rate no rate labels 0" in page.text
    assert "No rate is offered for the 3,000 listings of 'march'" in page.text
    assert "There are no labels to use." in page.text
    assert "What limits it: no labels." in page.text
    assert (
        not page.with_class("whisker") and "the line the rate of all" not in page.text
    )


def test_a_rate_of_all_that_was_lost_on_the_way_is_not_invented(tmp_path):
    frame = add_gold(named_cohorts())
    frame.attrs.pop("rate")
    page = rated_page(tmp_path, frame)
    assert "holds the rates of cohorts and not the rate of all" in page.text
    assert by_name(page)["risky"]["Rate"][0] == "41 % 26 to 55 %"


def test_disagreement_of_readers_is_told_on_page_and_card(tmp_path):
    frame = add_gold(named_cohorts(), nonresponse=0, disagreement=9)
    frame["rate_disagreement"] = 2
    page = rated_page(tmp_path, frame)
    told = "left out of the rate until a lead decides; were all of them lawful"
    assert f"Readers disagree on 9 drawn listings, {told}" in page.text
    risky = next(
        card for card in page.text.split("kind ")[::-1] if card.startswith("risky")
    )
    assert (
        "3 drawn listings have no answer, and readers disagree on 2 drawn listings, "
        f"{told}" in risky
    )


def test_a_card_tells_labels_silence_and_limits(tmp_path):
    cards = rated_page(tmp_path).text.split("kind ")
    risky = next(card for card in cards[::-1] if card.startswith("risky"))
    assert "41 % suspected, limits 26 to 55 %." in risky
    assert "41 labels, 16 of them suspected violations." in risky
    assert "×3.3 of the rate of all listings (×1.9 to ×5.2): risky." in risky
    assert "3 drawn listings have no answer" in risky
    few = next(card for card in cards[::-1] if card.startswith("few sellers"))
    assert "No rate can be offered. 6 labels, 2 of them suspected violations." in few
    assert "limits it: too few sellers: 2.1 effective, 5 needed; low n." in few
    bare = next(card for card in cards[::-1] if card.startswith("no labels"))
    assert "No labels. 9 drawn listings were not reached yet. What sets" in bare


def test_bars_stay_inside_and_share_one_scale(tmp_path):
    page = rated_page(tmp_path)
    spans = [a for a in page.with_class("span") if "y" in a]
    assert len(spans) == 6  # the overall one and five rates
    for attrs in spans:
        assert float(attrs["x"]) >= 0
        assert float(attrs["x"]) + float(attrs["width"]) <= 100.01
    # the largest upper limit is 55 %: bars end at 60 %, and 26 to 55 % lies there,
    # from the root of 26/60 to that of 55/60
    scale = "from 0 to 60 % on a square-root scale (15 % is half way)"
    assert f"Bars of rates run {scale}" in page.text
    assert ("65.8", "29.9") in {(a["x"], a["width"]) for a in spans}
    marks = {a.get("d") for tag, a in page.tags if tag == "path"}
    assert {"M82.7 1V11", "M44.7 0V12"} <= marks  # 41 and 12 (not 12.4) of 60


def test_rows_in_no_cohort_have_a_rate_and_no_place(tmp_path):
    frame = make_cohorts(2)
    frame.attrs["notes"] = []
    row = rated_page(tmp_path, add_gold(frame, ["risky", "below"])).tables[0][-1]
    assert row["name"][0] == "not in any cohort"
    assert row["Rate"][0] == "41 % 26 to 55 %" and row["Before"] == ["", ""]


def test_verdicts_are_counted_in_words(tmp_path):
    words = (
        "By the labels, of 7 cohorts: 1 risky, 1 below the rest, 3 not told apart from "
        "the rest, 2 without a rate."
    )
    assert words in rated_page(tmp_path).text


def test_a_page_without_gold_says_once_how_to_get_a_rate_and_shows_none(tmp_path):
    frames = {"listing": named_cohorts(), "seller": named_cohorts()}
    page = report(tmp_path, cohorts=frames, titles=None)
    assert page.text.count("This page holds no rate") == 1
    for command in ("iprseg draw", "iprseg label", "iprseg estimate", "--labels"):
        assert command in page.text
    for word in ("Verdict", "What labels say", "Before", "whose rate"):
        assert word not in page.text
    assert not page.with_class("rated") and not page.with_class("whisker")
    assert set(page.tables[0][0]) == {
        "Order",
        "name",
        "Listings",
        "Sellers",
        "Sales",
        "Suspicion",
    }


def test_one_rate_of_all_is_told_once_for_two_levels(tmp_path):
    frames = {"listing": add_gold(named_cohorts()), "seller": add_gold(named_cohorts())}
    page = rated_page(tmp_path, frames)
    assert page.text.count("215 labels are used") == 1
    assert "The rate of all listings is that told above : 12 %" in page.text
    assert "of a cohort of sellers is the rate of their listings" in page.text
    assert by_name(page, 1)["risky"]["Rate"][0] == "41 % 26 to 55 %"
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert {a["href"][1:] for tag, a in page.tags if tag == "a"} <= set(ids)


def test_a_level_without_gold_beside_one_with_it_says_so(tmp_path):
    frames = {"listing": add_gold(named_cohorts()), "seller": named_cohorts()}
    page = rated_page(tmp_path, frames)
    sellers = page.text.split("Cohorts of sellers")[1]
    assert "This page holds no rate" not in page.text
    assert "There is no rate for these sellers" in sellers


def test_hostile_words_of_labels_are_inert(tmp_path):
    bad = "<script>alert(1)</script>\u202e" + "W" * 100_000
    frame = add_gold(make_cohorts(), target=bad, state=bad, method=bad)
    frame["rate_state"] = bad
    frame.loc[1, "verdict"] = bad
    page = report(tmp_path, cohorts=frame)
    tags = [tag for tag, _ in page.tags]
    assert tags.count("script") == tags.count("style") == 1 and "img" not in tags
    assert "\u202e" not in page.text
    assert "<script>alert(1)</script>" in page.text
    assert not any("style" in attrs for _, attrs in page.tags)
    assert not any(key.startswith("on") for _, attrs in page.tags for key in attrs)
    assert "W" * 501 not in page.text
    assert (tmp_path / "report.html").stat().st_size < 1_000_000


def test_half_of_the_gold_columns_are_refused(tmp_path):
    frame = add_gold(named_cohorts()).drop(columns=["lift_low", "rank_before"])
    with pytest.raises(
        TableError, match="rates needs the columns 'lift_low', 'rank_before'"
    ):
        rated_page(tmp_path, frame)


def test_no_word_about_labels_accuses(tmp_path):
    text = rated_page(tmp_path).text.lower()
    assert "suspected, not proven" in text and "it stays a suspicion" in text
    assert not any(w in text for w in ("counterfeit", "fraud", "guilty", "fake"))


def test_the_same_rates_give_the_same_bytes(tmp_path):
    rated_page(tmp_path, date=DAY)
    first = (tmp_path / "report.html").read_bytes()
    rated_page(tmp_path, date=DAY)
    assert (tmp_path / "report.html").read_bytes() == first


def test_rates_of_one_in_a_thousand_and_of_nearly_all_are_not_rounded_away(tmp_path):
    frame = many_cohorts(named_cohorts(), 2)
    frame = add_gold(frame, ["same"])
    frame["rate"] = pd.array([0.00001, 0.999], dtype="Float64")
    frame["rate_low"], frame["rate_high"] = [0.0, 0.9961], [0.0004, 1.0]
    frame["lift"] = pd.array([0.0001, 250.0], dtype="Float64")
    frame["lift_low"], frame["lift_high"] = [0.0, 12.0], [0.002, np.inf]
    rows = rated_page(tmp_path, frame).tables[0]
    assert rows[0]["Rate"][0] == "under 0.01 % 0 to 0.04 %"
    assert rows[1]["Rate"][0] == "over 99 % over 99 to 100 %"
    assert rows[0]["Lift"][0] == "under ×0.01 ×0 to under ×0.01"
    assert rows[1]["Lift"][0] == "×250 from ×12, no upper limit"
