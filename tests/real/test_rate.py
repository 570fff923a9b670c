"""The committed labels and their design still give a rate."""

import pytest

from tests.real.rate import agreement, labels, rate


def test_every_drawn_row_has_two_verdicts():
    both = labels()
    assert len(both) == 150
    assert both[["primary_a", "primary_b"]].notna().all(axis=None)


def test_the_readers_agree_as_told():
    same, kappa = agreement(labels())
    # README of the verdicts
    assert (round(same, 3), round(kappa, 2)) == (0.867, 0.79)


@pytest.mark.parametrize("reader", ["a", "b"])
def test_the_rate_lies_within_its_limits_and_its_worst_cases(reader):
    row = rate(labels(), reader)
    assert (
        row["worst_low"]
        <= row["low"]
        <= row["point"]
        <= row["high"]
        <= row["worst_high"]
    )
    assert row["n"] + row["nonresponse"] == 150
    assert "2,000 listings" in row["target"]
