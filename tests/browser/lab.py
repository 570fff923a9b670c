"""A real JupyterLab on the loopback address, and a notebook in it, for browser tests."""

import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import nbformat

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@contextmanager
def jupyter_lab(folder: Path):
    """Serve a folder; give the server's address and token; stop that server at the end."""
    port, token = free_port(), secrets.token_hex(16)
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        # nothing of the person who runs the tests: no settings, no open tabs
        "JUPYTER_CONFIG_DIR": str(folder / ".config"),
        "JUPYTER_RUNTIME_DIR": str(folder / ".runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(folder / ".settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(folder / ".workspaces"),
        "IPYTHONDIR": str(folder / ".ipython"),
    }
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    command += [f"--ServerApp.port={port}", "--ServerApp.ip=127.0.0.1"]
    command += [f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={folder}"]
    quiet = (
        folder
        / ".settings/@jupyterlab/apputils-extension/notification.jupyterlab-settings"
    )
    quiet.parent.mkdir(parents=True, exist_ok=True)
    quiet.write_text(
        '{"fetchNews": "false", "checkForUpdates": false}', encoding="utf-8"
    )
    with open(folder / "server.log", "w") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        address = f"http://127.0.0.1:{port}"
        _wait(f"{address}/api/status?token={token}", server, folder / "server.log")
        yield address, token
    finally:
        server.terminate()
        server.wait(timeout=20)


def _wait(url: str, server: subprocess.Popen, log: Path) -> None:
    for _ in range(240):
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            assert server.poll() is None, log.read_text()
            time.sleep(0.25)
    raise AssertionError("JupyterLab did not start: " + log.read_text()[-2000:])


def write_notebook(path: Path, *cells: str) -> None:
    """A notebook of code cells for the kernel of this environment."""
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in cells]
    )
    notebook.metadata["kernelspec"] = {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    }
    path.write_text(nbformat.writes(notebook), encoding="utf-8")


class LabPage:
    """The notebook in the browser, and what the page was told is saved."""

    def __init__(self, browser, address, token, notebook, **settings):
        self.context = browser.new_context(
            viewport={"width": 1400, "height": 1000}, **settings
        )
        self.context.add_init_script(
            "window.savedLabels = []; document.addEventListener('labelcard:saved',"
            " (event) => window.savedLabels.push(JSON.stringify(event.detail)));"
        )
        self.page = self.context.new_page()
        self.page.goto(f"{address}/lab/tree/{notebook}?token={token}&reset")
        self.page.wait_for_selector(".jp-NotebookPanel .jp-CodeCell", timeout=60_000)
        self.wait_idle()

    def wait_idle(self):
        """Wait until the kernel is there and idle."""
        self.page.wait_for_selector(
            "#jp-main-statusbar >> text=/\\| Idle/", timeout=60_000
        )

    def menu(self, name, entry):
        """Choose an entry of a menu."""
        self.page.click(f".lm-MenuBar-item:has-text('{name}')")
        self.page.click(f".lm-Menu-item:has-text('{entry}')")

    def run_all(self):
        """Run all cells and wait for a card that is ready."""
        self.menu("Run", "Run All Cells")
        self.page.wait_for_selector(".lc-card .lc-good", timeout=60_000)
        self.page.evaluate("document.querySelector('.lc-card').focus()")

    def restart_kernel(self):
        """Restart it through the menu."""
        self.menu("Kernel", "Restart Kernel…")
        self.page.click(".jp-Dialog button:has-text('Restart')")

    def press(self, *keys, gap=0):
        """Press keys on whatever has the focus."""
        for key in keys:
            self.page.keyboard.press(key)
            if gap:
                time.sleep(gap / 1000)

    def label(self, codes):
        """Two strokes a code, Enter at the end."""
        self.press(*(key for code in codes.split() for key in code), "Enter")

    @property
    def saved(self):
        """What this page was told is saved, in order."""
        return [json.loads(one) for one in self.page.evaluate("window.savedLabels")]

    def wait_saved(self, n):
        """Wait until the page was told of n saved actions."""
        self.page.wait_for_function(f"window.savedLabels.length >= {n}", timeout=30_000)

    def text(self, selector):
        """What a part of the card says."""
        return self.page.inner_text(f".lc-card {selector}")

    def wait_text(self, selector, text):
        """Wait until a part of the card says something."""
        self.page.wait_for_selector(
            f".lc-card {selector} >> text={text}", timeout=15_000
        )

    def cells(self):
        """How many cells the notebook has."""
        return self.page.locator(".jp-NotebookPanel .jp-Cell").count()

    def close(self):
        """Close the page and its context."""
        self.context.close()


def told(page):
    """What the browser process was told is saved: number, id, kind, answer."""
    return sorted(
        (
            (one["number"], one["id"], one["kind"], one.get("answer"))
            for one in page.saved
        ),
        key=lambda one: one[0],
    )


def stored(store):
    """What the database holds, read by nobody but this test."""
    events = store.events()
    events = events[events["kind"].isin(["submit", "skip", "undo", "flag"])]
    data = [json.loads(text).get("answer") for text in events["data"]]
    return list(
        zip(events.index, events["event_id"], events["kind"], data, strict=True)
    )
