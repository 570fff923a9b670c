"""The interactive map: hover shows the listing, a click its cohort, a lasso ids."""

import textwrap
from collections.abc import Iterable
from html import escape
from typing import Any

import pandas as pd

from iprseg.charts.plots import assign_colours
from iprseg.cohorts.lift import describe_main_blocks
from iprseg.errors import TableError, import_optional
from iprseg.formats import clean_line, format_whole_percent
from iprseg.validation import check_columns, check_option

_TITLE_CHARACTERS = 90
_NAME_CHARACTERS = 48
_BACKGROUNDS = {"light": "#ffffff", "dark": "#111111"}
_NO_CHOICE = "choose a cohort …"


class CohortMap:
    """A map of cohorts with a card beside it; what is selected is a list of ids.

    A click on a dot shows the card of its cohort; a lasso over several cohorts counts
    them. The list above the card does the same by keyboard.

    Parameters
    ----------
    scatter : jscatter.Scatter
        The plot.
    assignments : pandas.Series of int
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
        assignments: pd.Series,
        names: dict[int, str],
        cards: dict[int, str],
    ) -> None:
        import ipywidgets

        self.scatter = scatter
        self._assignments, self._names, self._cards = assignments, names, cards
        self._choice = ipywidgets.Dropdown(
            options=[(_NO_CHOICE, "")] + [(names[one], one) for one in names],
            layout={"width": "100%"},
        )
        self._choice.observe(self._show_card_of_chosen_cohort, names="value")
        self._card = ipywidgets.HTML(_render_hint())
        scatter.widget.observe(self._show_card_of_selected_dots, names="selection")

    @property
    def selected_ids(self) -> list[Any]:
        """Ids under the lasso, or of the clicked dots; empty when none is selected."""
        chosen = self.scatter.selection()
        return self._assignments.index[list(chosen)].tolist() if len(chosen) else []

    @property
    def card(self) -> str:
        """HTML of what is shown beside the map."""
        return str(self._card.value)

    def select(self, ids: Any) -> None:
        """Select entities by id, as a lasso would; unknown ids are left out."""
        known = self._assignments.index
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

    def _show_card_of_chosen_cohort(self, change: dict[str, Any]) -> None:
        if change["new"] != "":
            self._card.value = self._cards.get(change["new"], _render_hint())
            self.select(self._assignments.index[self._assignments == change["new"]])

    def _show_card_of_selected_dots(self, change: dict[str, Any]) -> None:
        found = self._assignments.iloc[list(change["new"])]
        cohorts = found.unique()
        alone = len(cohorts) == 1
        # the list follows the map; its own change must not select in turn
        self._choice.unobserve(self._show_card_of_chosen_cohort, names="value")
        self._choice.value = int(cohorts[0]) if alone else ""
        self._choice.observe(self._show_card_of_chosen_cohort, names="value")
        if alone:
            self._card.value = self._cards.get(int(cohorts[0]), _render_hint())
        else:
            counted = _render_selection(found.map(self._names)) if len(found) else ""
            self._card.value = counted or _render_hint()


def explore_cohorts(
    coords: pd.DataFrame,
    assignments: pd.Series,
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
    assignments : pandas.Series of int, length n
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
        When coordinates lack `x` or `y`, or assignments lack some of their ids.

    Examples
    --------
    >>> at = pd.DataFrame({"x": [0.0, 1], "y": [0.0, 1]}, index=["L1", "L2"])
    >>> shown = explore_cohorts(at, pd.Series([0, 1], index=at.index), {0: "Shoes"})
    >>> shown.select(["L2"])
    >>> shown.selected_ids
    ['L2']
    """
    jscatter = import_optional("jscatter", "lab", "show an interactive map")
    check_option("theme", theme, _BACKGROUNDS, "explore_cohorts")
    check_columns(coords, ["x", "y"], "explore_cohorts")
    missing = coords.index.difference(assignments.index)
    if len(missing):
        raise TableError(
            f"assignments lack {len(missing):,} of the ids in coords, such as "
            f"{str(missing[0])!r}: map the entities that were clustered."
        )
    assignments = assignments.reindex(coords.index)
    profile = cohorts if isinstance(cohorts, pd.DataFrame) else None
    called = _shorten_names(
        assignments, cohorts if profile is None else profile["name"]
    )
    shown = _build_dot_table(coords, assignments.map(called), titles)
    colours = assign_colours(coords, assignments)
    scatter = jscatter.Scatter(data=shown, x="x", y="y", height=height)
    scatter.x("x", scale=_pad_axis_range(coords["x"]))
    scatter.y("y", scale=_pad_axis_range(coords["y"]))
    scatter.color(by="cohort", map={called[c]: colours[c] for c in called})
    scatter.background(_BACKGROUNDS[theme])
    scatter.axes(False)
    scatter.legend(profile is None and len(called) <= 20)
    scatter.tooltip(enable=True, properties=["cohort", "title", "id"], histograms=False)
    if profile is None:
        return CohortMap(scatter, assignments, called, {})
    cards = {int(c): render_cohort_card(row, titles) for c, row in profile.iterrows()}
    in_order = [*profile.index, *(c for c in called if c not in cards)]
    order = {int(c): called[c] for c in in_order if c in called}
    return CohortMap(scatter, assignments, order, cards)


