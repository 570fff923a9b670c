"""`iprseg check`: one report of everything that is odd about the tables."""

import typer

from iprseg.cli._console import MappingFile, SourcePath, show_steps


def check_command(
    path: SourcePath,
    mapping: MappingFile = None,
) -> None:
    """List every problem of your tables at once, and what is done about each.

    An error stops the tables from being used, a warning changed or set aside
    something or asks for a look, a note only tells. Exits with 1 when there is an
    error. Nothing is written, and nothing leaves this machine.
    """
    from iprseg.tables import check_tables

    with show_steps(1) as step:
        step("reading and checking tables")
        report = check_tables(path, mapping)
    typer.echo(str(report))
    if not report.ok:
        raise typer.Exit(1)
