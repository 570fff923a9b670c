"""What several commands take, said once."""

from pathlib import Path
from typing import Annotated

import typer

SourcePath = Annotated[
    str,
    typer.Argument(
        help="A folder or file of CSV, Parquet or Excel, a DuckDB file, or a "
        "database URL.",
    ),
]
MappingFile = Annotated[
    Path | None,
    typer.Option(
        help="The mapping.yaml that says which of your columns is which; "
        "draft one with `iprseg map PATH`.",
    ),
]
BrandsFile = Annotated[
    Path | None,
    typer.Option(
        help="A CSV of brands of your own (columns: name, aliases, lines; several "
        "in one cell are separated by ;), added to the ones learned.",
    ),
]
KeyFile = Annotated[
    Path | None,
    typer.Option(
        help="File with the vault's key, needed only where the tables hold "
        "identities; the variable IPRSEG_VAULT_KEY does as well.",
    ),
]
StorePath = Annotated[
    Path,
    typer.Argument(help="The label store that `iprseg draw … --store FILE` made."),
]
CohortsFolder = Annotated[
    Path | None,
    typer.Option(help="Folder that `iprseg segment … --out DIR` wrote."),
]
CohortsLevel = Annotated[
    str | None,
    typer.Option(
        help="Which cohorts of --cohorts: listing or seller (a listing then has its "
        "seller's).  [default: the ones it holds; listing where both]",
    ),
]
