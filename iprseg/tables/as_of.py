"""What was known of the tables before a time.

When each value of each table became known stands in `known_when.csv`.

The column ``find_value_rule`` of the file holds one of

- ``row``: the row appeared at this time; ``row_day``: when this day was over;
- ``row_of:TABLE``: the row appeared with the row of TABLE that it refers to;
- ``timeless`` (for the column ``*``): reference data, known at all times;
- ``with_row``: known as soon as the row was;
- ``self``: a time that was known once it had come;
- the name of another column: known once that time had come;
- ``content``: what a listing says, versioned by ``listing_versions``;
- ``current``: only the latest value is recorded.

A column that the file does not name counts as ``current``: the safe reading.
"""

from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import pandas as pd

from iprseg.errors import IprsegError, TableError

Frames = dict[str, pd.DataFrame]
Reasons = dict[tuple[str, str], str]

_VERSIONS_TABLE = "listing_versions"


def keep_known_before(
    frames: Frames, moment: pd.Timestamp, as_known: pd.Timestamp | None
) -> tuple[Frames, Reasons]:
    """Leave out later rows and later values of every table.

    Parameters
    ----------
    frames : dict of str to DataFrame
        Prepared tables; they are not changed.
    moment : Timestamp
        What was known at this time or later is left out.
    as_known : Timestamp or None
        The time up to which the frames themselves are known.

    Returns
    -------
    known : dict of str to DataFrame
        The tables whose rows can be dated.
    unknown : dict of (table, column) to str
        Why values are missing or may differ from those of the time.
    """
    if as_known is not None and moment > as_known:
        raise IprsegError(
            f"This marketplace is as known before {as_known}, so it cannot be had as "
            f"of {moment}: start from the one with all rows."
        )
    past: Frames = {}
    unknown: Reasons = {}
    for table, frame in frames.items():
        dated = _mask_known_rows(table, frames, moment, unknown)
        if dated is not None:
            rows = frame[dated].reset_index(drop=True)
            past[table] = _blank_later_values(table, rows, moment, unknown)
    if "listings" in past:
        _restore_versions(past, frames.get(_VERSIONS_TABLE), unknown)
    return past, unknown


def _mask_known_rows(
    table: str, frames: Frames, moment: pd.Timestamp, unknown: Reasons
) -> pd.Series | None:
    """Say which rows were there; None when nothing dates the rows of the table."""
    frame, rule = frames[table], find_row_rule(table)
    if rule is not None and rule[1] == "timeless":
        return pd.Series(True, index=frame.index)
    if rule is None or rule[0] not in frame:
        _note_undated(table, rule, unknown)
        return None
    column, when = rule
    if when.startswith("row_of:"):
        return _mask_rows_by_parent(
            table, column, when.partition(":")[2], frames, moment, unknown
        )
    times = frame[column]
    if times.isna().any():
        unknown[table, column] = "undated"
    if when == "row_day":
        times = times.dt.floor("D") + pd.Timedelta(days=1)
        return times <= moment
    return times < moment


def _note_undated(table: str, rule: tuple[str, str] | None, unknown: Reasons) -> None:
    if table == "listings" and rule is not None:
        raise TableError(
            f"A marketplace as of a time needs the column {rule[0]!r} of listings, "
            "which is not there: without it nobody can tell which listings were known."
        )
    unknown[table, "*"] = "undated"


def _mask_rows_by_parent(
    table: str,
    column: str,
    parent: str,
    frames: Frames,
    moment: pd.Timestamp,
    unknown: Reasons,
) -> pd.Series | None:
    dated = None
    if parent in frames and column in frames[parent]:
        dated = _mask_known_rows(parent, frames, moment, unknown)
    if dated is None:
        _note_undated(table, None, unknown)
        return None
    ids = frames[table][column]
    timeless = (
        _mask_catalogue_images(frames)
        if table == "images"
        else pd.Series(False, ids.index)
    )
    if not (timeless | _mask_ids_in(ids, frames[parent][column])).all():
        unknown[table, column] = "undated"
    then = timeless | _mask_ids_in(ids, frames[parent].loc[dated, column])
    return then & ~_mask_later_images(frames, moment) if table == "images" else then


def _mask_later_images(frames: Frames, moment: pd.Timestamp) -> pd.Series:
    """Say which images the versions of their listing first show at a later time."""
    images, versions = frames["images"], frames.get(_VERSIONS_TABLE, pd.DataFrame())
    needed = {"listing_id", "valid_from", "image_ids"}
    if not needed <= set(versions) or not {"listing_id", "image_id"} <= set(images):
        return pd.Series(False, index=images.index)
    shown = versions.dropna(subset=sorted(needed))[sorted(needed)]
    shown = shown.assign(image_id=shown["image_ids"].astype(str).str.split(";"))
    shown = shown.explode("image_id")
    shown["image_id"] = shown["image_id"].str.strip()
    keys = ["listing_id", "image_id"]
    first = shown.groupby(keys)["valid_from"].min()
    later = first.index[first >= moment]
    return pd.Series(pd.MultiIndex.from_frame(images[keys]).isin(later), images.index)


