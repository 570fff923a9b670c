"""The page of signal cards in a real browser: silent, readable, sorted and searched."""

import pytest

from iprseg.report import write_signal_cards
from iprseg.signals import signal_cards
from tests.browser.conftest import SIZES
from tests.browser.test_report import CONTRAST
from tests.iprseg.report.small_report import HOSTILE
from tests.iprseg.report.test_cards import world

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def report_path(tmp_path_factory):
    signals, reasons, truth, sellers = world()
    signals[HOSTILE[2]] = signals["A07_replica_lexicon_hit"] * -1
    signals["X" * 300] = 1.0
    place = signals.index.to_series().str.len().map({2: HOSTILE[0], 3: "W" * 90})
    return write_signal_cards(
        tmp_path_factory.mktemp("cards") / "cards.html",
        signal_cards(signals, truth, sellers, reasons=reasons, before=signals),
        groups=signal_cards(signals, truth, sellers, by=place.fillna("BR")),
        title="Cards of a synthetic marketplace",
    )


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_loads_nothing_says_nothing_fits_and_can_be_read(
    open_page, report_path, size, scheme
):
    page = open_page(size, scheme)
    assert page.asked == [report_path.as_uri()] and page.said == []
    assert page.title() == "Cards of a synthetic marketplace"
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= SIZES[size][0]
    assert page.evaluate(CONTRAST) == []


def names(page):
    rows = page.query_selector_all("table.signals-all tbody tr")
    return [
        row.query_selector("small").inner_text() for row in rows if row.is_visible()
    ]


def test_a_heading_sorts_and_what_is_unknown_stays_last(open_page):
    page = open_page()
    assert names(page)[0] == "A07_replica_lexicon_hit"
    page.click("th:has-text('Known for') button")
    coverage = page.eval_on_selector_all(
        "td[data-label='Known for']", "cells => cells.map(c => Number(c.dataset.value))"
    )
    assert coverage == sorted(coverage, reverse=True)
    for way in ("descending", "ascending"):
        page.click("th:has-text('Trend') button")
        assert page.get_attribute("th:has-text('Trend')", "aria-sort") == way
        trends = page.eval_on_selector_all(
            "td[data-label='Trend']", "cells => cells.map(c => c.dataset.value)"
        )
        assert trends[-1] == ""  # that of a constant


def test_words_find_signals_and_hide_the_other_cards(open_page):
    page = open_page()
    page.fill("#find", "PRICE t1")
    assert names(page) == ["B05_discount_depth"]
    assert page.inner_text("#found").startswith("1 of ")
    shown = [a for a in page.query_selector_all("article") if a.is_visible()]
    assert len(shown) == 1
    page.fill("#find", "no such thing")
    assert names(page) == []
    page.fill("#find", "")
    assert len(names(page)) == 5 and page.inner_text("#found") == ""
