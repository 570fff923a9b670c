"""Measure what F01 makes of real reviews against two blind readers' verdicts.

Run ``python -m tests.real.reviews`` to print the numbers that the README quotes.
"""

from pathlib import Path

import pandas as pd

from iprseg.signals.feedback.review_claims import find_fake_claims
from tests.real.measure import Share, read_real, read_verdicts

KINDS = ("claims_fake", "denies_fake", "doubts", "other_sense", "none")


def judged(data: Path) -> pd.DataFrame:
    """The readers' verdicts on every review, and whether the signal flags it."""
    reviews = read_real(data, "cartridges").reviews.reset_index(drop=True)
    verdicts = read_verdicts("cartridges_reviews.csv")
    langs = reviews["lang"].to_numpy(dtype=object)
    return verdicts.assign(flagged=find_fake_claims(reviews["text"].fillna(""), langs))


def shares(verdicts: pd.DataFrame) -> list[Share]:
    """Precision and recall by both readers and by each; false alarms by verdict."""
    a, b = verdicts["reader_a"], verdicts["reader_b"]
    flagged = verdicts["flagged"]
    measured = []
    views = {
        "both readers": (a == "claims_fake") & (b == "claims_fake"),
        "reader a": a == "claims_fake",
        "reader b": b == "claims_fake",
    }
    for who, claims in views.items():
        measured += [
            _share(f"recall of claims, {who}", flagged[claims]),
            _share(f"precision, {who}", claims[flagged]),
        ]
    known = flagged & ~((a == "doubts") & (b == "doubts"))
    claims = views["both readers"]
    measured.append(_share("precision, doubts left out", claims[known]))
    for kind in KINDS[1:]:
        same = (a == kind) & (b == kind)
        measured.append(_share(f"flagged where both say {kind}", flagged[same]))
    return measured


def _share(what: str, among: pd.Series) -> Share:
    return Share(what, int(among.sum()), len(among))


if __name__ == "__main__":
    from tests.conftest import REAL_DATA

    verdicts = judged(REAL_DATA)
    print(f"{len(verdicts)} reviews; the readers agree on", end=" ")
    print((verdicts["reader_a"] == verdicts["reader_b"]).sum())
    print(*shares(verdicts), sep="\n")
