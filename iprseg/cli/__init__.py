"""The command line: one file per command."""

from iprseg.cli.app import main

__all__ = ["main"]