def _mask_catalogue_images(frames: Frames) -> pd.Series:
    """Say which images are the catalogue's, and no listing's: timeless as it is."""
    images, catalogue = frames["images"], frames.get("brand_catalogue", pd.DataFrame())
    if "image_ids" not in catalogue or "image_id" not in images:
        return pd.Series(False, index=images.index)
    listed = catalogue["image_ids"].dropna().astype(str).str.split(";").explode()
    return images["listing_id"].isna() & _mask_ids_in(
        images["image_id"], listed.str.strip()
    )


def _mask_ids_in(ids: pd.Series, others: pd.Series) -> pd.Series:
    # Series.isin goes through text one by one: ten times slower on a million rows
    index = pd.Index(others.dropna().unique())
    return pd.Series(index.get_indexer(ids) >= 0, index=ids.index)


def _blank_later_values(
    table: str, rows: pd.DataFrame, moment: pd.Timestamp, unknown: Reasons
) -> pd.DataFrame:
    """Blank what became known later; times are read before any is blanked."""
    masked = {}
    for column in rows.columns:
        when = find_value_rule(table, column)
        source = column if when == "self" else when
        if when == "current" or (_is_dating_column(when) and source not in rows):
            unknown[table, column] = "not_versioned"
            masked[column] = rows[column].where(pd.Series(False, index=rows.index))
        elif when == "self" or _is_dating_column(when):
            masked[column] = rows[column].where(rows[source] < moment)
        else:
            masked[column] = rows[column]
    return pd.DataFrame(masked, index=rows.index, columns=rows.columns)


def _is_dating_column(when: str) -> bool:
    """Say whether a rule is the name of the column that dates the value."""
    plain = ("self", "current", "content", "with_row", "timeless")
    return when not in plain and not when.startswith("row")


def _restore_versions(
    past: Frames, versions: pd.DataFrame | None, unknown: Reasons
) -> None:
    """Give edited listings what their last version before the time said."""
    listings = past["listings"]
    content = [
        c for c in listings.columns if find_value_rule("listings", c) == "content"
    ]
    if versions is None or _VERSIONS_TABLE not in past or "listing_id" not in versions:
        unknown.update({("listings", c): "assumed_unedited" for c in content})
        return
    latest = _select_latest_versions(past[_VERSIONS_TABLE]).reindex(
        listings["listing_id"]
    )
    latest.index = listings.index
    # a listing without versions was not edited; one with later versions alone has lost
    # its first, and what it says now may come from those later ones
    edited = _mask_ids_in(listings["listing_id"], versions["listing_id"])
    lost = edited & ~_mask_ids_in(
        listings["listing_id"], past[_VERSIONS_TABLE]["listing_id"]
    )
    for column in content:
        if column not in latest:
            unknown["listings", column] = "assumed_unedited"
            continue
        listings[column] = listings[column].where(~edited, latest[column])
        if lost.any():
            unknown["listings", column] = "no_version_before"


def _select_latest_versions(versions: pd.DataFrame) -> pd.DataFrame:
    order = [c for c in ("valid_from", "version") if c in versions]
    ordered = versions.sort_values(order, kind="stable")
    return ordered.drop_duplicates("listing_id", keep="last").set_index("listing_id")


@cache
def _read_known_rules() -> dict[str, dict[str, str]]:
    frame = pd.read_csv(Path(__file__).with_name("known_when.csv"), dtype=str)
    return {
        str(table): dict(zip(rows["column"], rows["known"], strict=True))
        for table, rows in frame.groupby("table", sort=False)
    }


def find_value_rule(table: str, column: str) -> str:
    """Say when a column's values became known.

    >>> find_value_rule("appeals", "outcome"), find_value_rule("listings", "verdict")
    ('ts_decided', 'current')
    """
    own = _read_known_rules().get(table, {})
    if column in own:
        return own[column]
    general = _read_known_rules()["*"].items()
    return next(
        (when for name, when in general if fnmatchcase(column, name)), "current"
    )


def find_row_rule(table: str) -> tuple[str, str] | None:
    """Give (column, rule) of what dates the rows of a table, None if nothing does.

    >>> find_row_rule("orders_daily"), find_row_rule("scratch")
    (('date', 'row_day'), None)
    """
    rules = _read_known_rules().get(table, {}).items()
    dating = (
        (name, when)
        for name, when in rules
        if when == "timeless" or when.startswith("row")
    )
    return next(dating, None)
