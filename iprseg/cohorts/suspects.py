"""Those in no cohort who stand out by themselves, ranked."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from iprseg._labels import NOISE
from iprseg.cohorts.phrases import phrase_of
from iprseg.cohorts.suspicion import (
    FAMILY_CAP,
    PROTECTIVE,
    added_parts,
    row_contributions,
)

_MOST_WORDS = 4
_TELLING, _KINDS = 1.0, 2  # standard deviations, and families that have as many
COLUMNS = ["suspicion", "signals", "protective", "protective_score"]


def single_suspects(
    signals: pd.DataFrame,
    labels: pd.Series,
    directions: Mapping[str, str],
    *,
    protective: pd.Series | None = None,
) -> pd.DataFrame:
    """Rank those in no cohort in whom two kinds of evidence or more agree.

    Kinds that have few members are in no cohort, and so are those who are unlike all
    others. No cohort's rank tells of them; they are to be looked at one by one.

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
        Most suspicious first. `suspicion` is computed as that of cohorts, from the
        distances of the entity's own signals from the mean, in standard deviations.
        Who is listed has more than the 3 that one family of signals may add, and one
        or more from each of two families. `signals`: up to four in words, the strongest
        of each family first;
        `protective`: what evidence for honesty took off (0 or less);
        `protective_score`: as given, NaN where it is not known.

    Notes
    -----
    On simulated marketplaces of 480 and 800 sellers (``python -m benchmarks.suspects
    --seeds 0-5 --listings 3000 5000``) 72 to 89 of a hundred sellers listed were bad
    actors, as 12 of a hundred are in all, and of the first twenty 17 or more; 25 to 71
    of a hundred bad actors were listed. Suspected, not proven.

    Examples
    --------
    >>> one = [0.0] * 9 + [1]
    >>> frame = pd.DataFrame({"A07_replica": one, "C01_copied": one})
    >>> labels = pd.Series([0] * 8 + [-1, -1])
    >>> found = single_suspects(frame, labels, {"A07": "+", "C01": "+"})
    >>> found.index.tolist(), found["signals"][9][0]
    ([9], 'with replica wording')
    """
    rows = (labels == NOISE).to_numpy()
    parts = row_contributions(signals, rows, directions)
    scores = added_parts(parts)
    kinds = (scores.drop(columns=["suspicion", "protective"]) >= _TELLING).sum(axis=1)
    kept = scores[(scores["suspicion"] > FAMILY_CAP) & (kinds >= _KINDS)]
    kept = kept.sort_values("suspicion", ascending=False, kind="stable")
    told = [_words(parts.loc[one], directions) for one in kept.index]
    score = pd.Series(np.nan, kept.index) if protective is None else protective
    return pd.DataFrame(
        {
            "suspicion": kept["suspicion"],
            "signals": pd.Series(told, index=kept.index, dtype=object),
            "protective": kept["protective"],
            "protective_score": score.reindex(kept.index).astype(float),
        },
        columns=COLUMNS,
    )


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
