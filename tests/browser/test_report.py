"""The report in a real browser: silent, inert, readable, on a phone and in the dark."""

import pandas as pd
import pytest

from iprseg.charts import plot_cohorts
from iprseg.cohorts.lift import add_block_parts
from iprseg.report import write_report
from tests.browser.conftest import SIZES
from tests.iprseg.report.small_report import make_cohorts, make_titles

pytestmark = pytest.mark.browser


# relative luminance and contrast of WCAG 2.1, over every element that shows text
CONTRAST = """() => {
  const rgba = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b]
    .map((c) => c / 255)
    .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const [r, g, b, a = 1] = rgba(getComputedStyle(at).backgroundColor);
      if (a > 0) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const poor = [];
  for (const node of document.querySelectorAll("body *")) {
    const own = [...node.childNodes].some((c) => c.nodeType === 3 && c.data.trim());
    if (!own || node.closest("script") || !node.getClientRects().length) continue;
    const pair = [light(rgba(getComputedStyle(node).color)), light(ground(node))];
    const ratio = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
    if (ratio < 4.5) poor.push([node.tagName, node.className, ratio.toFixed(2)]);
  }
  return poor;
}"""


@pytest.fixture(scope="module")
def report_path(tmp_path_factory):
    at = pd.DataFrame({"x": [0.0, 0.5, 1], "y": [0.0, 1, 0.5]})
    labels = pd.Series([0, 1, -1])
    images = tuple(
        plot_cohorts(at, labels, {0: "a", 1: "b"}, theme=theme, legend=False)
        for theme in ("light", "dark")
    )
    shares = {"price": 0.5, "a_block_of_one's_own": 0.4, "meaning": 0.1}
    listings = add_block_parts(make_cohorts(), pd.DataFrame(shares, index=range(9)))
    return write_report(
        tmp_path_factory.mktemp("report") / "report.html",
        cohorts={"listing": listings, "seller": make_cohorts(level="seller")},
        map_png={"listing": images},
        titles={"listing": make_titles()},
        metrics=pd.DataFrame({"method": ["iprseg"], "adjusted_rand_index": [0.9]}),
        left_out=[{"what": "W" * 500, "why": "long", "n": 1}],
        title="Cohorts of a synthetic marketplace",
    )


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_loads_nothing_says_nothing_and_fits(open_page, report_path, size, scheme):
    page = open_page(size, scheme)
    asked = [url for url in page.asked if not url.startswith("data:")]
    assert asked == [report_path.as_uri()]
    assert page.said == []
    assert page.title() == "Cohorts of a synthetic marketplace"
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= SIZES[size][0]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_can_be_read(open_page, scheme):
    page = open_page("desktop", scheme)
    assert page.evaluate(CONTRAST) == []


def test_the_dark_page_is_dark_and_shows_the_dark_map(open_page):
    light, dark = open_page(), open_page(scheme="dark")
    ground = "getComputedStyle(document.body).backgroundColor"
    image = "document.querySelector('figure img').currentSrc"
    assert light.evaluate(ground) != dark.evaluate(ground)
    assert light.evaluate(image) != dark.evaluate(image)
    assert dark.evaluate("document.querySelector('figure img').naturalWidth") > 300


def test_a_heading_sorts_and_noise_stays_last(open_page):
    page = open_page()
    names = "[...document.querySelectorAll('#listing .cohorts tbody tr')].map(r => r.cells[2].dataset.value)"
    before = page.evaluate(names)
    page.click("#listing .cohorts thead th:nth-child(3) button")
    after = page.evaluate(names)
    # the last row is noise; data in the fixture grows by one per cohort
    assert before == [*map(str, range(100, 109)), "100"]
    assert after == [*map(str, range(108, 99, -1)), "100"]
    page.click("#listing .cohorts thead th:nth-child(3) button")
    assert page.evaluate(names) == before


def test_script_in_a_title_is_text(open_page):
    page = open_page()
    assert page.evaluate("document.scripts.length") == 1
    assert "<script>document.title = 'owned'</script>" in page.inner_text("#listing")


def test_an_injected_script_would_not_run(open_page):
    page = open_page()
    page.evaluate(
        "() => { const s = document.createElement('script'); s.textContent = 'window.ran = 1';"
        " document.body.append(s); }"
    )
    assert page.evaluate("window.ran") is None
    assert any("Content Security Policy" in text for text in page.said)
