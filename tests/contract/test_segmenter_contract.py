"""scikit-learn's own checks of an estimator, for both methods."""

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from iprseg.segment import Segmenter

pytestmark = pytest.mark.filterwarnings("ignore:Segmenter put none")


@parametrize_with_checks([Segmenter(), Segmenter(method="reference")])
def test_segmenter_is_an_estimator(estimator, check):
    assert check(estimator) is None  # a check that fails raises
