"""The interactive map: hover shows the listing, a click its cohort, a lasso ids."""

import textwrap
from typing import Any

import pandas as pd

from iprseg._check import check_columns, check_option
from iprseg._optional import import_optional
from iprseg.cohorts._map_card import cohort_card, hint_card, selection_card
from iprseg.cohorts._words import plain
from iprseg.cohorts.palette import cohort_colours
from iprseg.errors import TableError

_TITLE_CHARACTERS = 90
_NAME_CHARACTERS = 48
_GROUND = {"light": "#ffffff", "dark": "#111111"}
_NOTHING = "choose a cohort …"


class CohortMap:
    """A map of cohorts with a card beside it; what is selected is a list of ids.

    A click on a dot shows the card of its cohort; a lasso over several cohorts counts
    them. The list above the card does the same by keyboard.

    Parameters
    ----------
    scatter : jscatter.Scatter
        The plot.
    labels : pandas.Series of int
        Cohort by entity id, in the order of the dots.
    names : dict of int to str
        A name for each cohort, no two equal, in the order of the list.
    cards : dict of int to str
        HTML by cohort; empty for a map without cards.

    Attributes
    ----------
    scatter : jscatter.Scatter
        For any further setting.
    """

    def __init__(
        self,
        scatter: Any,
        labels: pd.Series,
        names: dict[int, str],
        cards: dict[int, str],
    ) -> None:
        import ipywidgets

        self.scatter = scatter
        self._labels, self._names, self._cards = labels, names, cards
        self._choice = ipywidgets.Dropdown(
            options=[(_NOTHING, "")] + [(names[one], one) for one in names],
            layout={"width": "100%"},
        )
        self._choice.observe(self._on_choice, names="value")
        self._card = ipywidgets.HTML(hint_card())
        scatter.widget.observe(self._on_selection, names="selection")

    @property
    def selected_ids(self) -> list[Any]:
        """Ids under the lasso, or of the clicked dots; empty when none is selected."""
        chosen = self.scatter.selection()
        return self._labels.index[list(chosen)].tolist() if len(chosen) else []

    @property
    def card(self) -> str:
        """HTML of what is shown beside the map."""
        return str(self._card.value)

    def select(self, ids: Any) -> None:
        """Select entities by id, as a lasso would; unknown ids are left out."""
        known = self._labels.index
        self.scatter.selection(known.get_indexer(pd.Index(ids).intersection(known)))

    def show(self) -> Any:
        """Return the widget."""
        import ipywidgets

        plot = self.scatter.show()
        if not self._cards:
            return plot
        plot.layout.flex = "1 1 420px"
        side = ipywidgets.VBox(
            [self._choice, self._card],
            layout={
                "flex": "1 1 280px",
                "max_height": f"{self.scatter.height()}px",
                "overflow": "auto",
                "padding": "0 4px 0 12px",
            },
        )
        return ipywidgets.HBox([plot, side], layout={"flex_flow": "row wrap"})

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display(self.show())

    def _on_choice(self, change: dict[str, Any]) -> None:
        if change["new"] != "":
            self._card.value = self._cards.get(change["new"], hint_card())
            self.select(self._labels.index[self._labels == change["new"]])

    def _on_selection(self, change: dict[str, Any]) -> None:
        found = self._labels.iloc[list(change["new"])]
        cohorts = found.unique()
        alone = len(cohorts) == 1
        # the list follows the map; its own change must not select in turn
        self._choice.unobserve(self._on_choice, names="value")
        self._choice.value = int(cohorts[0]) if alone else ""
        self._choice.observe(self._on_choice, names="value")
        if alone:
            self._card.value = self._cards.get(int(cohorts[0]), hint_card())
        else:
            counted = selection_card(found.map(self._names)) if len(found) else ""
            self._card.value = counted or hint_card()


