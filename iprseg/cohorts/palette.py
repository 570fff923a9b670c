"""Colours for cohorts on a map, safe for colour-blind readers."""

import numpy as np
import pandas as pd

from iprseg._labels import NOISE

# Okabe and Ito (2008), without black and the yellow that is lost on white; chosen so
# that each is seen on both backgrounds.
COLOURS = ("#E69F00", "#56B4E9", "#009E73", "#0072B2", "#D55E00", "#CC79A7", "#8C6D31")
NOISE_COLOUR = "#9AA0A6"


def cohort_colours(coords: pd.DataFrame, labels: pd.Series) -> dict[int, str]:
    """Give each cohort a colour; two of one colour lie as far apart as can be.

    No set of colours keeps twenty cohorts apart, so the map also numbers them.

    Parameters
    ----------
    coords : pandas.DataFrame, shape (n, 2)
        Columns `x` and `y`.
    labels : pandas.Series of int, length n
        Cohorts by the same ids; -1 is grey.

    Returns
    -------
    dict of int to str
        Cohort to ``"#RRGGBB"``.

    Examples
    --------
    >>> at = pd.DataFrame({"x": [0.0, 1], "y": [0.0, 1]})
    >>> cohort_colours(at, pd.Series([-1, 3]))
    {3: '#E69F00', -1: '#9AA0A6'}
    """
    centres = coords.groupby(labels.reindex(coords.index).to_numpy()).median()
    centres = centres[centres.index >= 0]
    given: dict[int, str] = {}
    for cohort, centre in centres.iterrows():
        distances = []
        for colour in COLOURS:
            same = [key for key, value in given.items() if value == colour]
            gaps = np.hypot(*(centres.loc[same] - centre).to_numpy().T)
            distances.append(gaps.min() if len(same) else np.inf)
        given[int(cohort)] = COLOURS[int(np.argmax(distances))]  # type: ignore[call-overload]
    return {**given, NOISE: NOISE_COLOUR}
