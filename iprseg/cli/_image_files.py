"""From a table of image files to the table `images`: which file, whose, what hash."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from iprseg._check import check_columns
from iprseg.errors import IprsegError, TableError

CHUNK = 64
# What hashing finds out; a column of that name in the user's table is replaced.
_FOUND = ["pdq_hex", "pdq_quality", "width", "height"]
_BAD = ["image_id", "listing_id", "file", "reason"]
# Each reason for people; those of `hash_images`, and the ones that are found before.
REASONS = {
    "no_path": "the row names no file",
    "no_owner": "the row has neither listing_id nor image_id",
    "outside_folder": "the path leads out of the folder",
    "no_file": "there is no such file in the folder (nothing is fetched)",
    "not_a_file": "it is a folder or a device",
    "empty_file": "the file has 0 bytes",
    "file_too_large": "the file is over 64 MiB",
    "not_an_image": "it is no JPEG, PNG, WebP, GIF, BMP or TIFF",
    "too_many_pixels": "over 64 million pixels, or a side over 20,000",
    "too_small": "a side is under 5 pixels",
    "damaged": "the file is cut short or damaged",
}
# Where these are all there is, the folder is another one than the table speaks of.
NOWHERE = ("no_path", "no_owner", "outside_folder", "no_file")


def read_listed(path: Path) -> pd.DataFrame:
    """Read which file is whose.

    Parameters
    ----------
    path : pathlib.Path
        CSV, Parquet or Excel with a column ``file``, and ``listing_id`` or
        ``image_id``.

    Returns
    -------
    DataFrame
        ``image_id`` (the file's path where the table gives none), ``listing_id``,
        ``file``, and what else the table `images` can hold; a row said twice is there
        once.

    Raises
    ------
    TableError
        When there is no such table, or it lacks these columns or any row.
    """
    from iprseg.tables.contracts import table_columns
    from iprseg.tables.parse import as_text
    from iprseg.tables.readers import open_source
    from iprseg.tables.report import Notebook

    source = open_source(path)
    if len(source.readers) > 1:
        names = ", ".join(map(repr, source.readers))
        raise TableError(
            f"{str(path)!r} holds several tables ({names}): save the one that says "
            "which file is whose as a file of its own."
        )
    frame = source.read(next(iter(source.readers)), Notebook(source.label), None)
    frame.columns = frame.columns.astype(str).str.strip().str.casefold()
    owner = "image_id" if "image_id" in frame.columns else "listing_id"
    check_columns(frame, ["file", owner], f"The table {path.name!r}")
    if frame.empty:
        raise TableError(f"The table {path.name!r} has no rows: there is no file.")
    wanted = dict.fromkeys(
        ["image_id", "listing_id", "file", *table_columns("images").index]
    )
    kept = frame.reindex(
        columns=[
            c for c in wanted if c not in _FOUND and (c in frame.columns or c in _BAD)
        ]
    )
    ids = {c: as_text(kept[c]).str.strip() for c in ("image_id", "listing_id", "file")}
    kept = kept.assign(**{c: v.mask(v == "") for c, v in ids.items()})
    kept = kept.drop_duplicates(["image_id", "listing_id", "file"], ignore_index=True)
    return kept.assign(image_id=kept["image_id"].fillna(_made_ids(kept)))


def _made_ids(kept: pd.DataFrame) -> pd.Series:
    """Call an image like its file; a file of several listings is several images."""
    again = kept.duplicated("file", keep=False) & kept["listing_id"].notna()
    shared = kept["file"] + "#" + kept["listing_id"]
    made = kept["file"].mask(again, shared)
    return made.where(kept["listing_id"].notna())


def hash_listed(
    listed: pd.DataFrame, folder: Path, step: Callable[[int], None]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Hash each file once.

    Parameters
    ----------
    listed : DataFrame
        From `read_listed`.
    folder : pathlib.Path
        Where the files are; what leads out of it is not opened.
    step : callable
        Called with the number of files done.

    Returns
    -------
    images : DataFrame
        Table `images`: a row per row that names a file and whose it is; hash, quality
        and size are missing where the file is no image that can be hashed.
    bad : DataFrame
        ``image_id``, ``listing_id``, ``file`` and ``reason`` of each row without a
        hash.
    """
    from iprseg.embed import hash_images

    root = folder.resolve()
    files = listed["file"].dropna().unique().tolist()
    parts = []
    for start in range(0, len(files), CHUNK):
        some = files[start : start + CHUNK]
        paths = [_inside(root, file) for file in some]
        found = hash_images(p if isinstance(p, Path) else None for p in paths)
        early = [p if isinstance(p, str) else None for p in paths]
        found["reason"] = pd.Series(early, found.index, dtype=object).fillna(
            found["reason"]
        )
        parts.append(found.set_axis(some))
        step(start + len(some))
    hashed = pd.concat(parts) if parts else hash_images([])
    rows = hashed.reindex(listed["file"]).set_axis(listed.index)
    reason = rows["reason"].mask(listed["file"].isna(), "no_path")
    reason = reason.mask(listed["image_id"].isna() & listed["file"].notna(), "no_owner")
    images = pd.concat([listed.drop(columns="file"), rows[_FOUND]], axis=1)
    bad = listed.assign(reason=reason).loc[reason != "", _BAD]
    return images[~reason.isin(["no_path", "no_owner"])], bad


def _inside(root: Path, name: str) -> Path | str:
    """Give the path of a file in the folder, or the reason why it is not opened."""
    try:
        path = (root / name).resolve()
    except (OSError, ValueError, RuntimeError):  # a loop of links, a name of no file
        return "no_file"
    return path if path.is_relative_to(root) else "outside_folder"


def write_images(images: pd.DataFrame, bad: pd.DataFrame, out: Path) -> None:
    """Write the table and, where any file is bad, the list of those beside it.

    Raises
    ------
    IprsegError
        When a file cannot be written.
    """
    from iprseg.cli._rates import safe_cell

    half = out.with_name(out.name + ".part")
    try:
        if len(bad):
            bad.astype(object).map(safe_cell).to_csv(bad_file(out), index=False)
        if out.suffix.lower() == ".csv":
            images.to_csv(half, index=False)
        else:
            images.to_parquet(half, index=False)
        os.replace(half, out)  # a run that is stopped leaves no half a table
    except OSError as error:
        raise IprsegError(
            f"{str(out)!r} cannot be written ({error.strerror}): choose another --out."
        ) from error


def bad_file(out: Path) -> Path:
    """Give the name of the list of bad files beside a table.

    Examples
    --------
    >>> bad_file(Path("tables/images.parquet")).name
    'images_bad.csv'
    """
    return out.with_name(out.stem + "_bad.csv")
