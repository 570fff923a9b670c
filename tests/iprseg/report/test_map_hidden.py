"""The map of a page numbers no cohort whose rates are hidden."""

import numpy as np

from .rated_page import named_cohorts, rated_page
from .small_gold import add_gold


def test_the_map_whose_numbers_are_places_is_left_out(tmp_path):
    frame = named_cohorts()
    png = b"\x89PNG\r\n\x1a\n"
    page = rated_page(tmp_path, add_gold(frame), map_png=png)
    assert any(tag == "img" for tag, _ in page.tags)
    frame.loc[[0, 2], "sellers"] = 4.0
    page = rated_page(tmp_path, add_gold(frame), map_png=png)
    assert not any(tag == "img" for tag, _ in page.tags)
    assert "The map is left out: its numbers are places" in page.text


def test_a_map_drawn_for_the_page_numbers_no_hidden_cohort(tmp_path):
    frame, given = named_cohorts(), []

    def draw(cohorts):
        given.append(cohorts)
        return b"\x89PNG\r\n\x1a\n"

    page = rated_page(tmp_path, add_gold(frame), map_png=draw)
    assert any(tag == "img" for tag, _ in page.tags)
    assert given[0]["risk_rank"].tolist() == [*range(1, 8)]
    frame.loc[[0, 2], "sellers"] = 4.0
    page = rated_page(tmp_path, add_gold(frame), map_png=draw)
    assert any(tag == "img" for tag, _ in page.tags)
    assert "which hidden cohorts lack" in page.text
    places = given[1].set_index("name")["risk_rank"]
    for row in page.tables[0]:
        known = places[row["name"][0]]
        assert row["Order"][0] == ("" if np.isnan(known) else f"{known:.0f}")
