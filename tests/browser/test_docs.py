"""The whole site in a real browser: every page asks nobody outside for anything."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser.conftest import SIZES

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    pytest.importorskip("sphinx")
    folder = tmp_path_factory.mktemp("docs") / "site"
    # in a process of its own: Sphinx changes much that later tests would share
    subprocess.run([sys.executable, "-m", "docs", str(folder)], cwd=ROOT, check=True)
    return folder


def list_pages(site):
    # what the theme keeps in _static are its templates
    return sorted(p for p in site.rglob("*.html") if "_static" not in p.parts)


@pytest.fixture
def open_site(chrome):
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
        page.on("pageerror", lambda error: page.said.append(str(error)))
        return page

    yield open_it
    for context in contexts:
        context.close()


def test_every_page_opens_and_asks_nobody_outside(site, open_site):
    page = open_site()
    pages = list_pages(site)
    assert len(pages) > 70
    for path in pages:
        page.goto(path.as_uri())
    outside = {url for url in page.asked if not url.startswith(("file:", "data:"))}
    assert outside == set()
    assert page.said == []


def test_every_link_within_the_site_leads_to_a_page(site):
    broken = []
    for path in list_pages(site):
        for target in re.findall(r'href="([^"#?:]+)["#?]', path.read_text("utf-8")):
            if not (path.parent / target).exists():
                broken.append((path.name, target))
    assert broken == []


@pytest.mark.parametrize(
    "name", ["index", "start", "data_model", "signals", "api", "glossary", "benchmarks"]
)
def test_a_page_fits_a_phone(site, open_site, name):
    page = open_site("phone", "dark")
    page.goto((site / f"{name}.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES["phone"][0]
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_the_site_shows_the_outputs_that_notebooks_keep(site):
    text = (site / "notebooks" / "00_quickstart.html").read_text("utf-8")
    assert "cell_output" in text
