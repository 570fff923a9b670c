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
    content["id"], content["seller"] = f"\u202e{ATTACK}", "s" * LONG
    content["link"] = "javascript:window.pwned=3"
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


def test_a_link_opens_the_shop_alone_and_never_a_script(open_card, hostile):
    hostile.loc["L0001", "link"] = "https://shop.example/1?a=%22%3Cb%3E"
    page, _ = open_card(content=hostile, n=3)
    assert "RLO" in page.text(".lc-origin") and len(page.text(".lc-origin")) < 200
    assert page.page.locator(".lc-card a").count() == 0
    page.label("nn")
    page.wait_saved(1)
    link = page.page.locator(".lc-card a")
    found = {name: link.get_attribute(name) for name in ("href", "target", "rel")}
    assert found == {
        "href": "https://shop.example/1?a=%22%3Cb%3E",
        "target": "_blank",
        "rel": "noopener noreferrer",
    }


def test_what_is_missing_is_one_line_that_keeps_the_keyboard(open_card, hostile):
    signals = [
        {"name": "with replica wording", "yes": True, "value": 1.0},
        {"name": "a, b", "reason": "no date", "count": 2},
        {"name": "c", "reason": "no images", "count": 1},
    ]
    hostile["signals"] = pd.Series([signals] * 3, index=hostile.index)
    page, store = open_card(content=hostile, n=3)
    assert page.text(".lc-signals") == "with replica wording"
    assert page.text(".lc-missing") == "3 signals not known"
    page.page.click(".lc-missing summary")
    assert "no date: a, b" in page.text(".lc-missing")
    page.label("nn")  # the card has the keys still
    page.wait_saved(1)
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