def map_cohorts(
    coords: pd.DataFrame,
    labels: pd.Series,
    cohorts: Any = None,
    titles: pd.Series | None = None,
    *,
    height: int = 480,
    theme: str = "light",
) -> CohortMap:
    """Show cohorts on an interactive map (needs the ``lab`` extra).

    Parameters
    ----------
    coords : pandas.DataFrame, shape (n, 2)
        Columns `x` and `y` by entity id, from `cohort_coordinates`.
    labels : pandas.Series of int, length n
        Cohort by entity id.
    cohorts : pandas.DataFrame, or mapping of int to str, optional
        What `profile_cohorts` returned: a click on a dot shows the card of its cohort.
        Cohort to name alone gives a map without cards.
    titles : pandas.Series of str, optional
        Title by entity id, shown when the pointer rests on a dot; cut short and
        stripped of control characters.
    height : int, default 480
        Height in pixels.
    theme : {"light", "dark"}, default "light"
        Ground of the dots; the card follows JupyterLab's theme by itself.

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
    check_option("theme", theme, _GROUND, "map_cohorts")
    check_columns(coords, ["x", "y"], "map_cohorts")
    missing = coords.index.difference(labels.index)
    if len(missing):
        raise TableError(
            f"labels lack {len(missing):,} of the ids in coords, such as "
            f"{str(missing[0])!r}: map the entities that were clustered."
        )
    labels = labels.reindex(coords.index)
    profile = cohorts if isinstance(cohorts, pd.DataFrame) else None
    called = _called(labels, cohorts if profile is None else profile["name"])
    shown = _dots(coords, labels.map(called), titles)
    colours = cohort_colours(coords, labels)
    scatter = jscatter.Scatter(data=shown, x="x", y="y", height=height)
    scatter.x("x", scale=_with_margin(coords["x"]))
    scatter.y("y", scale=_with_margin(coords["y"]))
    scatter.color(by="cohort", map={called[c]: colours[c] for c in called})
    scatter.background(_GROUND[theme])
    scatter.axes(False)
    scatter.legend(profile is None and len(called) <= 20)
    scatter.tooltip(enable=True, properties=["cohort", "title", "id"], histograms=False)
    if profile is None:
        return CohortMap(scatter, labels, called, {})
    cards = {int(c): cohort_card(row, titles) for c, row in profile.iterrows()}
    in_order = [*profile.index, *(c for c in called if c not in cards)]
    order = {int(c): called[c] for c in in_order if c in called}
    return CohortMap(scatter, labels, order, cards)


def _dots(
    coords: pd.DataFrame, names: pd.Series, titles: pd.Series | None
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "x": coords["x"].to_numpy(),
            "y": coords["y"].to_numpy(),
            "cohort": pd.Categorical(names.to_numpy()),
            "title": _titles(coords.index, titles),
            "id": coords.index.astype(str),
        }
    )


def _with_margin(values: pd.Series) -> tuple[float, float]:
    """Bounds that keep the outermost dots whole."""
    low, high = float(values.min()), float(values.max())
    margin = 0.04 * (high - low) or 1.0
    return low - margin, high + margin


def _called(labels: pd.Series, names: Any) -> dict[int, str]:
    """Cohort to a short name; no two are equal, or a category would hold both."""
    given = {} if names is None else dict(names.items())
    called: dict[int, str] = {}
    for cohort in sorted(labels.unique()):
        default = "not in any cohort" if cohort < 0 else f"cohort {cohort}"
        name = _short(plain(given.get(cohort, default)))
        called[cohort] = f"{name} · {cohort}" if name in called.values() else name
    return called


def _short(name: str) -> str:
    return textwrap.shorten(name, _NAME_CHARACTERS, placeholder=" …")


def _titles(ids: pd.Index, titles: pd.Series | None) -> list[str]:
    if titles is None:
        return ids.astype(str).tolist()
    return [plain(t, _TITLE_CHARACTERS) for t in titles.reindex(ids)]
