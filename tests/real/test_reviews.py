"""F01 on real reviews, against the committed verdicts of two blind readers.

The floors are below what was measured (README), so that a change for the worse fails.
"""

import pytest

from tests.real.reviews import judged, shares

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def measured(real_data):
    return {share.what: share for share in shares(judged(real_data))}


def test_the_verdicts_are_whole(measured):
    kinds = ("denies_fake", "doubts", "other_sense", "none")
    sizes = [measured[f"flagged where both say {kind}"].n for kind in kinds]
    assert [measured["recall of claims, both readers"].n, *sizes] == [5, 132, 5, 4, 649]


def test_most_claims_are_found(measured):
    assert measured["recall of claims, both readers"].k >= 4


def test_denials_are_left_alone(measured):
    assert measured["flagged where both say denies_fake"].k <= 1


def test_reviews_without_such_words_are_left_alone(measured):
    assert measured["flagged where both say none"].k == 0
    assert measured["flagged where both say other_sense"].k == 0
