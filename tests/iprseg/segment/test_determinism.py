"""One seed and one number of threads give one result, in every process.

Another number of threads sums in another order (k-means, matrix products): a change in
the last digit, which a layout of rows without clear cohorts may blow up.
"""

import os
import subprocess
import sys

import pytest

# rows without cohorts: the least change of a sum would move labels and strengths
FIT = """
import hashlib, sys, warnings
import numpy as np
from iprseg.segment import Segmenter
warnings.simplefilter("ignore")
rng = np.random.default_rng(0)
plain, wide = rng.normal(size=(1500, 8)), rng.normal(size=(1500, 120))
blocks = {"price": range(3), "text": range(3, 8)}
fits = {
    "below": ({"max_coreset": 1500}, plain),
    "above": ({"max_coreset": 600}, plain),
    "blocks above": ({"max_coreset": 600, "blocks": blocks}, plain),
    "wide": ({}, wide),
    "clear": ({"max_coreset": 600}, plain + 20 * rng.normal(size=(8, 8))[rng.integers(8, size=1500)]),
    "reference": ({"method": "reference"}, plain[:300]),
}
for name in sys.argv[1:]:
    settings, rows = fits[name]
    fitted = Segmenter(min_cohort_size=10, **settings).fit(rows)
    strength = b"" if name == "clear" else fitted.strength_.tobytes()
    found = fitted.labels_.tobytes() + strength
    print(name, len(set(fitted.labels_)), hashlib.sha256(found).hexdigest())
"""
CORESET = ("below", "above", "blocks above", "wide")


def found(threads: int, *names: str, hash_seed: int = 0) -> dict[str, str]:
    """Fit in a fresh process; cohorts and digest of labels and strengths by name."""
    count = str(threads)
    settings = {"OMP_NUM_THREADS": count, "OPENBLAS_NUM_THREADS": count}
    settings |= {"PYTHONHASHSEED": str(hash_seed)}
    done = subprocess.run(
        [sys.executable, "-c", FIT, *names],
        env=os.environ | settings,
        capture_output=True,
        text=True,
        check=True,
    )
    rows = [line.rsplit(" ", 2) for line in done.stdout.splitlines()]
    assert all(int(cohorts) > 2 for _, cohorts, _ in rows)  # there is what may differ
    return {name: digest for name, _, digest in rows}


@pytest.fixture(scope="module")
def one_thread():
    return found(1, *CORESET, "reference")


def test_fresh_processes_agree_byte_by_byte(one_thread):
    assert found(1, *CORESET, "reference", hash_seed=1) == one_thread


def test_so_they_do_with_two_threads():
    assert found(2, *CORESET) == found(2, *CORESET, hash_seed=1)


def test_clear_cohorts_are_the_same_for_any_number_of_threads():
    assert clear_cohorts(1) == clear_cohorts(2)


def clear_cohorts(threads: int) -> str:
    """Labels of rows in eight far places, of which micro-clusters are made."""
    return found(threads, "clear")["clear"]
