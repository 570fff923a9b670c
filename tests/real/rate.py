"""The rate of suspected violations among the perfume offers, from the readers' labels.

Run ``python -m tests.real.rate`` to print what the README of the verdicts quotes.
"""

from pathlib import Path

import pandas as pd
from sklearn.metrics import cohen_kappa_score

from iprseg.survey import SampleDesign, estimate_prevalence

VERDICTS = Path(__file__).parent / "verdicts"
ANSWER = ("status", "primary", "severity", "violative")


def labels() -> pd.DataFrame:
    return pd.read_csv(VERDICTS / "perfume_rate.csv", index_col="listing_id")


def agreement(both: pd.DataFrame) -> tuple[float, float]:
    """Share of equal primary labels, and Cohen's kappa."""
    same = (both["primary_a"] == both["primary_b"]).mean()
    return float(same), float(cohen_kappa_score(both["primary_a"], both["primary_b"]))


def rate(both: pd.DataFrame, reader: str) -> pd.Series:
    """The rate at severity S2 and above, of all 2,000 offers, by one reader."""
    design = SampleDesign.from_json(
        (VERDICTS / "perfume_rate_design.json").read_text(encoding="utf-8")
    )
    one = both.rename(columns={f"{name}_{reader}": name for name in ANSWER})
    # no seller is known, and nothing was fitted: every label may measure
    frame = one.assign(seller_id=pd.NA, role="measure")
    return estimate_prevalence(frame, design, role=None).loc["all"]


if __name__ == "__main__":
    both = labels()
    same, kappa = agreement(both)
    print(f"same primary label: {same:.1%}, Cohen's kappa {kappa:.2f}")
    for reader in "ab":
        row = rate(both, reader)
        print(
            f"reader {reader}: {row['point']:.1%} [{row['low']:.1%}, {row['high']:.1%}], n={row['n']}, "
            f"undecided {row['nonresponse']}: between {row['worst_low']:.1%} and {row['worst_high']:.1%}"
        )
