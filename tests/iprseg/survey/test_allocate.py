import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from iprseg.survey.draw import allocate_draws

STRATA = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 2), st.floats(0, 5)),
    min_size=1,
    max_size=8,
)


@given(STRATA, st.integers(0, 300))
def test_every_draw_is_placed_within_floor_and_cap(strata, total):
    cap, floor, share = (np.array(column) for column in zip(*strata, strict=True))
    floor = np.minimum(floor, cap)
    total = max(total, int(floor.sum()))
    given_ = allocate_draws(total, cap, floor, share)
    assert given_.sum() == min(total, cap.sum())
    assert (given_ <= cap).all()
    assert (given_ >= floor).all()


@given(st.integers(10, 400), st.lists(st.integers(1, 9), min_size=2, max_size=6))
def test_without_limits_shares_are_met_to_one_unit(total, shares):
    share = np.array(shares)
    given_ = allocate_draws(
        total, np.full(len(share), 10_000), np.zeros(len(share)), share
    )
    assert np.abs(given_ - total * share / share.sum()).max() <= len(share)


def test_a_floor_counts_towards_the_share():
    assert allocate_draws(12, [50, 50], [2, 2], [1, 1]).tolist() == [6, 6]


@pytest.mark.parametrize("total", [0, 3])
def test_few_draws_go_to_the_largest_shares(total):
    assert allocate_draws(total, [9, 9, 9], [0, 0, 0], [1, 5, 3]).sum() == total
