"""Static pictures: the numbered map, its colours, bars of rates, slopes of ranks.

One cohort of 80 % would crush the others, of 1 to 5 %, on an even scale; zero stays the
left end, which a logarithm could not show.
"""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from iprseg.errors import TableError
from iprseg.formats import clean_line, parse_rate_text
from iprseg.validation import NOISE, check_columns, check_option

THEMES = {
    "light": {"background": "#ffffff", "ink": "#1f2328", "badge": "#ffffff"},
    "dark": {"background": "#14171c", "ink": "#e8eaed", "badge": "#14171c"},
}
# more dots hide each other, and the file grows with them
_MAX_DOTS = 4_000
_WIDTH, _HEIGHT = 760, 560
_NAME_CHARACTERS = 64
# how the ring round a number is drawn: dashes and gaps in pixels
_SOLID_RING = [1, 0]
RINGS = {
    "stable": _SOLID_RING,
    "moves with the sample": [8, 5],
    "dissolves": [2.5, 5],
    "not known": [2.5, 5],
}


def plot_cohorts(
    coords: pd.DataFrame,
    assignments: pd.Series,
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
    assignments : pandas.Series of int, length n
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
        When coordinates lack `x` or `y`, or assignments lack some of their ids.

    Examples
    --------
    >>> at = pd.DataFrame({"x": [0.0, 1], "y": [0.0, 1]})
    >>> plot_cohorts(at, pd.Series([0, 1]), {0: "Shoes", 1: "Bags"})[:4]
    b'\x89PNG'
    """
    check_option("theme", theme, THEMES, "plot_cohorts")
    check_columns(coords, ["x", "y"], "plot_cohorts")
    missing = coords.index.difference(assignments.index)
    if len(missing):
        raise TableError(
            f"assignments lack {len(missing):,} of the ids in coords, such as "
            f"{str(missing[0])!r}: draw the entities that were clustered."
        )
    import vl_convert

    assignments = assignments.reindex(coords.index)
    numbered = _number_cohorts(assignments, names, stability)
    chart = _build_chart(coords, assignments, numbered, theme, legend, random_state)
    png = vl_convert.vegalite_to_png(chart, scale=1.25)
    if path is not None:
        Path(path).write_bytes(png)
    return png


def _build_chart(
    coords: pd.DataFrame,
    assignments: pd.Series,
    numbered: pd.DataFrame,
    theme: str,
    legend: bool,
    random_state: int,
) -> dict[str, Any]:
    import altair as alt

    look = THEMES[theme]
    colours = assign_colours(coords, assignments)
    dots = coords[["x", "y"]].assign(colour=assignments.map(colours).to_numpy())
    dots["noise"] = (assignments < 0).to_numpy()
    if len(dots) > _MAX_DOTS:
        dots = dots.sample(_MAX_DOTS, random_state=random_state)
    # noise goes under the cohorts, and no cohort is always on top of the others
    dots = dots.sample(frac=1, random_state=random_state)
    dots = dots.sort_values("noise", ascending=False, kind="stable")
    layers = [
        _draw_dots(alt, dots),
        # without a legend the map stands in a page and is shown small on a phone
        *_draw_badges(
            alt,
            _place_badges(coords, assignments, numbered, colours),
            look,
            14 if legend else 20,
        ),
    ]
    chart: Any = alt.layer(*layers).properties(width=_WIDTH, height=_HEIGHT)
    if legend and len(numbered):
        chart = alt.hconcat(chart, _draw_legend(alt, numbered, colours, look))
        chart = chart.properties(
            title=_build_title(alt, _explain_rings(numbered), look)
        )
    return (
        chart.configure(background=look["background"], padding=8)
        .configure_view(stroke=None)
        .to_dict()
    )


def _inline_values(alt: Any, frame: pd.DataFrame) -> Any:
    return alt.InlineData(values=frame.to_dict("records"))


def _encode_position(alt: Any, channel: Any, field: str) -> Any:
    return channel(
        f"{field}:Q", axis=None, scale=alt.Scale(domain=[-1.05, 1.05], nice=False)
    )


def _draw_dots(alt: Any, dots: pd.DataFrame) -> Any:
    rounded = dots.assign(x=dots["x"].round(4), y=dots["y"].round(4))
    return (
        alt.Chart(_inline_values(alt, rounded))
        .mark_circle(size=26, clip=True)
        .encode(
            x=_encode_position(alt, alt.X, "x"),
            y=_encode_position(alt, alt.Y, "y"),
            color=alt.Color("colour:N", scale=None),
            opacity=alt.condition("datum.noise", alt.value(0.25), alt.value(0.75)),
        )
    )


def _place_badges(
    coords: pd.DataFrame,
    assignments: pd.Series,
    numbered: pd.DataFrame,
    colours: Mapping[int, str],
) -> pd.DataFrame:
    """Place a number on the member nearest to the median, never on empty ground."""
    rows = []
    for cohort, number, verdict in zip(
        numbered["cohort"], numbered["number"], numbered["verdict"], strict=True
    ):
        own = coords.loc[(assignments == cohort).to_numpy(), ["x", "y"]]
        gaps = ((own - own.median()) ** 2).sum(axis=1).to_numpy()
        spot = own.iloc[int(gaps.argmin())]
        place = {"x": float(spot["x"]), "y": float(spot["y"])}
        told = {"number": number, "colour": colours[cohort], "verdict": verdict}
        rows.append({**place, **told})
    return pd.DataFrame(rows, columns=["x", "y", "number", "colour", "verdict"])


def _draw_badges(
    alt: Any, centres: pd.DataFrame, look: dict[str, str], font_size: int
) -> list[Any]:
    def _draw_at_coordinates(rows: pd.DataFrame) -> Any:
        return alt.Chart(_inline_values(alt, rows)).encode(
            x=_encode_position(alt, alt.X, "x"), y=_encode_position(alt, alt.Y, "y")
        )

    # a ring of the cohort's colour, for a badge may hide a small cohort altogether
    rings = [
        _draw_at_coordinates(rows)
        .mark_point(
            size=2.1 * font_size**2,
            fill=look["badge"],
            filled=False,
            strokeWidth=3,
            strokeDash=RINGS.get(str(verdict), _SOLID_RING),
        )
        .encode(stroke=alt.Stroke("colour:N", scale=None), opacity=alt.value(0.9))
        for verdict, rows in centres.groupby("verdict")
    ]
    text = (
        _draw_at_coordinates(centres)
        .mark_text(
            fontSize=font_size, fontWeight="bold", color=look["ink"], font="sans-serif"
        )
        .encode(text="number:N")
    )
    # bare ground round a ring, or its dashes are lost among the dots
    halo = _draw_at_coordinates(centres).mark_circle(
        size=4.2 * font_size**2, color=look["badge"], opacity=1
    )
    return [halo, *rings, text]


def _draw_legend(
    alt: Any, numbered: pd.DataFrame, colours: dict[int, str], look: dict[str, str]
) -> Any:
    shown = numbered.assign(
        colour=numbered["cohort"].map(colours),
        line=[
            _write_legend_line(number, name, verdict)
            for number, name, verdict in zip(
                numbered["number"], numbered["name"], numbered["verdict"], strict=True
            )
        ],
    )
    base = alt.Chart(_inline_values(alt, shown)).encode(
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


def _build_title(alt: Any, text: str, look: dict[str, str]) -> Any:
    return alt.TitleParams(
        text,
        anchor="start",
        color=look["ink"],
        font="sans-serif",
        fontSize=13,
        fontWeight="normal",
    )


def _write_legend_line(number: int, name: str, verdict: str) -> str:
    """Write number, name and, where there is a reservation, the verdict."""
    told = f" · {verdict}" if verdict not in ("", "stable") else ""
    room = _NAME_CHARACTERS - len(told)
    return f"{number}  {clean_line(name, room)}{'…' if len(name) > room else ''}{told}"


def _explain_rings(numbered: pd.DataFrame) -> str:
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


def _number_cohorts(
    assignments: pd.Series,
    names: Mapping[int, str] | pd.Series | pd.DataFrame,
    stability: Mapping[int, str] | pd.Series | None = None,
) -> pd.DataFrame:
    """Return number, name and verdict of the cohorts that are on the map.

    Parameters
    ----------
    assignments : pandas.Series of int
        Cohort of each dot.
    names, stability
        See `plot_cohorts`.

    Examples
    --------
    >>> ranked = pd.DataFrame({"name": ["Bags", "Hats"], "risk_rank": [1.0, None]})
    >>> _number_cohorts(pd.Series([0, 1, -1]), ranked).to_dict("records")
    [{'cohort': 0, 'name': 'Bags', 'number': 1, 'verdict': ''}]
    """
    present = {int(cohort) for cohort in assignments.unique() if cohort >= 0}
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


# Okabe and Ito (2008), without black and the yellow that is lost on white; chosen so
# that each is seen on both backgrounds.
COLOURS = ("#E69F00", "#56B4E9", "#009E73", "#0072B2", "#D55E00", "#CC79A7", "#8C6D31")
NOISE_COLOUR = "#9AA0A6"


def assign_colours(coords: pd.DataFrame, assignments: pd.Series) -> dict[int, str]:
    """Give each cohort a colour; two of one colour lie as far apart as can be.

    No set of colours keeps twenty cohorts apart, so the map also numbers them.

    Parameters
    ----------
    coords : pandas.DataFrame, shape (n, 2)
        Columns `x` and `y`.
    assignments : pandas.Series of int, length n
        Cohorts by the same ids; -1 is grey.

    Returns
    -------
    dict of int to str
        Cohort to ``"#RRGGBB"``.

    Examples
    --------
    >>> at = pd.DataFrame({"x": [0.0, 1], "y": [0.0, 1]})
    >>> assign_colours(at, pd.Series([-1, 3]))
    {3: '#E69F00', -1: '#9AA0A6'}
    """
    centres = coords.groupby(assignments.reindex(coords.index).to_numpy()).median()
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


_BAR_EDGE = 1.0  # a mark on the edge would show half its width


def place_on_bar(value: float, scale: float) -> float:
    """Return where a share stands on a bar that ends at `scale`.

    A share is placed as its text tells it: a bar is no way to read more digits.

    Examples
    --------
    >>> place_on_bar(0.1, 0.4), place_on_bar(0.10123, 0.4), place_on_bar(0.9, 0.4)
    (50.0, 50.0, 100.0)
    """
    return round(100 * math.sqrt(min(parse_rate_text(value) / scale, 1.0)), 1)


def place_mark(value: Any, scale: float) -> float | str:
    """Return where the mark of a share stands; "" where it has no place.

    Examples
    --------
    >>> place_mark(0.1, 0.4), place_mark(0.0, 0.4), place_mark(0.4, 0.4), place_mark(None, 0.4)
    (50.0, 1.0, 99.0, '')
    """
    if value is None or pd.isna(value):
        return ""
    return min(max(place_on_bar(value, scale), _BAR_EDGE), 100 - _BAR_EDGE)


_MAX_SLOPES = 20


def build_slopes(rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return two columns of cohorts and the lines between them.

    Parameters
    ----------
    rows : list of dict
        Rows of a level with ``rate`` set.

    Returns
    -------
    dict or None
        ``moved`` and ``n`` count all cohorts that have a place in both orders;
        ``before`` and ``now`` hold at most `_MAX_SLOPES`, those that stand highest in either;
        ``lines`` join them. None where there are not two cohorts to order.
    """
    ranked = [row for row in rows if row["rate"]["before_value"] != ""]
    if len(ranked) < 2:
        return None
    # whatever leads one of the two orders is in the picture
    leaders = sorted(
        ranked, key=lambda r: min(r["rate"]["now_value"], r["rate"]["before_value"])
    )
    now = sorted(leaders[:_MAX_SLOPES], key=lambda row: row["rate"]["now_value"])
    before = sorted(now, key=lambda row: row["rate"]["before_value"])
    left = {row["anchor"]: at for at, row in enumerate(before)}
    return {
        "n": len(ranked),
        "moved": sum(row["rate"]["way"] != "same" for row in ranked),
        "before": before,
        "now": now,
        "height": 10 * len(now),
        # grey lines first: those that labels speak of lie over them
        "lines": sorted(
            (
                {
                    "from": 10 * left[row["anchor"]] + 5,
                    "to": 10 * at + 5,
                    "tone": row["rate"]["tone"],
                }
                for at, row in enumerate(now)
            ),
            key=lambda line: line["tone"] in ("risky", "below"),
        ),
        "more": len(ranked) - len(now),
    }
