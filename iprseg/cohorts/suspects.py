"""Those who stand out by themselves where no cohort's rank tells of them."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from iprseg._labels import NOISE
from iprseg.cohorts.phrases import phrase_of
from iprseg.cohorts.suspicion import (
    FAMILY_CAP,
    LEANS,
    PROTECTIVE,
    added_parts,
    row_contributions,
    suspicion_scores,
)

_MOST_WORDS = 4
_TELLING, _KINDS = 1.0, 2  # standard deviations, and families that have as many
_PIECE = 200_000  # rows at a time
COLUMNS = ["cohort", "suspicion", "signals", "protective", "protective_score"]


def single_suspects(
    signals: pd.DataFrame,
    labels: pd.Series,
    directions: Mapping[str, str],
    *,
    protective: pd.Series | None = None,
) -> pd.DataFrame:
    """Rank those in whom kinds of evidence agree and of whom no cohort tells.

    Kinds that have few members are in no cohort, and so are those who are unlike all
    others; where no small cohort is found they are among the ordinary. They are to be
    looked at one by one. Members of a cohort that itself leans to the risky side are
    left out: its rank tells of them.

    Parameters
    ----------
    signals : pandas.DataFrame, shape (n, k)
        Numbers by entity; NaN is missing.
    labels : pandas.Series of int, length n
        Cohort of each row, in the same order.
    directions : mapping of str to str
        As in `suspicion_scores`.
    protective : pandas.Series, optional
        Protective score by entity (signal J05).

    Returns
    -------
    pandas.DataFrame, index entity id
        Most suspicious first. `cohort`: -1 where in none. `suspicion` is computed as
        that of cohorts, from the distances of the entity's own signals from the mean,
        in standard deviations. Who is listed has 1 or more from each of two families,
        and more than one family may add (3) in all; in a cohort, where many are alike,
        more than two may (6). `signals`: up to four in words, the strongest of each
        family first; `protective`: what evidence for honesty took off (0 or less);
        `protective_score`: as given, NaN where it is not known.

    Notes
    -----
    On simulated marketplaces of 800 sellers (``python -m benchmarks.suspects``, seeds
    20-23) 68 to 85 of a hundred sellers listed were bad actors, as 12 of a hundred are
    in all, and of the first twenty 17 or more; 28 to 55 of a hundred bad actors were
    listed. Suspected, not proven.

    Examples
    --------
    >>> one = [0.0] * 9 + [1]
    >>> frame = pd.DataFrame({"A07_replica": one, "C01_copied": one})
    >>> labels = pd.Series([0] * 8 + [-1, -1])
    >>> found = single_suspects(frame, labels, {"A07": "+", "C01": "+"})
    >>> found.index.tolist(), found["signals"][9][0]
    ([9], 'with replica wording')
    """
    lean = suspicion_scores(signals, labels, directions)["suspicion"]
    ranked = [cohort for cohort in lean.index[lean >= LEANS] if cohort != NOISE]
    others = np.flatnonzero(~labels.isin(ranked))
    starts = range(0, max(len(others), 1), _PIECE)
    pieces = [others[at : at + _PIECE] for at in starts]
    found = [_standing_out(signals, labels, rows, directions) for rows in pieces]
    kept = pd.concat(found).sort_values("suspicion", ascending=False, kind="stable")
    kept["protective_score"] = np.nan
    if protective is not None:
        kept["protective_score"] = protective.reindex(kept.index).astype(float)
    return kept[COLUMNS]


def _standing_out(
    signals: pd.DataFrame,
    labels: pd.Series,
    rows: np.ndarray,
    directions: Mapping[str, str],
) -> pd.DataFrame:
    parts = row_contributions(signals, rows, directions)
    scores = added_parts(parts)
    own = scores.drop(columns=["suspicion", "protective"])
    cohort = labels.iloc[rows].to_numpy()
    least = FAMILY_CAP * np.where(cohort == NOISE, 1, 2)
    hit = (scores["suspicion"] > least) & ((own >= _TELLING).sum(axis=1) >= _KINDS)
    told = [_words(one, directions) for _, one in parts[hit].iterrows()]
    kept = scores.loc[hit, ["suspicion", "protective"]]
    words = pd.Series(told, index=kept.index, dtype=object)
    return kept.assign(cohort=cohort[hit.to_numpy()], signals=words)


def _words(parts: pd.Series, directions: Mapping[str, str]) -> list[str]:
    own = parts[(parts >= _TELLING) & ~parts.index.isin(list(PROTECTIVE))]
    strongest = own.sort_values(ascending=False, kind="stable").index.astype(str)
    again = strongest.str[0].duplicated()  # a family that is told already
    told = [*strongest[~again], *strongest[again]][:_MOST_WORDS]
    return [_risky_side(key, directions[key]) for key in told]


def _risky_side(key: str, way: str) -> str:
    phrase = phrase_of(key)
    side = "high" if way == "+" else "low"
    return getattr(phrase, side) or f"{side} {phrase.quantity}"
