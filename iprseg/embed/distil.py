"""Distil the static vectors once: ``python -m iprseg.embed.distil``."""

import os

import typer

from iprseg.embed.pretrained import distil
from iprseg.errors import IprsegError


def main() -> int:
    """Run from the command line."""
    # the loader reports a harmless leftover of the model's training as if it were news
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    try:
        distil(note=typer.echo)
    except (IprsegError, ImportError) as error:
        typer.echo(str(error), err=True)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
