"""Listing text is hostile: in the card it neither runs, nor reorders, nor overflows."""

import pandas as pd
import pytest

from tests.browser.lab import stored, told
from tests.labeling.worlds import make_listings, make_sample

pytestmark = pytest.mark.browser
ATTACK = "<script>window.pwned = 1</script><img src=x onerror='window.pwned = 2'>"
LONG = 100_000


@pytest.fixture
def hostile():
    """Three listings; the one with the longest word is served first."""
    content = make_listings(make_sample(3)).astype(object)
    texts = {"L0002": "w" * LONG, "L0001": ATTACK * 50, "L0000": "fine"}
    spans = [
        {"field": "title", "start": -5, "end": 8, "why": "<i>why</i>"},
        {"field": "description", "start": 10, "end": 10**9, "why": ""},
    ]
    signals = [{"name": "<u>A01</u>", "value": 1.0}]
    content["title"] = f"{ATTACK} \u202eelpmaxe\u202c pay\u200bpal"
    content["description"] = pd.Series(texts)
    content["brand_field"] = f"\u2067{ATTACK}"
    content["currency"] = "<b>USD</b>"
    content["evidence"] = pd.Series([spans] * 3, index=content.index)
    content["signals"] = pd.Series([signals] * 3, index=content.index)
    return content


def test_markup_is_shown_as_the_text_it_is(open_card, hostile):
    page, store = open_card(content=hostile, n=3)
    parts = page.page.locator(
        ".lc-card script, .lc-card img, .lc-card b b, .lc-card i, .lc-card u"
    )
    for number in (1, 2):
        assert parts.count() == 0
        assert ATTACK in page.text(".lc-title") and ATTACK in page.text(".lc-facts")
        assert "<i>why</i>" in page.text(".lc-evidence")
        assert page.page.evaluate("window.pwned") is None
        page.label("nn")
        page.wait_saved(number)
    assert told(page) == stored(store)


def test_what_reorders_or_hides_becomes_a_visible_mark(open_card, hostile):
    page, _ = open_card(content=hostile, n=3)
    marks = page.page.locator(".lc-card .lc-title .lc-control").all_inner_texts()
    assert marks == ["RLO", "PDF", "ZWSP"]
    shown = page.page.evaluate("document.querySelector('.lc-card').textContent")
    assert not set(shown) & set("\u202e\u202c\u2067\u200b")
    assert "elpmaxe" in shown


def test_one_word_of_100_kb_is_wrapped_and_folded(open_card, hostile):
    page, _ = open_card(content=hostile, n=3)
    body = "document.querySelector('.lc-body').clientHeight"
    card = "document.querySelector('.lc-card')"
    assert page.page.evaluate(f"{card}.scrollWidth - {card}.clientWidth") <= 0
    assert page.page.evaluate(f"{card}.clientHeight") < 1200
    assert page.page.locator(".lc-card .lc-more").count() == 1
    folded = page.page.evaluate(body)
    page.press("Space")
    assert page.page.evaluate(body) > 10 * folded
    assert page.page.evaluate(f"{card}.clientHeight") < 1400  # it scrolls inside
    assert len(page.text(".lc-body")) == LONG
