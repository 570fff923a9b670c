import datetime
from types import SimpleNamespace

import pandas as pd
import pytest

from iprseg.charts import plot_cohorts
from iprseg.errors import IprsegError, TableError
from iprseg.report import write_report
from tests.iprseg.report.page import DAY, report
from tests.iprseg.report.small_report import HOSTILE, make_cohorts, make_titles


def small_map():
    at = pd.DataFrame({"x": [0.0, 1], "y": [0.0, 1]})
    return tuple(
        plot_cohorts(at, pd.Series([0, 1]), {0: "a", 1: "b"}, theme=theme)
        for theme in ("light", "dark")
    )


def test_text_of_the_tables_never_becomes_markup(tmp_path):
    check = SimpleNamespace(
        source=HOSTILE[2],
        tables=pd.DataFrame({"table": HOSTILE}),
        problems=pd.DataFrame({"severity": "error", "table": HOSTILE, "what": HOSTILE}),
    )
    page = report(
        tmp_path,
        title=HOSTILE[0],
        facts={HOSTILE[1]: HOSTILE[2]},
        check=check,
        metrics=pd.DataFrame({HOSTILE[0]: HOSTILE}),
        left_out=[{"what": HOSTILE[0], "why": HOSTILE[2], "n": 1}],
    )
    tags = [tag for tag, _ in page.tags]
    assert tags.count("script") == 1 and tags.count("style") == 1 and "img" not in tags
    assert "document.title = 'owned'" in page.text
    assert not any(key.startswith("on") for _, attrs in page.tags for key in attrs)
    assert "\u202e" not in page.text and "{{ 7 * 7 }}" in page.text


def test_nothing_is_loaded_and_the_policy_forbids_it(tmp_path):
    page = report(tmp_path, map_png=small_map())
    for _, attrs in page.tags:
        for key in ("src", "srcset"):
            assert attrs.get(key, "data:").startswith("data:")
        assert attrs.get("href", "#").startswith("#")
    policy = next(a["content"] for t, a in page.tags if "http-equiv" in a)
    assert "default-src 'none'" in policy and "unsafe" not in policy


def test_long_text_is_cut_and_the_file_stays_small(tmp_path):
    page = report(tmp_path)
    assert "W" * 501 not in page.text.replace(" ", "")
    assert (tmp_path / "report.html").stat().st_size < 1_500_000


def test_every_cohort_has_a_row_and_a_card_to_jump_to(tmp_path):
    page = report(tmp_path)
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    links = [a["href"][1:] for t, a in page.tags if t == "a"]
    assert set(links) <= set(ids) and len(ids) == len(set(ids))
    assert sum(link.startswith("listing-cohort-") for link in links) == 9


def test_figures_of_few_sellers_are_hidden(tmp_path):
    cohorts = make_cohorts(1)
    cohorts.loc[0, ["sellers", "gmv_usd"]] = [3.0, 98_765.0]
    hidden = report(tmp_path, cohorts=cohorts)
    assert "fewer than 10" in hidden.text and "$98.8 k" not in hidden.text
    assert "Typical" not in hidden.text
    assert not any(a.get("data-value") == "98765.0" for _, a in hidden.tags)
    shown = report(tmp_path, cohorts=cohorts, min_sellers=0)
    assert "$98.8 k" in shown.text and "Typical" in shown.text


def test_totals_do_not_give_away_what_is_hidden(tmp_path):
    cohorts = make_cohorts(3, "seller")
    cohorts["sellers"] = cohorts["size"].astype(float)
    cohorts.loc[0, ["size", "sellers"]] = [7, 7.0]
    shown = report(tmp_path, cohorts=cohorts)
    # 7 + 101 + 102 + 100
    assert "about 310" in shown.text and "sales shown $3,000" in shown.text


def test_the_size_of_few_sellers_is_hidden_at_seller_level(tmp_path):
    cohorts = make_cohorts(1, "seller")
    cohorts.loc[0, ["size", "sellers"]] = [7, 7.0]
    page = report(tmp_path, cohorts=cohorts)
    assert not any(a.get("data-value") == "7" for _, a in page.tags)
    assert "fewer than 10" in page.text


def test_what_is_not_known_says_so(tmp_path):
    cohorts = make_cohorts(2)
    cohorts.loc[0, ["sellers", "gmv_usd"]] = float("nan")
    page = report(tmp_path, cohorts=cohorts)
    assert page.text.count("not known") >= 4 and "nan" not in page.text.lower()


def test_a_column_without_any_value_is_left_out(tmp_path):
    cohorts = make_cohorts(2).assign(sellers=float("nan"), gmv_usd=float("nan"))
    text = report(tmp_path, cohorts=cohorts).text
    assert "Sales" not in text and "Sellers" not in text and "nan" not in text.lower()


