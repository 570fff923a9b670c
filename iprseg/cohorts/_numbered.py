"""Which cohorts the static map numbers, and how it calls them."""

from collections.abc import Mapping

import pandas as pd

from iprseg._check import check_columns


def numbered_cohorts(
    labels: pd.Series,
    names: Mapping[int, str] | pd.Series | pd.DataFrame,
    stability: Mapping[int, str] | pd.Series | None = None,
) -> pd.DataFrame:
    """Return number, name and verdict of the cohorts that are on the map.

    Parameters
    ----------
    labels : pandas.Series of int
        Cohort of each dot.
    names, stability
        See `plot_cohorts`.

    Examples
    --------
    >>> ranked = pd.DataFrame({"name": ["Bags", "Hats"], "risk_rank": [1.0, None]})
    >>> numbered_cohorts(pd.Series([0, 1, -1]), ranked).to_dict("records")
    [{'cohort': 0, 'name': 'Bags', 'number': 1, 'verdict': ''}]
    """
    present = {int(cohort) for cohort in labels.unique() if cohort >= 0}
    if isinstance(names, pd.DataFrame):
        check_columns(names, ["name"], "plot_cohorts")
        stability = names.get("stability") if stability is None else stability
        if "risk_rank" in names:
            present -= set(names.index[names["risk_rank"].isna()])
        names = names["name"]
    given = {int(str(cohort)): str(name) for cohort, name in names.items()}
    kept = [(c, name) for c, name in given.items() if c in present]
    rows = kept + [(c, f"cohort {c}") for c in sorted(present - set(given))]
    frame = pd.DataFrame(rows, columns=["cohort", "name"])
    frame["number"] = range(1, len(frame) + 1)
    verdicts = {} if stability is None else dict(stability.items())
    frame["verdict"] = [verdicts.get(cohort, "") for cohort in frame["cohort"]]
    return frame
