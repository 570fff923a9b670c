"""The gate against silent skips can fail."""

from tests.conftest import allowed_skips, forbidden_skips


def test_a_skip_is_forbidden_unless_listed():
    skipped = {"tests/a.py::test_one": "no chromium", "tests/b.py::test_two[x]": "slow"}
    assert forbidden_skips(skipped, {"tests/b.py::test_two": "reason"}) == {
        "tests/a.py::test_one": "no chromium"
    }


def test_every_listed_skip_has_a_reason():
    assert all(len(reason) > 10 for reason in allowed_skips().values())
