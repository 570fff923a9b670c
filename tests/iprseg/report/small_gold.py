"""Gold columns as `rate_cohorts` adds them, set by hand on any table of cohorts."""

import numpy as np
import pandas as pd

OVERALL = {
    "point": 0.124,
    "low": 0.0841,
    "high": 0.1712,
    "worst_low": 0.071,
    "worst_high": 0.262,
    "n": 215,
    "violative": 31,
    "nonresponse": 17,
    "disagreement": 0,
    "unserved": 40,
    "clusters": 92.4,
    "method": "seller clusters, Korn-Graubard",
    "target": "the 3,000 listings of 'march' as of 2024-03-01",
    "state": "",
    "n_shape": 98,
    "design_ids": ["d1"],
}
NO_RATE = [pd.NA, 0.0, 1.0]
NO_LIFT = [pd.NA, 0.0, np.inf]
SAME, ONE = "not told apart", "one class: no labels violative"
FEW = "too few sellers: 2.1 effective, 5 needed; low n"
# rate with limits; labels, violative, nonresponse, unserved; state; lift with limits
KINDS = {
    "risky": [0.41, 0.26, 0.55, 41, 16, 3, 5, "", 3.3, 1.9, 5.2, "risky"],
    "same": [0.13, 0.02, 0.38, 12, 2, 1, 0, "low n", 1.05, 0.2, np.inf, SAME],
    "below": [0.01, 0.0, 0.05, 80, 1, 0, 4, "", 0.08, 0.01, 0.4, "below the rest"],
    "none found": [0.0, 0.0, 0.12, 30, 0, 0, 0, ONE, 0.0, 0.0, 1.7, SAME],
    "no labels": [*NO_RATE, 0, 0, 0, 9, "no labels", *NO_LIFT, "no rate"],
    "few sellers": [*NO_RATE, 6, 2, 1, 0, FEW, *NO_LIFT, "no rate"],
    "alone": [0.2, 0.05, 0.44, 20, 4, 0, 0, "low n", *NO_LIFT, SAME],
}
COLUMNS = (
    "rate",
    "rate_low",
    "rate_high",
    "rate_n",
    "rate_violative",
    "rate_nonresponse",
    "rate_unserved",
    "rate_state",
    "lift",
    "lift_low",
    "lift_high",
    "verdict",
)
ORDER = {"risky": 0, "not told apart": 1, "no rate": 1, "below the rest": 2}


def add_gold(cohorts: pd.DataFrame, kinds=tuple(KINDS), **overall) -> pd.DataFrame:
    """Give each cohort one of the `KINDS` in turn, and the new order."""
    values = [KINDS[kinds[at % len(kinds)]] for at in range(len(cohorts))]
    gold = pd.DataFrame(values, index=cohorts.index, columns=list(COLUMNS))
    for column in ("rate", "lift"):
        gold[column] = pd.array(gold[column].tolist(), dtype="Float64")
    frame = cohorts.join(gold).assign(rate_disagreement=0)
    frame["rate_worst_low"] = frame["rate_low"] * 0.8
    frame["rate_worst_high"] = np.minimum(frame["rate_high"] * 1.3, 1.0)
    frame["rank_before"] = frame["risk_rank"].astype(float)
    order = frame["verdict"].map(ORDER).to_numpy() + 9 * (frame.index == -1)
    frame = frame.iloc[np.lexsort([frame["rank_before"], order])]
    frame["risk_rank"] = np.arange(1.0, len(frame) + 1)
    frame.loc[frame.index == -1, "risk_rank"] = np.nan
    frame.attrs = {**cohorts.attrs, "rate": {**OVERALL, **overall}}
    return frame


def many_cohorts(cohorts: pd.DataFrame, n: int) -> pd.DataFrame:
    """Repeat cohorts until there are `n`, with names and ranks of their own."""
    found = cohorts[cohorts.index != -1]
    frame = pd.concat([found] * (n // len(found) + 1)).head(n)
    frame.index = range(n)
    frame["name"] = [f"Cohort {at}" for at in range(n)]
    frame["risk_rank"] = np.arange(1.0, n + 1)
    frame.attrs = cohorts.attrs
    return frame
