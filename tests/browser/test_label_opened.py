"""`iprseg label` opens the card: no question about news, no click, no code in the way."""

import os
import re
import secrets
import subprocess
from contextlib import contextmanager

import pytest

from iprseg.cli.label import build_lab_command, write_notebook
from labeling import LabelStore
from tests.browser.lab import _wait, free_port
from tests.labeling.worlds import DESIGN, make_listings, make_sample

pytestmark = pytest.mark.browser


@contextmanager
def started(folder, notebook):
    """JupyterLab as the command starts it, with nothing of the person who tests."""
    token, port = secrets.token_hex(16), free_port()
    keep = {
        f"JUPYTER{name}": str(folder / f".{number}")
        for number, name in enumerate(
            ("_CONFIG_DIR", "_RUNTIME_DIR", "LAB_SETTINGS_DIR", "LAB_WORKSPACES_DIR")
        )
    }
    environment = os.environ | keep | {"IPYTHONDIR": str(folder / ".ipython")}
    words = build_lab_command(notebook, port, browser=False)
    log = folder / "server.log"
    with open(log, "w") as told:
        server = subprocess.Popen(
            [*words, f"--IdentityProvider.token={token}"],
            cwd=folder,
            env=environment,
            stdout=told,
            stderr=told,
        )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait(f"{address}/api/status?token={token}", server, log)
        yield address, token
    finally:
        server.terminate()
        server.wait(timeout=20)


def test_the_card_is_there_without_a_click_or_a_question(chrome, tmp_path):
    pytest.importorskip("jupyterlab")
    store = LabelStore(tmp_path / "labels.db")
    sample = make_sample(5)
    store.add_design(DESIGN, sample, make_listings(sample))
    path, _ = write_notebook(store.path, "anna", "d1", 1)
    with started(tmp_path, path) as (address, token):
        context = chrome.new_context(viewport={"width": 800, "height": 900})
        page = context.new_page()
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{address}/lab/tree/{path.name}?token={token}")
        page.wait_for_selector(".lc-card .lc-good", timeout=90_000)
        # the code is a bar that opens; the card is below it
        card = page.locator(".jp-CodeCell").first
        assert card.locator(".jp-InputArea-editor").count() == 0
        page.wait_for_timeout(3000)
        # at 800 px item and codes stand side by side, and nothing is cut off
        box = {
            part: page.locator(f".lc-{part}").bounding_box()
            for part in ("card", "item", "codes")
        }
        assert box["codes"]["x"] >= box["item"]["x"] + box["item"]["width"]
        assert box["card"]["x"] + box["card"]["width"] <= 800
        assert box["codes"]["y"] + box["codes"]["height"] < 900
        assert page.get_by_text(re.compile("Jupyter news")).count() == 0
        assert page.locator(".jp-toast-button, .Toastify__toast").count() == 0
        assert not [
            one for one in asked if not one.startswith((address, "data:", "blob:"))
        ]
        # whatever else is opened there runs when a person runs it
        other = tmp_path / "other.ipynb"
        other.write_bytes(path.read_bytes())
        page.locator(".lm-TabBar-tab[data-id='filebrowser']").click()
        page.locator(f".jp-DirListing-item:has-text('{other.name}')").dblclick()
        page.wait_for_selector(f".lm-TabBar-tabLabel:has-text('{other.name}')")
        page.wait_for_timeout(2000)
        assert page.locator(".jp-NotebookPanel:visible .lc-card").count() == 0
        context.close()
