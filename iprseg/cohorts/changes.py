"""What changed between two runs."""

from dataclasses import dataclass

import pandas as pd

from iprseg._labels import NOISE


@dataclass(frozen=True)
class CohortChanges:
    """What `track_cohorts` found.

    Attributes
    ----------
    events : pandas.DataFrame
        One row per event, what is new first. `change`: ``born``, ``split``,
        ``merged``, ``died`` or ``continued``. `previous`, `current`: lists of cohorts;
        `previous_names`, `current_names`: lists, where names are known.
        `size_previous`, `size_current`; of the previous members `stayed`,
        `moved_out` (to a cohort outside the event), `left` (to no cohort) and
        `vanished` (not in the current run) make up the previous size; of the current
        ones `stayed`, `moved_in`, `joined` (from no cohort) and `appeared` (not in
        the previous run) make up the current size. `jaccard`: agreement among
        entities of both runs, NaN where there are none.
    members : pandas.DataFrame
        One row per entity of either run, by id: `previous` and `current` cohort
        (<NA> where it was not there) and `change`: ``stayed`` (its cohort goes on as
        the one it is in), ``moved`` (to another), ``joined``, ``left``, ``outside``
        (in no cohort both times), ``appeared``, ``vanished``.
    """

    events: pd.DataFrame
    members: pd.DataFrame

    def ids(self, change: str, cohort: int | None = None) -> list:
        """Return the ids of a change of members, of one cohort (or all).

        Parameters
        ----------
        change : str
            Such as ``"moved"``.
        cohort : int, optional
            Where they are now; where they were, for those that left or vanished.
        """
        rows = self.members[self.members["change"] == change]
        if cohort is not None:
            side = "previous" if change in ("left", "vanished") else "current"
            rows = rows[(rows[side] == cohort).fillna(False)]
        return rows.index.tolist()

    def summary(self) -> str:
        """Say in one line how many cohorts and entities changed.

        Examples
        --------
        >>> events = pd.DataFrame({"change": ["born", "continued", "continued"]})
        >>> members = pd.DataFrame({"change": ["stayed", "moved", "stayed"]})
        >>> CohortChanges(events, members).summary()
        'Cohorts: 1 born, 2 continued. Members: 2 stayed, 1 moved.'
        """
        parts = []
        for what, frame, order in (
            ("Cohorts", self.events, EVENTS),
            ("Members", self.members, MOVES),
        ):
            counts = frame["change"].value_counts()
            told = [f"{counts[one]:,} {one}" for one in order if one in counts]
            parts.append(f"{what}: {', '.join(told) or 'none'}.")
        return " ".join(parts)


EVENTS = ("born", "split", "merged", "died", "continued")
MOVES = ("stayed", "moved", "joined", "left", "outside", "appeared", "vanished")


def moves_of(
    previous: pd.Series, current: pd.Series, links: set[tuple[int, int]]
) -> pd.DataFrame:
    """Say of every entity what it did; see `CohortChanges.members`."""
    frame = pd.DataFrame(
        {"previous": previous.astype("Int64"), "current": current.astype("Int64")}
    )
    before, after = frame["previous"], frame["current"]
    pairs = pd.MultiIndex.from_frame(frame.fillna(NOISE))
    kept = pd.Series(pairs.isin(list(links)) if links else False, index=frame.index)
    change = pd.Series("moved", index=frame.index, dtype=object)
    change[kept] = "stayed"
    out, back = (before == NOISE).fillna(False), (after == NOISE).fillna(False)
    change[out], change[back] = "joined", "left"
    change[out & back] = "outside"
    change[before.isna()], change[after.isna()] = "appeared", "vanished"
    return frame.assign(change=change)
