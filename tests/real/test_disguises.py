"""Brands hidden by program in honest titles: floors below what ``disguises`` prints."""

import pytest

from tests.real.disguises import HIDES, measure

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def measured(real_data):
    return {share.what: share for share in measure(real_data, folds=1)}


def test_every_disguise_is_tried(measured):
    assert set(measured) == {*HIDES, "line alone"}
    assert min(share.n for share in measured.values()) >= 100


@pytest.mark.parametrize(
    ("how", "floor"),
    [
        ("plain", 0.97),
        ("all hyphens", 0.95),
        ("leet", 0.95),
        ("a letter masked", 0.92),
        ("one hyphen", 0.82),
        ("one space", 0.80),
        ("another vowel", 0.75),
        ("a letter dropped", 0.80),
        ("a letter doubled", 0.80),
        ("two letters swapped", 0.80),
        ("line alone", 0.35),
    ],
)
def test_disguises_are_seen_through(measured, how, floor):
    assert measured[how].k / measured[how].n >= floor
