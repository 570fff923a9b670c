"""`iprseg columns`: draft a mapping and say what it will allow."""

from pathlib import Path
from typing import Annotated

import typer

from iprseg.cli._console import SourcePath, show_steps
from iprseg.errors import TableError


def columns_command(
    path: SourcePath,
    out: Annotated[
        Path | None,
        typer.Option(help="Write the mapping to this file instead of the screen."),
    ] = None,
) -> None:
    """Draft which of your columns is which, and say what they will allow.

    The draft is a mapping.yaml to read and edit; each guess carries its confidence.
    It goes to the screen or into --out; beside it (on standard error) stands what can
    be computed from these columns: signals, cohorts, rates, and what is missing for
    the others. Then run `iprseg check PATH --mapping FILE`.
    """
    from iprseg.signals.requirements import capabilities
    from iprseg.tables import draft_mapping, load_tables
    from iprseg.tables.readers import describe_columns, open_source

    if out is not None and out.exists():
        raise TableError(f"{str(out)!r} is there already: give --out another name.")
    with show_steps(1) as step:
        step("reading columns")
        draft = draft_mapping(path)
    if not draft.tables:
        raise TableError(
            f"No column of {path!r} looks like the title of a listing: "
            f"{describe_columns(open_source(path))}. Name one 'title', or write a mapping "
            "that says which it is."
        )
    if out is None:
        typer.echo(draft.to_yaml(), nl=False)
    else:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(draft.to_yaml(), encoding="utf-8")
        typer.echo(
            f"The draft is in {out}: read it, correct it, and pass it as --mapping.",
            err=True,
        )
    with show_steps(1) as step:
        step("trying the draft")
        frames, _ = load_tables(path, draft)
    # beside the draft, not in it: `iprseg columns PATH > mapping.yaml` is a mapping
    typer.echo(str(capabilities(frames)), err=True)
