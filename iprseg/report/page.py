"""Write cohorts as one self-contained page: no network, phone, dark and light."""

from __future__ import annotations

import base64
import datetime
import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from iprseg.cohorts.lift import find_phrase
from iprseg.errors import IprsegError, TableError
from iprseg.formats import format_number, format_percent, shorten_line
from iprseg.report.cohort_context import build_level_context, build_table_context
from iprseg.validation import NOISE, check_columns, check_interval

if TYPE_CHECKING:
    from iprseg.report.disclosure import HiddenRates

_COHORT_COLUMNS = (
    "name",
    "size",
    "share",
    "terms",
    "signals",
    "rule",
    "rule_sql",
    "suspicion",
)
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def write_report(
    path: str | Path,
    *,
    cohorts: pd.DataFrame | Mapping[str, pd.DataFrame],
    map_png: Any = None,
    check: Any = None,
    left_out: Sequence[Mapping[str, Any]] | pd.DataFrame | None = None,
    metrics: pd.DataFrame | None = None,
    title: str = "Risk cohorts",
    facts: Mapping[str, Any] | None = None,
    titles: Any = None,
    min_sellers: int = 10,
    date: datetime.date | None = None,
) -> Path:
    """Write a report of cohorts that opens anywhere and loads nothing.

    Parameters
    ----------
    path : str or Path
        The HTML file; its folder must exist.
    cohorts : pandas.DataFrame or dict of str to pandas.DataFrame
        From `profile_cohorts`; a dictionary has one per level, such as ``"listing"``
        and ``"seller"``. A table from `rate_cohorts` shows what labels say: the rate of
        all listings with its limits and what limits it, each cohort's rate, lift and
        verdict, and the order before and after. Where there is no rate the state is
        named. A table without these columns says how to get a rate.
    map_png : bytes, path, pair of them, function, or dict, optional
        The map from `plot_cohorts` (with ``legend=False``), or a pair for light and
        dark, or a function that draws one from a table of cohorts; by level when
        `cohorts` is. A function is given the table with the places of the page, in
        which hidden cohorts have none; a map that is drawn already would tell theirs
        and is left out where a rate is hidden.
    check : CheckReport, optional
        What was found while the tables were read.
    left_out : list of dict or pandas.DataFrame, optional
        Anything else that was left out: ``what``, ``why`` and, where known, ``n``.
        Signals without values and the rows in no cohort are listed by themselves.
    metrics : pandas.DataFrame, optional
        Measurements to show as they are, such as agreement with a planted truth.
    title : str
        Heading of the page.
    facts : mapping of str to object, optional
        Where the report comes from: input, seed, versions.
    titles : pandas.Series of str, or dict of it by level, optional
        Title by entity id; the examples of a cohort are shown only when given.
    min_sellers : int, default 10
        A cohort of fewer known sellers shows neither their number nor its sales nor
        its examples nor what labels say of it (small-cell suppression). Since its rate
        could be computed from the others, one to three more hide theirs too (the rows
        in no cohort, or those last for review); where that is not enough, the rate of
        all and lifts are hidden. Counts of labels are rounded or left out. All that is
        hidden comes after what is shown, without a place.
    date : datetime.date, optional
        Day of the report; today when not given.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    TableError
        When a cohort table lacks a column that `profile_cohorts` makes, or has a rate
        and lacks another column that `rate_cohorts` makes.
    IprsegError
        When the folder does not exist or a map is not a PNG.

    Examples
    --------
    >>> import tempfile
    >>> row = {"name": "Shoes", "size": 3, "share": 1.0, "terms": [], "signals": [],
    ...        "rule": "", "rule_sql": "", "suspicion": 0.0}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = write_report(f"{folder}/r.html", cohorts=pd.DataFrame([row]))
    ...     "Shoes" in file.read_text(encoding="utf-8")
    True
    """
    path = Path(path)
    if not path.parent.is_dir():
        raise IprsegError(
            f"The report cannot be written to {str(path)!r} because the folder "
            f"{str(path.parent)!r} does not exist: create it first."
        )
    check_interval("min_sellers", min_sellers, "write_report", low=0)
    frames = _split_by_level(cohorts)
    hidden = _choose_hidden_rates(frames, min_sellers)
    levels = []
    for level, frame in frames.items():
        check_columns(frame, _COHORT_COLUMNS, f"the table of {level} cohorts")
        shown = _pick_level(titles, level, frames)
        one = build_level_context(frame, level, shown, min_sellers, hidden)
        drawn = _pick_level(map_png, level, frames)
        levels.append(one | _build_map_context(drawn, frame, hidden, level))
    page = render_page(
        "report.html.j2",
        ("report.css",),
        "report.js",
        title=shorten_line(title, 200),
        date=(date or datetime.date.today()).isoformat(),
        facts={
            shorten_line(key, 60): shorten_line(value, 300)
            for key, value in (facts or {}).items()
        },
        levels=levels,
        left_out=_list_left_out(frames, left_out, min_sellers),
        check=None if check is None else _build_check_context(check),
        metrics=None if metrics is None else build_table_context(metrics),
        min_sellers=min_sellers,
    )
    path.write_text(page, encoding="utf-8")
    return path


