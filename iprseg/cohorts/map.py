"""The interactive map of cohorts: hover shows a title, a lasso gives ids."""

from typing import Any

import pandas as pd

from iprseg._check import check_columns
from iprseg._optional import import_optional
from iprseg.cohorts._words import plain
from iprseg.cohorts.palette import cohort_colours
from iprseg.errors import TableError

_TITLE_CHARACTERS = 90
_NAME_CHARACTERS = 48


class CohortMap:
    """A jupyter-scatter map of cohorts whose selection is a list of ids.

    Parameters
    ----------
    scatter : jscatter.Scatter
        The plot.
    ids : pandas.Index
        Entity id of each dot, in the order of the dots.

    Attributes
    ----------
    scatter : jscatter.Scatter
        For any further setting.
    """

    def __init__(self, scatter: Any, ids: pd.Index) -> None:
        self.scatter = scatter
        self._ids = ids

    @property
    def selected_ids(self) -> list[Any]:
        """Ids under the lasso, or of the clicked dots; empty when none is selected."""
        chosen = self.scatter.selection()
        return self._ids[list(chosen)].tolist() if len(chosen) else []

    def select(self, ids: Any) -> None:
        """Select entities by id, as a lasso would; unknown ids are left out."""
        self.scatter.selection(
            self._ids.get_indexer(pd.Index(ids).intersection(self._ids))
        )

    def show(self) -> Any:
        """Return the widget."""
        return self.scatter.show()

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display(self.show())


def map_cohorts(
    coords: pd.DataFrame,
    labels: pd.Series,
    names: Any = None,
    titles: pd.Series | None = None,
    *,
    height: int = 480,
) -> CohortMap:
    """Show cohorts on an interactive map (needs the ``lab`` extra).

    Parameters
    ----------
    coords : pandas.DataFrame, shape (n, 2)
        Columns `x` and `y` by entity id, from `cohort_coordinates`.
    labels : pandas.Series of int, length n
        Cohort by entity id.
    names : mapping of int to str, or pandas.Series, optional
        Cohort to name, shown when the pointer rests on a dot.
    titles : pandas.Series of str, optional
        Title by entity id, shown likewise; cut short and stripped of control
        characters.
    height : int, default 480
        Height in pixels.

    Returns
    -------
    CohortMap
        Display it as the last line of a cell; `selected_ids` is what a lasso holds.

    Raises
    ------
    MissingExtraError
        When jupyter-scatter is not installed.
    TableError
        When coordinates lack `x` or `y`, or labels lack some of their ids.

    Examples
    --------
    >>> at = pd.DataFrame({"x": [0.0, 1], "y": [0.0, 1]}, index=["L1", "L2"])
    >>> shown = map_cohorts(at, pd.Series([0, 1], index=at.index), {0: "Shoes"})
    >>> shown.select(["L2"])
    >>> shown.selected_ids
    ['L2']
    """
    jscatter = import_optional("jscatter", "lab", "show an interactive map")
    check_columns(coords, ["x", "y"], "map_cohorts")
    missing = coords.index.difference(labels.index)
    if len(missing):
        raise TableError(
            f"labels lack {len(missing):,} of the ids in coords, such as "
            f"{str(missing[0])!r}: map the entities that were clustered."
        )
    labels = labels.reindex(coords.index)
    called = _called(labels, names)
    shown = pd.DataFrame(
        {
            "x": coords["x"].to_numpy(),
            "y": coords["y"].to_numpy(),
            "cohort": pd.Categorical(labels.map(called).to_numpy()),
            "title": _titles(coords.index, titles),
        }
    )
    colours = cohort_colours(coords, labels)
    scatter = jscatter.Scatter(data=shown, x="x", y="y", height=height)
    scatter.color(by="cohort", map={called[c]: colours[c] for c in called})
    scatter.axes(False)
    scatter.legend(len(called) <= 20)
    scatter.tooltip(enable=True, properties=["cohort", "title"])
    return CohortMap(scatter, coords.index)


def _called(labels: pd.Series, names: Any) -> dict[int, str]:
    """Cohort to a short name; no two are equal, or a category would hold both."""
    given = {} if names is None else dict(names.items())
    called: dict[int, str] = {}
    for cohort in sorted(labels.unique()):
        default = "not in any cohort" if cohort < 0 else f"cohort {cohort}"
        name = plain(given.get(cohort, default), _NAME_CHARACTERS)
        called[cohort] = f"{name} · {cohort}" if name in called.values() else name
    return called


def _titles(ids: pd.Index, titles: pd.Series | None) -> list[str]:
    if titles is None:
        return ids.astype(str).tolist()
    return [plain(t, _TITLE_CHARACTERS) for t in titles.reindex(ids)]
