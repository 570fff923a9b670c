import numpy as np
import pytest
from sklearn.linear_model import Ridge
from sklearn.model_selection import LeaveOneOut, cross_val_predict

from iprseg.segment.scaling import (
    RIDGE_PENALTY,
    find_corroborated_directions,
    regress_leave_one_out,
)

RNG = np.random.default_rng(0)
KIND = RNG.integers(2, size=300) * 1.0


def test_the_share_is_that_of_leaving_each_row_out():
    columns = RNG.normal(size=(60, 4))
    columns = (columns - columns.mean(axis=0)) / columns.std(axis=0)
    target = columns[:, :1] + RNG.normal(size=(60, 1))
    target -= target.mean(axis=0)
    _, share = regress_leave_one_out(columns, target)
    # scikit-learn refits for each row left out
    ridge = Ridge(RIDGE_PENALTY * 60, fit_intercept=False)
    left_out = cross_val_predict(ridge, columns, target[:, 0], cv=LeaveOneOut())
    error = ((target[:, 0] - left_out) ** 2).mean() / (target**2).mean()
    assert share[0] == pytest.approx(1 - error, abs=2e-3)


def test_what_no_other_block_bears_out_has_no_share():
    noise = RNG.normal(size=(300, 3))
    found = find_corroborated_directions(
        [np.column_stack([KIND, noise]), KIND[:, None]], 0.3
    )
    directions, share = found[0]
    assert share[0] > 0.9
    assert (share[1:] < 0.05).all()
    assert np.abs(directions[:, 0]).argmax() == 0


def test_one_block_alone_is_borne_out_by_nothing():
    ((_, share),) = find_corroborated_directions([RNG.normal(size=(50, 2))], 0.3)
    assert not share.any()


def test_constant_columns_and_few_rows_stay_finite():
    parts = [np.ones((5, 2)), RNG.normal(size=(5, 9)), np.zeros((5, 1))]
    for directions, share in find_corroborated_directions(parts, 0.3):
        assert np.isfinite(directions).all()
        assert np.isfinite(share).all()