def _split_by_level(cohorts: Any) -> dict[str, pd.DataFrame]:
    if isinstance(cohorts, pd.DataFrame):
        return {str(cohorts.attrs.get("level", "listing")): cohorts}
    if not cohorts:
        raise TableError("write_report got no cohorts: give at least one table.")
    return dict(cohorts)


def _pick_level(value: Any, level: str, frames: Mapping[str, pd.DataFrame]) -> Any:
    """Pick the value of a level; a bare one can only belong to a single level."""
    if isinstance(value, Mapping):
        return value.get(level)
    return value if len(frames) == 1 else None


def _choose_hidden_rates(
    frames: Mapping[str, pd.DataFrame], min_sellers: int
) -> HiddenRates | None:
    """Choose the rates that the page does not show; a page without any hides none."""
    if not any("rate" in frame for frame in frames.values()):
        return None
    from iprseg.report.disclosure import choose_hidden_rates

    return choose_hidden_rates(frames, min_sellers)


def _build_map_context(
    value: Any, frame: pd.DataFrame, hidden: HiddenRates | None, level: str
) -> dict[str, Any]:
    """Return the map, or that it is left out: its numbers are places."""
    closed = None if hidden is None else hidden.rows.get(level)
    hides = closed is not None and bool(closed.any())
    if callable(value) and closed is not None and hides:
        from iprseg.report.disclosure import renumber_shown

        value = value(renumber_shown(frame, closed))
    elif callable(value):
        value = value(frame)
    elif hides and value is not None:
        return {"images": {}, "mapless": True}
    return {"images": _encode_images(value), "mapless": False}


def _encode_images(value: Any) -> dict[str, str]:
    """Return data addresses of the light and the dark map."""
    if value is None:
        return {}
    pair = value if isinstance(value, tuple | list) else (value, value)
    light, dark = (_encode_data_url(one) for one in pair)
    return {"light": light} if light == dark else {"light": light, "dark": dark}


def _encode_data_url(image: bytes | str | Path) -> str:
    data = image if isinstance(image, bytes) else Path(image).read_bytes()
    if not data.startswith(_PNG_SIGNATURE):
        raise IprsegError(
            "A map for the report is not a PNG: give what plot_cohorts returns, or the "
            "file it wrote."
        )
    return "data:image/png;base64," + base64.b64encode(data).decode("ascii")


# a cohort has ten rows or more, and one alone is told apart from nothing
_MIN_ENTITIES = 20
# room for every signal that a source may lack
_MAX_CHARACTERS = 3000
_PROBLEM_COLUMNS = ["severity", "table", "column", "what", "n", "what_was_done"]


