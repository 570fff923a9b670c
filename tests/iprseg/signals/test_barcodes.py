"""C14: barcodes that cannot be, or are another brand's."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from iprseg.signals.image.detections import parse_gtins
from tests.iprseg.signals.helpers import BRANDS, compute

ZEPHYRA, KORDA = BRANDS.table["brand_id"]


def anomalies(codes, **more):
    return compute({"title": ["bag"] * len(codes), "gtin": codes}, **more)


@pytest.mark.parametrize(
    "code",
    [
        # GS1 General Specifications, worked example of the check digit: 629104150021 -> 3
        "6291041500213",
        "4006381333931",  # a widely printed EAN-13 example
        "036000291452",  # the UPC-A of the standard's examples
        "73513537",  # EAN-8
        "10614141000415",  # GTIN-14
        "0306406152",  # ISBN-10, of the ISBN manual: 0-306-40615-2
        "080442957X",  # ISBN-10 whose check digit is ten
        "9780306406157",
        " 978-0-306-40615-7 ",
        "４００６３８１３３３９３１",  # fullwidth digits are digits
    ],
)
def test_codes_of_the_standards_are_valid(code):
    assert anomalies([code])[0]["C14"].tolist() == [0]


@pytest.mark.parametrize(
    "code",
    ["6291041500214", "4006381333930", "73513538", "0306406153", "0804429571", "123",
     "40063813339311", "4006381333931x", "EAN 4006381333931", "1" * 100_000],
)  # fmt: skip
def test_codes_that_cannot_be(code):
    assert anomalies([code])[0]["C14"].tolist() == [1]


@pytest.mark.parametrize(
    "code", [None, "", " ", "N/A", "Does not apply", "0000000000000", "-"]
)
def test_no_code_is_missing_not_wrong(code):
    values, reasons = anomalies([code, "73513537"])
    assert np.isnan(values["C14"].iloc[0]) and values["C14"].iloc[1] == 0
    assert reasons["C14"].tolist() == ["value_missing: gtin", ""]


def test_without_the_column_it_is_missing():
    assert compute({"title": ["x"]})[1]["C14"].tolist() == ["column_absent: gtin"]


def test_a_code_of_another_brand_counts():
    catalogue = pd.DataFrame(
        {
            "brand_id": [ZEPHYRA, KORDA, KORDA, ZEPHYRA, KORDA],
            "model_name": ["m"] * 5,
            # an UPC is the EAN with a zero before it; the last is of both brands
            "gtin": ["036000291452", "4006381333931", "bad", "73513537", "73513537"],
        }
    )
    fields = ["Zephyra", "Korda", "Korda", "Zephyra", None, "Own Label", "Korda"]
    codes = ["0036000291452", "036000291452", "4006381333931", "4006381333931",
             "4006381333931", "4006381333931", "73513537"]  # fmt: skip
    values, _ = compute(
        {"title": ["bag"] * 7, "brand_field": fields, "gtin": codes},
        brand_catalogue=catalogue,
    )
    # a listing of no brand, or of one that nobody knows, contradicts nothing
    assert values["C14"].tolist() == [0, 1, 0, 1, 0, 0, 0]


@given(
    st.lists(
        st.text(max_size=20) | st.none() | st.from_regex(r"[0-9]{7,15}", fullmatch=True)
    )
)
def test_anything_may_stand_in_the_column(codes):
    stated, valid, plain = parse_gtins(np.array([*codes, None], dtype=object))
    assert not (valid & ~stated).any()
    assert all(
        len(code) == (14 if one else 0) for code, one in zip(plain, valid, strict=True)
    )


@given(st.integers(1, 10**12 - 1), st.integers(1, 9), st.integers(0, 12))
def test_every_digit_that_is_changed_is_noticed(body, change, place):
    digits = [int(d) for d in f"{body:012d}"]
    total = sum(d * (1, 3)[i % 2] for i, d in enumerate(digits))
    digits.append(-total % 10)
    digits[place], right = (digits[place] + change) % 10, digits.copy()
    codes = ["".join(map(str, one)) for one in (right, digits)]
    _, valid, _ = parse_gtins(np.array(codes, dtype=object))
    assert valid.tolist() == [True, False] or not any(digits)
