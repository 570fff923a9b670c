"""The static map of cohorts as a PNG, numbered, in light and dark."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from iprseg._check import check_columns, check_option
from iprseg.cohorts._numbered import numbered_cohorts
from iprseg.cohorts._words import plain
from iprseg.cohorts.palette import cohort_colours
from iprseg.errors import TableError

THEMES = {
    "light": {"background": "#ffffff", "ink": "#1f2328", "badge": "#ffffff"},
    "dark": {"background": "#14171c", "ink": "#e8eaed", "badge": "#14171c"},
}
# more dots hide each other, and the file grows with them
_MAX_DOTS = 4_000
_WIDTH, _HEIGHT = 760, 560
_NAME_CHARACTERS = 64
# how the ring round a number is drawn: dashes and gaps in pixels
_WHOLE = [1, 0]
RINGS = {
    "stable": _WHOLE,
    "moves with the sample": [8, 5],
    "dissolves": [2.5, 5],
    "not known": [2.5, 5],
}


def plot_cohorts(
    coords: pd.DataFrame,
    labels: pd.Series,
    names: Mapping[int, str] | pd.Series | pd.DataFrame,
    path: str | Path | None = None,
    *,
    stability: Mapping[int, str] | pd.Series | None = None,
    theme: str = "light",
    legend: bool = True,
    random_state: int = 0,
) -> bytes:
    r"""Draw every entity as a dot in its cohort's colour, and number the cohorts.

    Parameters
    ----------
    coords : pandas.DataFrame, shape (n, 2)
        Columns `x` and `y` by entity id, from `cohort_coordinates`.
    labels : pandas.Series of int, length n
        Cohort by entity id; -1 is drawn in grey and not numbered.
    names : pandas.DataFrame, or mapping of int to str
        What `profile_cohorts` returned: names and verdicts on stability are taken from
        it, and the number of a cohort is its rank for review; one without a rank is
        drawn and not numbered. Or cohort to name; its order gives the numbers.
    path : str or Path, optional
        Where to write the PNG as well.
    stability : mapping of int to str, or pandas.Series, optional
        Cohort to verdict: the ring of a stable cohort is whole, that of one that moves
        with the sample dashed, and that of one that dissolves dotted. The legend says
        so, or that it was not measured.
    theme : {"light", "dark"}
        Background.
    legend : bool, default True
        List numbers and names beside the map. The report has them in its table.
    random_state : int, default 0
        Seed of the sample when there are more than 4,000 rows.

    Returns
    -------
    bytes
        The PNG.

    Raises
    ------
    TableError
        When coordinates lack `x` or `y`, or labels lack some of their ids.

    Examples
    --------
    >>> at = pd.DataFrame({"x": [0.0, 1], "y": [0.0, 1]})
    >>> plot_cohorts(at, pd.Series([0, 1]), {0: "Shoes", 1: "Bags"})[:4]
    b'\x89PNG'
    """
    check_option("theme", theme, THEMES, "plot_cohorts")
    check_columns(coords, ["x", "y"], "plot_cohorts")
    missing = coords.index.difference(labels.index)
    if len(missing):
        raise TableError(
            f"labels lack {len(missing):,} of the ids in coords, such as "
            f"{str(missing[0])!r}: draw the entities that were clustered."
        )
    import vl_convert

    labels = labels.reindex(coords.index)
    numbered = numbered_cohorts(labels, names, stability)
    chart = _chart(coords, labels, numbered, theme, legend, random_state)
    png = vl_convert.vegalite_to_png(chart, scale=1.25)
    if path is not None:
        Path(path).write_bytes(png)
    return png


def _chart(
    coords: pd.DataFrame,
    labels: pd.Series,
    numbered: pd.DataFrame,
    theme: str,
    legend: bool,
    random_state: int,
) -> dict[str, Any]:
    import altair as alt

    look = THEMES[theme]
    colours = cohort_colours(coords, labels)
    dots = coords[["x", "y"]].assign(colour=labels.map(colours).to_numpy())
    dots["noise"] = (labels < 0).to_numpy()
    if len(dots) > _MAX_DOTS:
        dots = dots.sample(_MAX_DOTS, random_state=random_state)
    # noise goes under the cohorts, and no cohort is always on top of the others
    dots = dots.sample(frac=1, random_state=random_state)
    dots = dots.sort_values("noise", ascending=False, kind="stable")
    layers = [
        _dots(alt, dots),
        # without a legend the map stands in a page and is shown small on a phone
        *_badges(
            alt, _centres(coords, labels, numbered, colours), look, 14 if legend else 20
        ),
    ]
    chart: Any = alt.layer(*layers).properties(width=_WIDTH, height=_HEIGHT)
    if legend and len(numbered):
        chart = alt.hconcat(chart, _legend(alt, numbered, colours, look))
        chart = chart.properties(title=_title(alt, _key(numbered), look))
    return (
        chart.configure(background=look["background"], padding=8)
        .configure_view(stroke=None)
        .to_dict()
    )


def _values(alt: Any, frame: pd.DataFrame) -> Any:
    return alt.InlineData(values=frame.to_dict("records"))


def _axis(alt: Any, channel: Any, field: str) -> Any:
    return channel(
        f"{field}:Q", axis=None, scale=alt.Scale(domain=[-1.05, 1.05], nice=False)
    )


def _dots(alt: Any, dots: pd.DataFrame) -> Any:
    rounded = dots.assign(x=dots["x"].round(4), y=dots["y"].round(4))
    return (
        alt.Chart(_values(alt, rounded))
        .mark_circle(size=26, clip=True)
        .encode(
            x=_axis(alt, alt.X, "x"),
            y=_axis(alt, alt.Y, "y"),
            color=alt.Color("colour:N", scale=None),
            opacity=alt.condition("datum.noise", alt.value(0.25), alt.value(0.75)),
        )
    )


def _centres(
    coords: pd.DataFrame,
    labels: pd.Series,
    numbered: pd.DataFrame,
    colours: Mapping[int, str],
) -> pd.DataFrame:
    """Place a number on the member nearest to the median, never on empty ground."""
    rows = []
    for cohort, number, verdict in zip(
        numbered["cohort"], numbered["number"], numbered["verdict"], strict=True
    ):
        own = coords.loc[(labels == cohort).to_numpy(), ["x", "y"]]
        gaps = ((own - own.median()) ** 2).sum(axis=1).to_numpy()
        spot = own.iloc[int(gaps.argmin())]
        place = {"x": float(spot["x"]), "y": float(spot["y"])}
        told = {"number": number, "colour": colours[cohort], "verdict": verdict}
        rows.append({**place, **told})
    return pd.DataFrame(rows, columns=["x", "y", "number", "colour", "verdict"])


def _badges(
    alt: Any, centres: pd.DataFrame, look: dict[str, str], font_size: int
) -> list[Any]:
    def _placed(rows: pd.DataFrame) -> Any:
        return alt.Chart(_values(alt, rows)).encode(
            x=_axis(alt, alt.X, "x"), y=_axis(alt, alt.Y, "y")
        )

    # a ring of the cohort's colour, for a badge may hide a small cohort altogether
    rings = [
        _placed(rows)
        .mark_point(
            size=2.1 * font_size**2,
            fill=look["badge"],
            filled=False,
            strokeWidth=3,
            strokeDash=RINGS.get(str(verdict), _WHOLE),
        )
        .encode(stroke=alt.Stroke("colour:N", scale=None), opacity=alt.value(0.9))
        for verdict, rows in centres.groupby("verdict")
    ]
    text = (
        _placed(centres)
        .mark_text(
            fontSize=font_size, fontWeight="bold", color=look["ink"], font="sans-serif"
        )
        .encode(text="number:N")
    )
    # bare ground round a ring, or its dashes are lost among the dots
    halo = _placed(centres).mark_circle(
        size=4.2 * font_size**2, color=look["badge"], opacity=1
    )
    return [halo, *rings, text]


def _legend(
    alt: Any, numbered: pd.DataFrame, colours: dict[int, str], look: dict[str, str]
) -> Any:
    shown = numbered.assign(
        colour=numbered["cohort"].map(colours),
        line=[
            _line(number, name, verdict)
            for number, name, verdict in zip(
                numbered["number"], numbered["name"], numbered["verdict"], strict=True
            )
        ],
    )
    base = alt.Chart(_values(alt, shown)).encode(
        y=alt.Y("number:O", axis=None, sort=None)
    )
    mark = base.mark_circle(size=110, opacity=1).encode(
        x=alt.value(6), color=alt.Color("colour:N", scale=None)
    )
    text = base.mark_text(
        align="left", fontSize=13, color=look["ink"], font="sans-serif", limit=460
    ).encode(x=alt.value(18), text="line:N")
    height = min(_HEIGHT, 22 * len(numbered))
    return (mark + text).properties(width=470, height=height)


def _title(alt: Any, text: str, look: dict[str, str]) -> Any:
    return alt.TitleParams(
        text,
        anchor="start",
        color=look["ink"],
        font="sans-serif",
        fontSize=13,
        fontWeight="normal",
    )


def _line(number: int, name: str, verdict: str) -> str:
    """Write number, name and, where there is a reservation, the verdict."""
    told = f" · {verdict}" if verdict not in ("", "stable") else ""
    room = _NAME_CHARACTERS - len(told)
    return f"{number}  {plain(name, room)}{'…' if len(name) > room else ''}{told}"


def _key(numbered: pd.DataFrame) -> str:
    """Say what the rings mean."""
    if not numbered["verdict"].astype(bool).any():
        return "Whether the cohorts hold on other samples was not measured."
    count = numbered["verdict"].value_counts()
    told = [f"{count.get('stable', 0)} of {len(numbered)} cohorts are stable"]
    told += [
        f"{count[verdict]} {ring}: {verdict}"
        for verdict, ring in (
            ("moves with the sample", "with a dashed ring"),
            ("dissolves", "dotted"),
            ("not known", "dotted too"),
        )
        if verdict in count
    ]
    return "; ".join(told) + "."