def _build_dot_table(
    coords: pd.DataFrame, names: pd.Series, titles: pd.Series | None
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "x": coords["x"].to_numpy(),
            "y": coords["y"].to_numpy(),
            "cohort": pd.Categorical(names.to_numpy()),
            "title": _align_titles(coords.index, titles),
            "id": coords.index.astype(str),
        }
    )


def _pad_axis_range(values: pd.Series) -> tuple[float, float]:
    """Bounds that keep the outermost dots whole."""
    low, high = float(values.min()), float(values.max())
    margin = 0.04 * (high - low) or 1.0
    return low - margin, high + margin


def _shorten_names(assignments: pd.Series, names: Any) -> dict[int, str]:
    """Cohort to a short name; no two are equal, or a category would hold both."""
    given = {} if names is None else dict(names.items())
    called: dict[int, str] = {}
    for cohort in sorted(assignments.unique()):
        default = "not in any cohort" if cohort < 0 else f"cohort {cohort}"
        name = _shorten_name(clean_line(given.get(cohort, default)))
        called[cohort] = f"{name} · {cohort}" if name in called.values() else name
    return called


def _shorten_name(name: str) -> str:
    return textwrap.shorten(name, _NAME_CHARACTERS, placeholder=" …")


def _align_titles(ids: pd.Index, titles: pd.Series | None) -> list[str]:
    if titles is None:
        return ids.astype(str).tolist()
    return [clean_line(t, _TITLE_CHARACTERS) for t in titles.reindex(ids)]


_MAX_CHARACTERS = 240
_MAX_EXAMPLES = 3

# JupyterLab's own colours where it is there, so that the card follows its theme.
_CARD_STYLE = """<style>
.iprseg-card {font: 13px/1.45 var(--jp-ui-font-family, system-ui, sans-serif);
  color: var(--jp-ui-font-color1, #1f2328); overflow-wrap: anywhere}
.iprseg-card h4 {margin: 0 0 4px; font-size: 15px; line-height: 1.3; font-weight: 600}
.iprseg-card h5 {margin: 10px 0 2px; font-size: 12px; font-weight: 600;
  color: var(--jp-ui-font-color2, #57606a)}
.iprseg-card p {margin: 0 0 4px}
.iprseg-card ul {margin: 0; padding-left: 18px}
.iprseg-card table {border-collapse: collapse; width: 100%}
.iprseg-card td {padding: 2px 6px 2px 0; vertical-align: top}
.iprseg-card td:last-child {text-align: right; font-variant-numeric: tabular-nums}
.iprseg-card .quiet {color: var(--jp-ui-font-color2, #57606a)}
</style>"""