def _list_left_out(
    frames: Mapping[str, pd.DataFrame], extra: Any, min_sellers: int = 0
) -> list[dict[str, Any]]:
    """Return rows in no cohort, cohorts without a rule, absent signals, and `extra`.

    Parameters
    ----------
    frames : mapping of str to pandas.DataFrame
        Cohort tables by level.
    extra : list of dict, pandas.DataFrame, or None
        ``what``, ``why`` and, where known, ``n``.
    min_sellers : int, default 0
        Fewer sellers than this are not counted out, here as in the table.

    Returns
    -------
    list of dict
        Each with ``what``, ``n`` (text) and ``why``.

    Examples
    --------
    >>> _list_left_out({}, [{"what": "rows without a title", "why": "no text", "n": 2}])
    [{'what': 'rows without a title', 'n': '2', 'why': 'no text'}]
    """
    rows = []
    for level, frame in frames.items():
        rows += _describe_noise(level, frame, min_sellers)
        rows += _describe_absent_signals(level, frame.attrs.get("absent_signals", {}))
    if isinstance(extra, pd.DataFrame):
        extra = extra.to_dict("records")
    for one in extra or []:
        count = one.get("n")
        shown = "" if count is None or pd.isna(count) else format_number(count)
        rows.append({"what": one["what"], "n": shown, "why": one["why"]})
    return [
        {
            **row,
            "what": shorten_line(row["what"], _MAX_CHARACTERS),
            "why": shorten_line(row["why"], _MAX_CHARACTERS),
        }
        for row in rows
    ]


def _describe_noise(
    level: str, frame: pd.DataFrame, min_sellers: int
) -> list[dict[str, Any]]:
    if NOISE not in frame.index:
        return []
    row = frame.loc[NOISE]
    hidden = level != "listing" and row["size"] < min_sellers
    shown = f"{format_number(row['size'])} ({format_percent(row['share'])})"
    if level != "listing" and (frame["size"] < min_sellers).any():
        shown = f"about {format_number(round(row['size'], -1))}"
    return [
        {
            "what": f"{level}s in no cohort",
            "n": f"fewer than {min_sellers}" if hidden else shown,
            "why": _explain_noise(level, frame)
            + " They stay in every table and are drawn in grey.",
        }
    ]


def _explain_noise(level: str, frame: pd.DataFrame) -> str:
    if (frame.index != NOISE).any():
        return "They are unlike any group that is large enough to be a cohort."
    if frame["size"].sum() < _MIN_ENTITIES:
        return f"Fewer than {_MIN_ENTITIES} {level}s cannot form two cohorts of ten."
    return "No group that is large enough stands out from the rest."


def _describe_absent_signals(
    level: str, absent: Mapping[str, str]
) -> list[dict[str, Any]]:
    by_reason: dict[str, list[str]] = {}
    for column, reason in absent.items():
        by_reason.setdefault(reason, []).append(column)
    return [
        {
            "what": f"{level} signals without a value: "
            + "; ".join(dict.fromkeys(find_phrase(c).quantity for c in columns)),
            "n": format_number(len(columns)),
            "why": reason.replace("_", " "),
        }
        for reason, columns in by_reason.items()
    ]


def _build_check_context(check: Any) -> dict[str, Any]:
    """Return what was found while the tables were read.

    Parameters
    ----------
    check : CheckReport
        Its `source`, `tables` and `problems` are shown.
    """
    problems = check.problems[[c for c in _PROBLEM_COLUMNS if c in check.problems]]
    return {
        "source": shorten_line(check.source, 200),
        "tables": build_table_context(check.tables),
        "problems": build_table_context(problems) if len(problems) else None,
    }


_TEMPLATE_FOLDER = Path(__file__).parent


def render_page(
    template: str, styles: tuple[str, ...], script: str, **values: Any
) -> str:
    """Fill in a template of this folder; style and script are admitted by their hash.

    Parameters
    ----------
    template : str
        Such as ``"report.html.j2"``.
    styles : tuple of str
        Names of CSS files, the later ones on top.
    script : str
        Name of the JavaScript file, which is bundled from ``js/``.
    **values
        What the template shows; each is escaped.
    """
    return _load_template(template).render(**values, **_inline_files(styles, script))


@lru_cache
def _load_template(name: str) -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    # every value is escaped, whatever the template forgets
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATE_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)


@lru_cache
def _inline_files(styles: tuple[str, ...], script: str) -> dict[str, Any]:
    """Return style and script with their hashes: the policy admits these texts only."""
    from markupsafe import Markup

    made: dict[str, Any] = {}
    for name, files in (("css", styles), ("js", (script,))):
        text = "".join(
            (_TEMPLATE_FOLDER / file).read_text(encoding="utf-8") for file in files
        )
        digest = hashlib.sha256(text.encode("utf-8")).digest()
        made[name] = Markup(text)  # noqa: S704 (our own files, no data in them)
        made[f"{name}_hash"] = "sha256-" + base64.b64encode(digest).decode("ascii")
    return made
