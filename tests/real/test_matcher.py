"""The matcher on real rows, against the committed verdicts of two blind readers.

The floors are below what was measured (README), so that a change for the worse fails.
"""

import pytest

from tests.real.measure import hidden_brands, reference_use

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def perfume(real_data):
    return {share.what.strip(): share for share in hidden_brands(real_data)[0]}


@pytest.fixture(scope="module")
def background(real_data):
    return {share.what: share for share in reference_use(real_data)}


def test_the_verdicts_are_whole(perfume):
    found = perfume["brand found where both readers see one"]
    none = perfume["flagged where both readers see none"]
    assert (found.n, none.n) == (123, 20)


def test_hidden_brands_are_found(perfume):
    found = perfume["brand found where both readers see one"]
    assert found.k / found.n >= 0.65


def test_plainly_written_brands_are_found(perfume):
    plain = perfume["of those, plain"]
    assert plain.k / plain.n >= 0.90


def test_rows_without_a_brand_are_left_alone(perfume):
    none = perfume["flagged where both readers see none"]
    assert none.k <= 2


def test_the_unguarded_matcher_flags_what_the_guard_spares(background):
    bare = background["unguarded matcher flags rows that only say what they fit"]
    assert bare.k / bare.n >= 0.80


def test_the_guard_spares_rows_that_only_say_what_they_fit(background):
    guarded = background["guarded matcher flags rows that only say what they fit"]
    assert guarded.k / guarded.n <= 0.05


def test_the_guard_keeps_the_brands_own_products(background):
    own = background["guarded matcher finds the brand's own product"]
    assert own.k / own.n >= 0.85