def test_a_table_of_the_least_columns_is_enough(tmp_path):
    least = [
        "name",
        "size",
        "share",
        "terms",
        "signals",
        "rule",
        "rule_sql",
        "suspicion",
    ]
    assert "Bags" in report(tmp_path, cohorts=make_cohorts()[least]).text


def test_titles_appear_only_when_given(tmp_path):
    assert HOSTILE[7] in report(tmp_path).text.split("Typical")[1]
    assert "Typical" not in report(tmp_path, titles=None).text


def test_a_cohort_without_a_rank_shows_a_dash_and_no_badge(tmp_path):
    cohorts = make_cohorts(3)
    cohorts.loc[2, "risk_rank"] = float("nan")
    page = report(tmp_path, cohorts=cohorts)
    places = [row["Order"] for row in page.tables[0]]
    assert places == [["1", "1"], ["2", "2"], ["–", ""], ["", ""]]
    assert len(page.with_class("badge")) == 2
    assert "A dash: nothing in it leans to the risky side" in page.text


def test_two_levels_stand_in_one_page(tmp_path):
    frames = {"listing": make_cohorts(), "seller": make_cohorts(level="seller")}
    page = report(
        tmp_path,
        cohorts=frames,
        titles={"listing": make_titles()},
        map_png={"listing": small_map()},
    )
    assert "Cohorts of listings" in page.text and "Cohorts of sellers" in page.text
    assert sum(tag == "img" for tag, _ in page.tags) == 1


def test_what_was_left_out_is_told(tmp_path):
    extra = pd.DataFrame([{"what": "rows without title", "why": "no text", "n": 1234}])
    text = report(tmp_path, left_out=extra).text
    assert "rows without title 1,234 no text" in text
    assert "listings in no cohort 100 (10 %)" in text
    assert "price ÷ official price" in text


def test_no_word_accuses(tmp_path):
    cohorts = make_cohorts(2).assign(name="Shoes", rule="price at most 3")
    text = report(tmp_path, cohorts=cohorts, titles=None).text.lower()
    assert "suspected, not proven" in text
    assert not any(word in text for word in ("counterfeit", "fraud", "guilty", "fake"))


def test_the_same_cohorts_give_the_same_bytes(tmp_path):
    paths = [
        write_report(tmp_path / name, cohorts=make_cohorts(), date=DAY)
        for name in ("a.html", "b.html")
    ]
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_today_is_the_day_when_none_is_given(tmp_path):
    assert datetime.date.today().isoformat() in report(tmp_path, date=None).text


def test_what_cannot_be_written_is_refused(tmp_path):
    with pytest.raises(IprsegError, match=r"folder .* does not exist: create it first"):
        write_report(tmp_path / "no" / "r.html", cohorts=make_cohorts())
    with pytest.raises(
        TableError, match="listing cohorts needs the columns 'rule', 'rule_sql'"
    ):
        write_report(
            tmp_path / "r.html",
            cohorts=make_cohorts().drop(columns=["rule", "rule_sql"]),
        )
    with pytest.raises(IprsegError, match="not a PNG"):
        write_report(tmp_path / "r.html", cohorts=make_cohorts(), map_png=b"<svg>")
    with pytest.raises(TableError, match="got no cohorts"):
        write_report(tmp_path / "r.html", cohorts={})
    with pytest.raises(IprsegError, match="'min_sellers' parameter of write_report"):
        write_report(tmp_path / "r.html", cohorts=make_cohorts(), min_sellers=-1)


def test_few_sellers_in_no_cohort_are_not_counted_out(tmp_path):
    cohorts = make_cohorts(2, "seller")
    cohorts["sellers"] = cohorts["size"].astype(float)
    cohorts.loc[-1, ["size", "sellers"]] = [7, 7.0]
    text = report(tmp_path, cohorts=cohorts).text
    assert "sellers in no cohort fewer than 10" in text
    assert "sellers in no cohort 7" not in text


@pytest.mark.parametrize(
    ("size", "why"),
    [
        (8, "Fewer than 20 listings cannot form two cohorts of ten."),
        (80, "No group that is large enough stands out from the rest."),
    ],
)
def test_a_report_without_cohorts_says_why_and_shows_no_table(tmp_path, size, why):
    cohorts = make_cohorts(1).loc[[-1]].assign(size=size)
    page = report(tmp_path, cohorts=cohorts, map_png=small_map())
    assert why in page.text and "unlike any group" not in page.text
    assert "All cohorts" not in page.text and "Numbers are" not in page.text


def test_a_single_hidden_size_is_not_found_by_subtraction(tmp_path):
    cohorts = make_cohorts(3, "seller")
    cohorts["sellers"] = cohorts["size"].astype(float)
    cohorts.loc[0, ["size", "sellers"]] = [7, 7.0]
    cohorts.loc[-1, ["size", "sellers"]] = [43, 43.0]
    page = report(tmp_path, cohorts=cohorts)
    assert page.text.count("about 40") == 2  # the table and what was left out
    assert not any(a.get("data-value") == "43" for _, a in page.tags)
