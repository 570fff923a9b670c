import pandas as pd
import pytest

from iprseg.cohorts.suspicion import note_leaning_noise


@pytest.mark.parametrize(
    ("noise", "said"),
    [(3.0, "than 2 of the 3 cohorts"), (5.0, "than 3 of the 3 cohorts")],
)
def test_those_in_no_cohort_who_lean_to_the_risky_side_are_not_passed_over(noise, said):
    note = note_leaning_noise(pd.Series({0: 0.1, 1: 2.0, 2: 4.0, -1: noise}), "seller")
    assert said in note[0] and f"suspicion {noise:.1f}" in note[0]


def test_nothing_is_said_of_those_who_do_not():
    assert note_leaning_noise(pd.Series({0: 0.1, 1: 4.0, -1: 0.9}), "seller") == []
    assert note_leaning_noise(pd.Series({0: 3.0, 1: 4.0, -1: 2.0}), "seller") == []
    assert note_leaning_noise(pd.Series({0: 3.0, 1: 4.0}), "seller") == []
