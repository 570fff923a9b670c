"""A report with rates in a real browser: readable, sortable, and hostile names inert."""

import pytest

from iprseg.report import write_report
from tests.browser.conftest import SIZES
from tests.browser.test_report import CONTRAST
from tests.iprseg.report.small_gold import add_gold, many_cohorts
from tests.iprseg.report.small_report import make_cohorts, make_titles

pytestmark = pytest.mark.browser

COLUMN = """(label) => [...document.querySelectorAll("#listing .cohorts tbody tr")]
  .map((row) => row.querySelector(`[data-label=${label}]`).dataset.value)"""
# the ends of each line, and the middles of the two entries that it joins
JOINED = """() => {
  const middle = (node) => {
    const box = node.getBoundingClientRect();
    return box.top + box.height / 2;
  };
  const places = (side) => Object.fromEntries(
    [...document.querySelectorAll(`.${side} li`)].map((entry) => [
      entry.querySelector(".what").textContent, middle(entry)]));
  const [left, right] = [places("left"), places("right")];
  const lines = [...document.querySelectorAll(".lines path")].map((path) => {
    const at = (point) => point.matrixTransform(path.getScreenCTM()).y;
    return [at(path.getPointAtLength(0)),
      at(path.getPointAtLength(path.getTotalLength()))].map(Math.round);
  });
  const names = Object.keys(left);
  return {
    lines: lines.sort((a, b) => a[0] - b[0]),
    names: names.map((name) => [left[name], right[name]].map(Math.round)),
  };
}"""


@pytest.fixture(scope="module")
def report_path(tmp_path_factory):
    cohorts = make_cohorts()
    hostile = cohorts.attrs["notes"][0] + "W" * 100_000
    many = many_cohorts(cohorts, 25)
    return write_report(
        tmp_path_factory.mktemp("rates") / "report.html",
        cohorts={
            "listing": add_gold(cohorts, target=hostile, state=hostile),
            "seller": add_gold(many, ["below", *["same"] * 22, "risky", "risky"]),
        },
        titles={"listing": make_titles()},
        title="Rates of a synthetic marketplace",
    )


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_loads_nothing_says_nothing_and_fits(open_page, report_path, size, scheme):
    page = open_page(size, scheme)
    assert page.asked == [report_path.as_uri()] and page.said == []
    assert page.title() == "Rates of a synthetic marketplace"
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= SIZES[size][0]
    assert page.evaluate("document.scripts.length") == 1


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_can_be_read(open_page, size, scheme):
    assert open_page(size, scheme).evaluate(CONTRAST) == []


@pytest.mark.parametrize("label", ["Rate", "Lift", "Verdict", "Before"])
def test_the_new_columns_sort_with_the_unknown_last(open_page, label):
    page = open_page()
    page.click(f"#listing .cohorts thead button:has-text('{label}')")
    down = page.evaluate(COLUMN, label)[:-1]  # the last row is in no cohort
    page.click(f"#listing .cohorts thead button:has-text('{label}')")
    up = page.evaluate(COLUMN, label)[:-1]
    known = sorted(float(value) for value in down if value)
    assert [float(value) for value in up if value] == known and len(set(known)) > 1
    assert [float(value) for value in down if value] == known[::-1]
    blank = [""] * (len(down) - len(known))
    assert down[len(known) :] == up[len(known) :] == blank


@pytest.mark.parametrize("size", SIZES)
def test_lines_end_at_the_cohorts_that_they_join(open_page, size):
    page = open_page(size)
    page.evaluate("document.querySelector('#seller').remove()")
    joined = page.evaluate(JOINED)
    assert len(joined["lines"]) == 9
    for line, ends in zip(joined["lines"], sorted(joined["names"]), strict=True):
        assert line == pytest.approx(ends, abs=2)


def test_on_a_phone_each_figure_has_its_label(open_page):
    page = open_page("phone")
    row = page.locator("#listing .cohorts tbody tr").first
    for label in ("Before", "Rate", "Lift", "Verdict"):
        cell = row.locator(f"[data-label={label}]")
        shown = cell.evaluate("n => getComputedStyle(n, '::before').content")
        assert shown == f'"{label}"' and cell.bounding_box()["width"] > 40
    bar = row.locator(".whisker").bounding_box()
    assert bar["width"] > 200 and bar["height"] > 8
