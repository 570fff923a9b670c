"""`iprseg hash`: a folder of image files in, the table `images` with hashes out."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from iprseg._optional import import_optional
from iprseg.cli._image_files import (
    CHUNK,
    NOWHERE,
    REASONS,
    bad_file,
    hash_listed,
    read_listed,
    write_images,
)
from iprseg.cli._outputs import folder_for
from iprseg.cli._show import command, say, show_table
from iprseg.cli._steps import show_steps
from iprseg.errors import IprsegError
from iprseg.wording import format_count

ENDINGS = (".parquet", ".csv")
_SAYS_LITTLE = 50


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
    _check(folder, out)
    listed = read_listed(listings)
    n = listed["file"].nunique()
    with folder_for(out.parent), show_steps(math.ceil(n / CHUNK) + 2) as step:
        step(f"hashing {format_count(n, 'file')}")
        images, bad = hash_listed(
            listed, folder, lambda done: step(f"hashed {done:,} of {n:,} files")
        )
        if len(bad) == len(listed) and bad["reason"].isin(NOWHERE).all():
            raise IprsegError(
                f"None of the {format_count(n, 'file')} of {str(listings)!r} is in "
                f"{str(folder)!r} (first: {listed['file'].dropna().iloc[0]!r}): give "
                "the folder that these paths start from."
            )
        step("writing")
        write_images(images, bad, out)
    _tell(images, bad, out)


def _check(folder: Path, out: Path) -> None:
    if not folder.is_dir():
        raise IprsegError(
            f"There is no folder {str(folder)!r}: give the one that holds the images."
        )
    if out.suffix.lower() not in ENDINGS:
        raise IprsegError(
            f"--out {str(out)!r} must end in .parquet or .csv, such as images.parquet."
        )
    for file in (out, bad_file(out)):
        if file.exists():
            raise IprsegError(
                f"{str(file)!r} is there already: give --out another name, or move it "
                "away."
            )


def _tell(images: pd.DataFrame, bad: pd.DataFrame, out: Path) -> None:
    hashed = int(images["pdq_hex"].notna().sum())
    rows = format_count(hashed + len(bad), "row")
    say(f"{format_count(hashed, 'image')} hashed, of {rows}.")
    plain = int((images["pdq_quality"] < _SAYS_LITTLE).sum())
    if plain:
        say(
            f"{format_count(plain, 'image')} of them too plain to compare (quality "
            f"under {_SAYS_LITTLE}): signals leave such images out."
        )
    if len(bad):
        counts = bad["reason"].value_counts()
        rows = [(REASONS[str(why)], f"{k:,}") for why, k in counts.items()]
        show_table((("without a hash", "left"), ("rows", "right")), rows)
        say(f"Which ones: {bad_file(out)}")
    typer.echo(f"Written: {out}")
    typer.echo("Next: " + command("iprseg", "check", out.parent))
