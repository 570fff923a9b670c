"""Signals of some families alone are those of all."""

import pandas as pd
import pytest

from iprseg.errors import IprsegError
from iprseg.signals import compute_signals, signal_catalogue
from iprseg.signals.compute import compute_signals_with_reasons
from iprseg.simulate import make_marketplace

TABLES = make_marketplace(200, 40).tables
CASES = [
    ("listing", ["text", "price"]),
    ("listing", ["composite"]),
    ("seller", ["behaviour", "feedback", "history"]),
    ("creator", ["creator"]),
]


@pytest.fixture(scope="module")
def whole():
    return {
        level: compute_signals_with_reasons(TABLES, level)
        for level in ("listing", "seller", "creator")
    }


@pytest.mark.parametrize(("level", "families"), CASES)
def test_chosen_families_are_part_of_the_whole(whole, level, families):
    some = compute_signals_with_reasons(TABLES, level, families=families)
    family = signal_catalogue()["family"]
    chosen = [c for c in whole[level][0] if family[c.partition("_")[0]] in families]
    assert chosen and sorted(chosen) == sorted(some[0])
    for part, all_of_it in zip(some, whole[level], strict=True):
        pd.testing.assert_frame_equal(part, all_of_it[list(part)])


def test_one_family_by_its_name():
    alone = compute_signals(TABLES, families="price")
    assert {name[0] for name in alone} == {"B"}


def test_an_unknown_family():
    with pytest.raises(IprsegError, match=r"'families' .* got 'prices'"):
        compute_signals(TABLES, families=["prices"])
