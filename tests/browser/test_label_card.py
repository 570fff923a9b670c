"""Label by keyboard in a real JupyterLab; believe only what the browser was told."""

import os
import signal
import time

import pytest

from labeling import Codebook, LabelQueue, LabelStore, read_labels
from tests.browser.lab import stored, told

pytestmark = pytest.mark.browser


def test_thirty_items_by_keyboard_with_an_undo_and_a_restart(open_card):
    page, store = open_card()
    cells = page.cells()
    given = ["nn", "tc e2 h9", "no rc e1 h8", "ie ml mi", "os", "ko s1 e1 h6"] * 5
    for number, codes in enumerate(given[:15], start=1):
        page.label(codes)
        if number == 7:
            page.wait_saved(7)
            page.press("u")  # the seventh again: its answer comes back filled in
            page.wait_saved(8)
            page.press("Enter")
    page.wait_saved(17)
    assert page.text(".lc-status") == f"saved #{page.saved[-1]['number']}"
    page.restart_kernel()
    page.page.wait_for_selector(".lc-bad", timeout=2000)
    assert (
        "NOT SAVING. The kernel stopped or was restarted; run the cell again"
        in page.text(".lc-status")
    )
    page.page.evaluate("document.querySelector('.lc-card').focus()")
    page.label("tc e2 h9")  # nobody is there: it must not look saved
    assert len(page.saved) == 17 and page.page.locator(".lc-good").count() == 0
    page.wait_idle()
    page.run_all()
    page.wait_text(".lc-count", "15 labeled, 0 skipped, 45 left")
    for codes in given[15:]:
        page.label(codes)
    page.wait_saved(32)
    assert told(page) == stored(store)
    assert page.cells() == cells  # JupyterLab took no key for itself
    assert page.page.locator(".jp-Dialog").count() == 0
    gold = read_labels(store).iloc[:30]
    primary = {"nn": "NO_INFRINGEMENT", "tc": "TM_COUNTERFEIT", "no": "NO_INFRINGEMENT",
               "ie": "INSUFFICIENT_EVIDENCE", "os": "OUT_OF_SCOPE", "ko": "KO_KNOCKOFF"}  # fmt: skip
    assert gold["primary"].tolist() == [primary[codes[:2]] for codes in given]
    assert store.verify().ok


def test_forty_presses_at_fifty_milliseconds_lose_none(open_card):
    page, store = open_card()
    codes = [
        "nn",
        "os",
        "nn",
        "nn",
        "os",
        "nn",
        "os",
        "os",
        "nn",
        "os",
        "nn",
        "os",
        "nn",
    ]
    presses = [key for code in codes for key in (*code, "Enter")] + ["t"]
    assert len(presses) == 40
    page.press(*presses, gap=50)
    page.wait_saved(13)
    assert page.text(".lc-line").startswith("t …")  # the fortieth waits for its second
    first = {"nn": "NO_INFRINGEMENT", "os": "OUT_OF_SCOPE"}
    assert [answer["primary"] for *_, answer in told(page)] == [
        first[code] for code in codes
    ]
    assert told(page) == stored(store)
    served = (
        read_labels(store).iloc[:13]["primary"].tolist()
    )  # in serving order: no shift
    assert served == [first[code] for code in codes]


def test_presses_faster_than_the_kernel_are_kept_in_order(open_card):
    page, store = open_card()
    page.press(
        *(["n", "n", "Enter", "o", "s", "Enter"] * 15)
    )  # beyond what is sent ahead
    page.wait_saved(30)
    assert told(page) == stored(store)
    served = read_labels(store).iloc[:30]["primary"].tolist()
    assert served == ["NO_INFRINGEMENT", "OUT_OF_SCOPE"] * 15


def test_a_frozen_kernel_turns_the_card_red_and_nothing_is_lost(open_card):
    page, store = open_card()
    kernel = int(page.pid_file.read_text())
    os.kill(kernel, signal.SIGSTOP)
    try:
        page.label("nn")
        page.label("os")
        page.page.wait_for_selector(".lc-bad", timeout=6000)
        assert "2 not saved, kept in this browser" in page.text(".lc-status")
        assert page.saved == []
    finally:
        os.kill(kernel, signal.SIGCONT)
    page.wait_saved(2)
    page.page.wait_for_selector(".lc-good")
    time.sleep(1)  # the same was sent more than once meanwhile
    assert told(page) == stored(store) and len(stored(store)) == 2


def test_answers_under_way_when_the_kernel_is_killed_are_saved_once(open_card):
    page, store = open_card()
    page.label("nn")
    page.wait_saved(1)
    kernel = int(page.pid_file.read_text())
    os.kill(kernel, signal.SIGSTOP)
    page.label("os")
    page.label("nn")
    os.kill(kernel, signal.SIGKILL)
    page.page.wait_for_selector(".lc-bad", timeout=15_000)
    page.page.wait_for_selector(
        ".jp-Dialog button:has-text('Ok')", timeout=30_000
    )  # Lab tells of the death
    page.page.click(".jp-Dialog button:has-text('Ok')")
    page.wait_idle()
    page.run_all()
    page.wait_saved(3)
    assert told(page) == stored(store)
    primaries = [answer["primary"] for *_, answer in stored(store)]
    assert primaries == ["NO_INFRINGEMENT", "OUT_OF_SCOPE", "NO_INFRINGEMENT"]
    page.wait_text(".lc-count", "3 labeled")
    page.label("os")
    page.wait_saved(4)
    assert read_labels(store)["labels"].max() == 1 and told(page) == stored(store)


def test_the_cards_keys_and_only_those_do_what_they_say(open_card):
    page, store = open_card()
    cells = page.cells()
    page.press("Enter")
    assert "Still open: Primary label" in page.text(".lc-line")
    page.press(
        "ArrowDown", "Shift", "z", "d", "d", "q", "q"
    )  # keys JupyterLab would cut and insert cells with
    assert "No code begins with q" in page.text(".lc-line")
    page.press("/")
    page.page.keyboard.type("pirat")
    page.press("Enter")
    assert page.text(".lc-chosen >> nth=0") == "cp pirated copyright goods"
    page.press("a")
    page.page.keyboard.type("a scan of a printed book, sold as new")
    page.press("Enter", "e", "2", "h", "8")
    page.press("f")
    page.page.keyboard.type("ask the publisher")
    page.press("Enter")
    page.wait_saved(1)
    page.press("Enter", "x")
    page.wait_saved(3)
    assert [one["kind"] for one in page.saved] == ["flag", "submit", "skip"]
    assert told(page) == stored(store) and page.cells() == cells
    page.wait_text(".lc-count", "1 labeled, 1 skipped, 58 left")
    texts = (
        store.path.read_bytes()
        + (store.path.parent / f"{store.path.name}-wal").read_bytes()
    )
    assert b"a scan of a printed book" in texts and b"ask the publisher" in texts


def test_a_second_kernel_on_the_store_takes_no_item_twice(open_card):
    page, store = open_card(n=30)
    other = LabelQueue(LabelStore(store.path), Codebook.load(), "reader_8")
    for _ in range(3):
        page.label("nn")
        other.submit(other.next(), {"primary": "OUT_OF_SCOPE"})
    page.wait_saved(3)
    while other.next():
        other.skip(other.next())
    page.press(*(["n", "n", "Enter"] * 24))
    page.wait_saved(27)
    page.wait_text(".lc-item", "nothing is left")
    assert told(page) == [
        one for one in stored(store) if one[1] in {said["id"] for said in page.saved}
    ]
