"""One JupyterLab and one Chromium for all browser tests, one notebook for each."""

import shutil

import pytest

from labeling import LabelStore
from tests.browser.lab import LabPage, jupyter_lab, write_notebook
from tests.labeling.worlds import DESIGN, make_listings, make_sample

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SIZES = {"desktop": (1280, 900), "tablet": (800, 1100), "phone": (390, 844)}
CELL = """
import os
from labeling import Codebook, LabelCard, LabelQueue, LabelStore
open("{name}.pid", "w").write(str(os.getpid()))
LabelCard(LabelQueue(LabelStore("{name}.db"), Codebook.load(), "reader_7"))
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    pytest.importorskip("jupyterlab")
    folder = tmp_path_factory.mktemp("lab")
    with jupyter_lab(folder) as (address, token):
        yield folder, address, token


@pytest.fixture(scope="module")
def chrome():
    api = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"]
        )
        yield browser
        browser.close()


@pytest.fixture
def open_page(chrome, report_path):
    """Open the page that a test file wrote, all of it unfolded; close it at the end."""
    contexts = []

    def open_it(size="desktop", scheme="light"):
        width, height = SIZES[size]
        context = chrome.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme
        )
        contexts.append(context)
        page = context.new_page()
        page.asked, page.said = [], []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("console", lambda message: page.said.append(message.text))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.goto(report_path.as_uri())
        for closed in page.query_selector_all("details"):
            closed.evaluate("node => { node.open = true }")
        return page

    yield open_it
    for context in contexts:
        context.close()


@pytest.fixture
def open_card(lab, chrome, request):
    """Make a store, open a notebook with its card, and close both at the end."""
    folder, address, token = lab
    opened = []

    def start(content=None, n=60, **settings):
        name = request.node.name.replace("test_", "")[:40]
        sample = make_sample(n)
        store = LabelStore(folder / f"{name}.db")
        store.add_design(
            DESIGN, sample, make_listings(sample) if content is None else content
        )
        write_notebook(folder / f"{name}.ipynb", CELL.format(name=name), "1 + 1")
        page = LabPage(chrome, address, token, f"{name}.ipynb", **settings)
        opened.append(page)
        page.run_all()
        page.pid_file = folder / f"{name}.pid"
        return page, store

    yield start
    for page in opened:
        page.close()
