"""Rows worked through in slices and by several processes give what one pass gives."""

import pandas as pd
import pytest

from iprseg import parallel
from iprseg.brands.learn import learn_brands
from iprseg.brands.mentions import find_brand_mentions
from iprseg.parallel import iter_slices, map_in_processes
from iprseg.signals.compute import compute_signals_with_reasons
from iprseg.simulate import make_marketplace

TABLES = make_marketplace(240, 40, evasion=3).tables
LISTINGS = TABLES["listings"]
# Spellings of one row are searched for in all others, in whatever slice they are.
LISTINGS.loc[[3, 200], "title"] = ["Clarimonnde bag", "ClarimonndeBag ½ ﬁn Clar*monde"]
LISTINGS.loc[7, "description"] = "\x1eWhatsApp +٦٢ 812 3456 7890 Straße"
BRANDS = learn_brands(TABLES)


def text_signals():
    return compute_signals_with_reasons(
        TABLES, brands=BRANDS, families=["text", "price"]
    )


@pytest.fixture(scope="module")
def at_once():
    return text_signals(), find_brand_mentions(LISTINGS, BRANDS)


def assert_same(found, at_once):
    (values, reasons), mentions = at_once
    pd.testing.assert_frame_equal(found[0][0], values)
    pd.testing.assert_frame_equal(found[0][1], reasons)
    pd.testing.assert_frame_equal(found[1], mentions)


def in_small_slices(monkeypatch):
    def small(n):
        return (slice(at, min(at + 50, n)) for at in range(0, n, 50))

    rooms = ("brands.mentions", "brands.search", "text.lexicon", "text.codepoints")
    for name in (*rooms, "signals.text.wording"):
        monkeypatch.setattr(f"iprseg.{name}.iter_slices", small)


def test_slices_change_nothing(monkeypatch, at_once):
    in_small_slices(monkeypatch)
    _, mentions = at_once
    here = mentions["listing_id"].eq(LISTINGS["listing_id"][200])
    in_title = mentions.loc[here & mentions["field"].eq("title"), "kind"]
    assert in_title.tolist() == ["near_miss", "obfuscated"]
    assert_same((text_signals(), find_brand_mentions(LISTINGS, BRANDS)), at_once)


def test_processes_change_nothing(monkeypatch, at_once):
    in_small_slices(monkeypatch)
    monkeypatch.setattr(parallel, "MIN_ROWS_FOR_PROCESSES", 100)
    monkeypatch.setattr(parallel, "_count_processes", lambda: 2)
    assert_same((text_signals(), find_brand_mentions(LISTINGS, BRANDS)), at_once)


def test_what_fails_in_a_process_fails_here(monkeypatch):
    monkeypatch.setattr(parallel, "MIN_ROWS_FOR_PROCESSES", 2)
    monkeypatch.setattr(parallel, "_count_processes", lambda: 2)
    with pytest.raises(ValueError, match="invalid literal"):
        list(map_in_processes(int, [("1",), ("one",)], 2))


def test_few_rows_stay_in_this_process():
    seen: list[int] = []
    assert list(map_in_processes(seen.append, [(1,), (2,)], 2)) == [None, None]
    assert seen == [1, 2]


@pytest.mark.parametrize("n", [0, 1, parallel.SLICE_ROWS, 2 * parallel.SLICE_ROWS + 1])
def test_slices_cover_every_row_once(n):
    assert [row for part in iter_slices(n) for row in range(n)[part]] == list(range(n))
