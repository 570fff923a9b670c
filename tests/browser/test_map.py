"""The interactive map in a real JupyterLab: hover, click, lasso, and the list of cohorts."""

import pytest

from tests.browser.lab import LabPage, write_notebook

# Two far groups of dots: a corner of the canvas for each.
CELL = """
import pandas as pd
import iprseg

ids = pd.Index([f"L{i}" for i in range(40)], name="listing_id")
at = pd.DataFrame({"x": [-1.0] * 20 + [1.0] * 20, "y": [1.0] * 20 + [-1.0] * 20}, ids)
titles = pd.Series(["Oud <b>perfume</b>"] * 20 + ["Phone case"] * 20, ids)
assignments = pd.Series([0] * 20 + [1] * 20, ids)
signals = pd.DataFrame({"A07_replica": 1.0 - assignments})
cohorts = iprseg.profile_cohorts(
    {"listings": titles.to_frame("title")},
    "listing",
    assignments=assignments,
    signals=signals,
    directions={"A07": "+"},
)
shown = iprseg.explore_cohorts(at, assignments, cohorts, titles)
shown
"""
SELECTED = 'print("selected", len(shown.selected_ids), shown.selected_ids[:1])'


@pytest.fixture
def page(lab, chrome):
    folder, address, token = lab
    write_notebook(folder / "map.ipynb", CELL, SELECTED)
    opened = LabPage(chrome, address, token, "map.ipynb")
    opened.menu("Run", "Run All Cells")
    opened.page.wait_for_selector(".iprseg-card", timeout=60_000)
    yield opened.page
    opened.close()


def at(page, x, y):
    """Where a point of the data is on the page: a square in the middle of the canvas."""
    box = page.locator(".jp-OutputArea canvas").first.bounding_box()
    half = min(box["width"], box["height"]) / 2 / 1.08  # a margin of 4 % on each side
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    return middle[0] + x * half, middle[1] - y * half


def rest_on(page, x, y):
    """Move the pointer there as a hand would, and stay a moment."""
    page.mouse.move(*at(page, x, y), steps=8)
    page.wait_for_timeout(300)


def test_hover_click_list_and_lasso(page):
    assert "Click a dot" in page.inner_text(".iprseg-card")
    page.wait_for_timeout(1000)  # the first frame of the plot
    rest_on(page, -1, 1)
    page.wait_for_selector("text=Oud <b>perfume</b>", timeout=10_000)
    page.mouse.down()
    page.mouse.up()
    page.wait_for_selector(".iprseg-card h4:has-text('perfume')", timeout=10_000)
    assert page.locator(".iprseg-card b").count() == 0
    page.locator(".widget-dropdown select").first.select_option(index=2)
    page.wait_for_selector(".iprseg-card h4:has-text('Phone case')", timeout=10_000)
    # round the other group: nothing else has selected it last
    page.click("button[title='Activate lasso selection']")
    rest_on(page, -0.8, 0.8)
    page.mouse.down()
    for place in [(-1.05, 0.8), (-1.05, 1.05), (-0.8, 1.05), (-0.79, 0.8)]:
        page.mouse.move(*at(page, *place), steps=12)
    page.mouse.up()
    page.wait_for_selector(".iprseg-card h4:has-text('perfume')", timeout=10_000)
    page.click(".jp-CodeCell >> nth=1 >> .jp-InputArea-editor")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("text=selected 20 ['L0']", timeout=15_000)
