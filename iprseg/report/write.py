"""Write cohorts as one self-contained page: no network, phone, dark and light."""

import base64
import datetime
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from iprseg._check import check_columns, check_interval
from iprseg.errors import IprsegError, TableError
from iprseg.report._context import level_context, table_context
from iprseg.report._format import cut
from iprseg.report._hidden import as_shown, hidden_rates
from iprseg.report._left_out import check_context, left_out_rows
from iprseg.report._page import rendered

_NEEDED = ("name", "size", "share", "terms", "signals", "rule", "rule_sql", "suspicion")
_PNG = b"\x89PNG\r\n\x1a\n"


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
    frames = _by_level(cohorts)
    hidden = hidden_rates(frames, min_sellers)
    levels = []
    for level, frame in frames.items():
        check_columns(frame, _NEEDED, f"the table of {level} cohorts")
        shown = _of_level(titles, level, frames)
        one = level_context(frame, level, shown, min_sellers, hidden)
        drawn = _of_level(map_png, level, frames)
        levels.append(one | _map_context(drawn, frame, hidden.rows.get(level)))
    page = rendered(
        "report.html.j2",
        ("report.css",),
        ("sort.js",),
        title=cut(title, 200),
        date=(date or datetime.date.today()).isoformat(),
        facts={cut(key, 60): cut(value, 300) for key, value in (facts or {}).items()},
        levels=levels,
        left_out=left_out_rows(frames, left_out, min_sellers),
        check=None if check is None else check_context(check),
        metrics=None if metrics is None else table_context(metrics),
        min_sellers=min_sellers,
    )
    path.write_text(page, encoding="utf-8")
    return path


def _by_level(cohorts: Any) -> dict[str, pd.DataFrame]:
    if isinstance(cohorts, pd.DataFrame):
        return {str(cohorts.attrs.get("level", "listing")): cohorts}
    if not cohorts:
        raise TableError("write_report got no cohorts: give at least one table.")
    return dict(cohorts)


def _of_level(value: Any, level: str, frames: Mapping[str, pd.DataFrame]) -> Any:
    """Pick the value of a level; a bare one can only belong to a single level."""
    if isinstance(value, Mapping):
        return value.get(level)
    return value if len(frames) == 1 else None


def _map_context(
    value: Any, frame: pd.DataFrame, closed: np.ndarray | None
) -> dict[str, Any]:
    """Return the map, or that it is left out: its numbers are places."""
    hides = closed is not None and bool(closed.any())
    if callable(value):
        value = value(
            as_shown(frame, closed) if closed is not None and hides else frame
        )
    elif hides and value is not None:
        return {"images": {}, "mapless": True}
    return {"images": _images(value), "mapless": False}


def _images(value: Any) -> dict[str, str]:
    """Return data addresses of the light and the dark map."""
    if value is None:
        return {}
    pair = value if isinstance(value, tuple | list) else (value, value)
    light, dark = (_data_address(one) for one in pair)
    return {"light": light} if light == dark else {"light": light, "dark": dark}


def _data_address(image: bytes | str | Path) -> str:
    data = image if isinstance(image, bytes) else Path(image).read_bytes()
    if not data.startswith(_PNG):
        raise IprsegError(
            "A map for the report is not a PNG: give what plot_cohorts returns, or the "
            "file it wrote."
        )
    return "data:image/png;base64," + base64.b64encode(data).decode("ascii")
