"""What is refused is told as a person wrote it."""

import numpy as np
import pandas as pd
import pytest

from iprseg.errors import IprsegError
from iprseg.survey import draw_sample
from iprseg.validation import check_interval, check_option, format_value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.int64(3), "3"),
        (np.float64(0.5), "0.5"),
        (np.bool_(True), "True"),
        (np.str_("a"), "'a'"),
        (np.array([1]), "array([1])"),
        ("a", "'a'"),
        (None, "None"),
    ],
)
def test_numpy_is_not_named(value, text):
    assert format_value(value) == text


def test_in_refusals():
    with pytest.raises(IprsegError, match=r"'n' parameter of f must be .*; got -3"):
        check_interval("n", np.int64(-3), "f", low=1)
    with pytest.raises(IprsegError, match="must be one of 1, 2; got 3"):
        check_option("n", np.int64(3), (1, 2), "f")


def test_ids_of_a_frame():
    frame = pd.DataFrame({"title": ["a", "b"]}, index=[5, 5])
    with pytest.raises(IprsegError, match="has the id 5 more than once"):
        draw_sample(frame, 1)
    short = pd.Series(["x"], index=[1])
    with pytest.raises(IprsegError, match=r"lacks 1 of 2 rows of the frame \(first: 2"):
        draw_sample(frame.set_axis([1, 2]), 1, strata=short)