def render_cohort_card(row: pd.Series, titles: pd.Series | None) -> str:
    """Return the card of one cohort.

    Parameters
    ----------
    row : pandas.Series
        A row of what `profile_cohorts` returned.
    titles : pandas.Series of str, optional
        Title by entity id, for the examples.
    """
    parts = [
        f"<h4>{_escape_text(row['name'])}</h4>",
        f"<p class=quiet>{_render_cohort_size(row)}</p>",
    ]
    if pd.notna(row.get("rate")):
        rate, low, high = map(
            format_whole_percent, (row["rate"], row["rate_low"], row["rate_high"])
        )
        rate = f"{rate} suspected ({low} to {high})"
        parts += [_render_heading("Rate from labels"), f"<p>{rate}</p>"]
    verdict = row.get("stability", "not measured")
    if verdict:
        parts += [
            _render_heading("If other sellers were drawn"),
            f"<p>{_escape_text(verdict)}</p>",
        ]
    if apart := describe_main_blocks(row.get("block_parts")):
        parts += [_render_heading("Set apart by"), f"<p>{_escape_text(apart)}</p>"]
    if len(row["signals"]):
        parts += [_render_heading("What is unusual, here against elsewhere")]
        parts += [_render_signals(row["signals"])]
    if row.get("gaps"):
        parts += [
            _render_heading("Mostly unknown"),
            f"<p>{_escape_text(row['gaps'])}</p>",
        ]
    if pd.notna(row.get("protective")):
        parts += [
            _render_heading("Protective"),
            f"<p>{_render_protective_score(row)}</p>",
        ]
    if pd.notna(row["rule_precision"]):
        measured = f"precision {row['rule_precision']:.2f}, recall "
        measured += f"{row['rule_recall']:.2f} on {row['rule_measured_on']}"
        parts += [_render_heading("Rule"), f"<p>{_escape_text(row['rule'])}"]
        parts += [f"<br><span class=quiet>{_escape_text(measured)}</span></p>"]
    for heading, column in (("Typical", "examples"), ("Borderline", "borderline")):
        if len(row[column]):
            parts += [
                _render_heading(heading),
                _render_examples(row[column][:_MAX_EXAMPLES], titles),
            ]
    parts += ["<p class=quiet>An order for review, not a finding.</p>"]
    return f"{_CARD_STYLE}<div class=iprseg-card>{''.join(parts)}</div>"


def _render_selection(names: Iterable[str]) -> str:
    """Return how many of the selected entities are in which cohort."""
    counts = pd.Series(list(names)).value_counts()
    rows = "".join(
        f"<tr><td>{_escape_text(name)}</td><td>{n:,}</td></tr>"
        for name, n in counts.items()
    )
    return (
        f"{_CARD_STYLE}<div class=iprseg-card><h4>{int(counts.sum()):,} selected</h4>"
        f"<p class=quiet>Their ids are in <code>.selected_ids</code>.</p>"
        f"<table>{rows}</table></div>"
    )


def _render_hint() -> str:
    """Return what can be done, while nothing is selected."""
    return (
        f"{_CARD_STYLE}<div class=iprseg-card><p class=quiet>Click a dot, or choose a cohort "
        "above, to see its card. Press the lasso button and draw round some dots: "
        "<code>.selected_ids</code> holds their ids.</p></div>"
    )


def _render_cohort_size(row: pd.Series) -> str:
    text = f"{int(row['size']):,} ({format_whole_percent(row['share'])} of all)"
    if pd.notna(row.get("sellers")):
        count = int(row["sellers"])
        text += f" · {count:,} seller{'' if count == 1 else 's'}"
    if pd.notna(row.get("risk_rank")):
        text += f" · number {int(row['risk_rank'])} to look at"
    return text


def _render_protective_score(row: pd.Series) -> str:
    here = f"{format_whole_percent(row['protective'])} of the known facts that speak for them hold"
    rest = row["protective_rest"]
    return here if pd.isna(rest) else f"{here}, {format_whole_percent(rest)} elsewhere"


def _render_signals(signals: list[dict[str, Any]]) -> str:
    rows = "".join(
        f"<tr><td>{_escape_text(one['words'])}</td>"
        f"<td>{format_whole_percent(one['share'])} / "
        f"{format_whole_percent(one['rest_share'])}</td></tr>"
        for one in signals
    )
    return f"<table>{rows}</table>"


def _render_examples(ids: Iterable[Any], titles: pd.Series | None) -> str:
    found = {} if titles is None else titles.to_dict()
    items = "".join(f"<li>{_escape_text(found.get(one, one))}</li>" for one in ids)
    return f"<ul>{items}</ul>"


def _render_heading(text: str) -> str:
    return f"<h5>{text}</h5>"


def _escape_text(text: Any) -> str:
    return escape(clean_line(str(text), _MAX_CHARACTERS))
