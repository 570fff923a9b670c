"""Run JupyterLab on a notebook until the user stops it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from iprseg._optional import import_optional
from iprseg.cli._notebook import PURPOSE
from iprseg.errors import IprsegError


def build_lab_command(notebook: Path, port: int | None, browser: bool) -> list[str]:
    """Give the command that opens a notebook; it runs in the notebook's folder.

    Examples
    --------
    >>> build_lab_command(Path("a/label_anna.ipynb"), None, True)[1:4]
    ['-m', 'jupyterlab', 'label_anna.ipynb']
    """
    words = [sys.executable, "-m", "jupyterlab", notebook.name]
    words.append("--ServerApp.ip=127.0.0.1")  # to nobody but this machine
    if port is not None:
        words += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    if not browser:
        words.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        words.append("--allow-root")  # in a container everything is root's
    return words


def require_lab() -> None:
    """Refuse at once where JupyterLab or what the card needs is not installed.

    Raises
    ------
    MissingExtraError
    """
    for name in ("jupyterlab", "ipykernel", "anywidget"):
        import_optional(name, "lab", PURPOSE)


def run_lab(notebook: Path, port: int | None, browser: bool) -> None:
    """Open a notebook in JupyterLab and wait until that ends.

    Ctrl+C goes to JupyterLab, which asks whether to stop; a request to end this
    process ends JupyterLab too.

    Raises
    ------
    IprsegError
        JupyterLab ended by itself with an error.
    """
    asked = False
    server = subprocess.Popen(  # noqa: S603  # our own words, no shell
        build_lab_command(notebook, port, browser), cwd=notebook.parent
    )

    def _end(*_: object) -> None:
        nonlocal asked
        asked = True
        server.terminate()

    before = signal.signal(signal.SIGTERM, _end)
    try:
        code = _wait(server)
    finally:
        signal.signal(signal.SIGTERM, before)
        if server.poll() is None:
            server.terminate()
            server.wait()
    if code and not asked:
        raise IprsegError(
            f"JupyterLab ended with an error (code {code}; it says why above): "
            f"{str(notebook)!r} is written, open it in any Jupyter."
        )


def _wait(server: subprocess.Popen[bytes]) -> int:
    while True:
        try:
            return server.wait()
        except KeyboardInterrupt:  # JupyterLab got it too, and asks
            continue
