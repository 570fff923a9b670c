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
