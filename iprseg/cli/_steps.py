"""A progress bar over named steps, for anything that takes more than two seconds."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn


@contextmanager
def show_steps(total: int) -> Iterator[Callable[[str], None]]:
    """Show a bar of ``total`` steps; the yielded function starts the next one.

    Parameters
    ----------
    total : int
        How many steps will be announced.

    Yields
    ------
    callable
        Call it with the name of a step when that step begins.
    """
    columns = (
        TextColumn("[progress.description]{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("starting", total=total)
        begun = False

        def _step(name: str) -> None:
            nonlocal begun
            if begun:
                progress.advance(task)
            begun = True
            progress.update(task, description=name)

        yield _step
        progress.update(task, completed=total, description="done")
