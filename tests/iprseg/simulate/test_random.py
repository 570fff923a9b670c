import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from iprseg.simulate.arrays import (
    apportion,
    draw_categories,
    draw_positions,
    hash_to_bits,
    hash_to_uniform,
)
from iprseg.simulate.listings import make_gtins
from iprseg.simulate.vocabulary import (
    TACTICS,
    list_disguises,
    list_near_misses,
    load_constants,
)


@given(
    st.integers(0, 10_000),
    st.lists(st.floats(0.01, 100), min_size=1, max_size=40),
    st.integers(0, 3),
)
def test_apportion_splits_the_whole(
    total: int, weights: list[float], least: int
) -> None:
    total += least * len(weights)
    parts = apportion(total, weights, least)
    exact = (total - least * len(weights)) * np.array(weights) / sum(weights) + least
    assert parts.sum() == total
    assert parts.min() >= least
    assert np.abs(parts - exact).max() < 1 + 1e-6


def test_mix64_is_splitmix64() -> None:
    # first outputs of the reference code (Vigna, splitmix64.c) from state 0
    expected = [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]
    assert hash_to_bits(np.arange(3), 0).tolist() == expected
    u = hash_to_uniform(np.arange(20_000), 3)
    assert u.mean() == pytest.approx(0.5, abs=0.01)
    assert len(np.unique(hash_to_bits(np.arange(20_000), 3))) == 20_000


def test_pick_and_choose_stay_inside() -> None:
    edge = np.array([0.0, np.nextafter(1, 0)])
    assert draw_positions(edge, 5, 3).tolist() == [5, 7]
    assert draw_positions(edge, 5, 0).tolist() == [-1, -1]
    assert draw_categories(edge, [0.2, 0.8]).tolist() == [0, 1]


def test_gtin_has_a_valid_check_digit() -> None:
    # 4006381333931 is the worked example of EAN-13 in common use
    assert make_gtins(np.array([400638133393])).to_pylist() == ["4006381333931"]
    wrong = make_gtins(np.array([400638133393]), np.array([True])).to_pylist()
    assert wrong == ["4006381333934"]


@pytest.mark.parametrize("tactic", TACTICS)
def test_no_disguise_is_the_name_itself(tactic: str) -> None:
    for brand in load_constants().brands:
        found = list_disguises(brand, tactic)
        assert len(found) >= 2
        assert len(set(found)) == len(found)
        assert all(brand["name"].casefold() != text.casefold() for text in found)


def test_near_misses_are_one_edit_away() -> None:
    from rapidfuzz.distance import DamerauLevenshtein

    for brand in load_constants().brands:
        name = brand["name"]
        found = list_near_misses(name)
        assert len(found) >= 3
        assert {DamerauLevenshtein.distance(name, text) for text in found} == {1}
