"""`iprseg hash`: a folder of image files in, the table `images` with hashes out."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from iprseg.cli._console import print_sentences, quote_command, show_steps, show_table
from iprseg.errors import IprsegError, TableError, import_optional
from iprseg.formats import format_count, strip_control_characters
from iprseg.report.results import prepare_folder
from iprseg.validation import check_columns

_ENDINGS = (".parquet", ".csv")
_MIN_QUALITY = 50


def hash_command(
    folder: Annotated[
        Path, typer.Argument(help="The folder of image files, subfolders included.")
    ],
    listings: Annotated[
        Path,
        typer.Option(
            help="Which file is whose: a CSV, Parquet or Excel table with the columns "
            "listing_id and file (path within FOLDER). More columns of the table "
            "images, such as image_id or ocr_text, are kept.",
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            help="The table to write, .parquet or .csv: name it images and put it "
            "beside your other tables."
        ),
    ] = Path("images.parquet"),
) -> None:
    """Hash the image files of your listings into the table images.

    Signals of shared, stolen and altered photographs (`iprseg signals list --family
    image`) are computed from it by `iprseg segment`. A file that is cut short, empty,
    too large or no image never stops the run: its row has no hash, and stands with the
    reason in a file beside --out (images_bad.csv). A row without listing_id but with
    image_id is a photograph of the brand catalogue. Files are read where they are;
    nothing is fetched, and nothing leaves this machine.
    """
    # before hours of work, not after: all that can stop the run
    for package in ("pdqhash", "PIL.Image"):
        import_optional(package, "image", "hash images")
    _refuse_existing_output_files(folder, out)
    listed = read_file_list(listings)
    n = listed["file"].nunique()
    with prepare_folder(out.parent), show_steps(math.ceil(n / _CHUNK) + 2) as step:
        step(f"hashing {format_count(n, 'file')}")
        images, bad = hash_listed_files(
            listed, folder, lambda done: step(f"hashed {done:,} of {n:,} files")
        )
        if len(bad) == len(listed) and bad["reason"].isin(_WRONG_FOLDER_REASONS).all():
            raise IprsegError(
                f"None of the {format_count(n, 'file')} of {str(listings)!r} is in "
                f"{str(folder)!r} (first: {listed['file'].dropna().iloc[0]!r}): give "
                "the folder that these paths start from."
            )
        step("writing")
        _write_images(images, bad, out)
    _show_hash_summary(images, bad, out)


def _refuse_existing_output_files(folder: Path, out: Path) -> None:
    if not folder.is_dir():
        raise IprsegError(
            f"There is no folder {str(folder)!r}: give the one that holds the images."
        )
    if out.suffix.lower() not in _ENDINGS:
        raise IprsegError(
            f"--out {str(out)!r} must end in .parquet or .csv, such as images.parquet."
        )
    for file in (out, _name_bad_file(out)):
        if file.exists():
            raise IprsegError(
                f"{str(file)!r} is there already: give --out another name, or move it "
                "away."
            )


def _show_hash_summary(images: pd.DataFrame, bad: pd.DataFrame, out: Path) -> None:
    hashed = int(images["pdq_hex"].notna().sum())
    rows = format_count(hashed + len(bad), "row")
    print_sentences(f"{format_count(hashed, 'image')} hashed, of {rows}.")
    plain = int((images["pdq_quality"] < _MIN_QUALITY).sum())
    if plain:
        print_sentences(
            f"{format_count(plain, 'image')} of them too plain to compare (quality "
            f"under {_MIN_QUALITY}): signals leave such images out."
        )
    if len(bad):
        counts = bad["reason"].value_counts()
        left_out = [(REASONS[str(why)], f"{k:,}") for why, k in counts.items()]
        show_table((("without a hash", "left"), ("rows", "right")), left_out)
        print_sentences(f"Which ones: {_name_bad_file(out)}")
    typer.echo(f"Written: {out}")
    typer.echo("Next: " + quote_command("iprseg", "check", out.parent))


_CHUNK = 64
# What hashing finds out; a column of that name in the user's table is replaced.
_HASH_COLUMNS = ["pdq_hex", "pdq_quality", "width", "height"]
_BAD_COLUMNS = ["image_id", "listing_id", "file", "reason"]
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
_WRONG_FOLDER_REASONS = ("no_path", "no_owner", "outside_folder", "no_file")


def read_file_list(path: Path) -> pd.DataFrame:
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
    from iprseg.tables.checks import ProblemLog
    from iprseg.tables.contracts import get_table_columns
    from iprseg.tables.parsing import to_text
    from iprseg.tables.readers import open_source

    source = open_source(path)
    if len(source.readers) > 1:
        names = ", ".join(map(repr, source.readers))
        raise TableError(
            f"{str(path)!r} holds several tables ({names}): save the one that says "
            "which file is whose as a file of its own."
        )
    frame = source.read(next(iter(source.readers)), ProblemLog(source.label), None)
    frame.columns = frame.columns.astype(str).str.strip().str.casefold()
    owner = "image_id" if "image_id" in frame.columns else "listing_id"
    check_columns(frame, ["file", owner], f"The table {path.name!r}")
    if frame.empty:
        raise TableError(f"The table {path.name!r} has no rows: there is no file.")
    wanted = dict.fromkeys(
        ["image_id", "listing_id", "file", *get_table_columns("images").index]
    )
    kept = frame.reindex(
        columns=[
            c
            for c in wanted
            if c not in _HASH_COLUMNS and (c in frame.columns or c in _BAD_COLUMNS)
        ]
    )
    ids = {c: to_text(kept[c]).str.strip() for c in ("image_id", "listing_id", "file")}
    kept = kept.assign(**{c: v.mask(v == "") for c, v in ids.items()})
    kept = kept.drop_duplicates(["image_id", "listing_id", "file"], ignore_index=True)
    return kept.assign(image_id=kept["image_id"].fillna(_make_image_ids(kept)))


def _make_image_ids(kept: pd.DataFrame) -> pd.Series:
    """Call an image like its file; a file of several listings is several images."""
    again = kept.duplicated("file", keep=False) & kept["listing_id"].notna()
    shared = kept["file"] + "#" + kept["listing_id"]
    made = kept["file"].mask(again, shared)
    return made.where(kept["listing_id"].notna())


def hash_listed_files(
    listed: pd.DataFrame, folder: Path, step: Callable[[int], None]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Hash each file once.

    Parameters
    ----------
    listed : DataFrame
        From `read_file_list`.
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
    for start in range(0, len(files), _CHUNK):
        some = files[start : start + _CHUNK]
        paths = [_resolve_inside(root, file) for file in some]
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
    images = pd.concat([listed.drop(columns="file"), rows[_HASH_COLUMNS]], axis=1)
    bad = listed.assign(reason=reason).loc[reason != "", _BAD_COLUMNS]
    return images[~reason.isin(["no_path", "no_owner"])], bad


def _resolve_inside(root: Path, name: str) -> Path | str:
    """Give the path of a file in the folder, or the reason why it is not opened."""
    try:
        path = (root / name).resolve()
    except (OSError, ValueError, RuntimeError):  # a loop of links, a name of no file
        return "no_file"
    return path if path.is_relative_to(root) else "outside_folder"


def _write_images(images: pd.DataFrame, bad: pd.DataFrame, out: Path) -> None:
    """Write the table and, where any file is bad, the list of those beside it.

    Raises
    ------
    IprsegError
        When a file cannot be written.
    """
    from iprseg.report.sheets import write_csv

    if out.suffix.lower() == ".csv":
        _refuse_altered_ids(images, out)
    half = out.with_name(out.name + ".part")
    try:
        if len(bad):
            write_csv(bad, _name_bad_file(out))
        if out.suffix.lower() == ".csv":
            write_csv(images, half, digits=17)
        else:
            images.to_parquet(half, index=False)
        os.replace(half, out)  # a run that is stopped leaves no half a table
    except OSError as error:
        raise IprsegError(
            f"{str(out)!r} cannot be written ({error.strerror}): choose another --out."
        ) from error


def _refuse_altered_ids(images: pd.DataFrame, out: Path) -> None:
    """Refuse a CSV whose ids a spreadsheet would run: altered they join nothing."""
    from iprseg.report.sheets import escape_cell

    for column in ("image_id", "listing_id"):
        ids = images[column].dropna().astype(object)
        altered = ids[[escape_cell(one) != one for one in ids]]
        if len(altered):
            raise IprsegError(
                f"{format_count(len(altered), 'id')} in {column} (first: "
                f"{strip_control_characters(altered.iloc[0])!r}) would be run by a "
                f"spreadsheet or hold signs that cannot be printed, and {str(out)!r} "
                "must not alter ids: write .parquet with --out."
            )


def _name_bad_file(out: Path) -> Path:
    """Give the name of the list of bad files beside a table.

    Examples
    --------
    >>> _name_bad_file(Path("tables/images.parquet")).name
    'images_bad.csv'
    """
    return out.with_name(out.stem + "_bad.csv")
