"""Real tables through map, check and segment, as a user would run them."""

import pandas as pd
import pytest

import iprseg
from tests.real.measure import HERE

pytestmark = [pytest.mark.real, pytest.mark.text]
SETS = ("perfume", "cartridges", "background")
# background is cut for the whole path: 88,276 rows take a minute and a half
N_BACKGROUND = 6_000


@pytest.fixture(params=SETS)
def name(request) -> str:
    return request.param


def test_a_draft_reads_the_title_and_price(real_data, name):
    mapping = iprseg.draft_mapping(real_data / name)
    frames, report = iprseg.tables.load_tables(real_data / name, mapping)
    assert report.ok, str(report)
    assert {"title", "price"} <= set(frames["listings"].columns)
    assert frames["listings"]["price"].notna().mean() > 0.5


def test_no_row_is_lost_without_a_word(real_data, name):
    mapping = HERE / "mappings" / f"{name}.yaml"
    report = iprseg.check_tables(real_data / name, mapping)
    assert report.ok, str(report)
    tables = report.tables.set_index("table")
    assert (tables["rows_kept"] + tables["rows_set_aside"] == tables["rows_read"]).all()
    expected = {"perfume": 2_000, "cartridges": 434, "background": 88_276}[name]
    assert tables.loc["listings", "rows_read"] == expected


def test_cohorts_of_real_listings_are_named(real_data, name, tmp_path):
    marketplace = iprseg.read_marketplace(
        real_data / name, mapping=HERE / "mappings" / f"{name}.yaml"
    )
    if name == "background":
        marketplace = iprseg.Marketplace.from_frames(
            {"listings": marketplace.listings.head(N_BACKGROUND)}
        )
    found = iprseg.find_cohorts(marketplace)
    cohorts = found.cohorts[found.cohorts.index != iprseg.NOISE]
    assert len(cohorts) >= 2
    assert cohorts["name"].is_unique
    assert found.cohorts["size"].sum() == len(marketplace.listings)
    assert isinstance(found.build_assignment_table(), pd.DataFrame)


def test_sellers_of_cartridges_can_be_segmented(real_data):
    mapping = HERE / "mappings" / "cartridges.yaml"
    marketplace = iprseg.read_marketplace(real_data / "cartridges", mapping=mapping)
    found = iprseg.find_cohorts(marketplace, level="seller")
    # two of the sellers have no listing; they are kept all the same
    assert set(found.assignments.index) == set(marketplace.sellers.index)
    assert len(found.assignments) == 145


def test_perfume_has_no_seller_to_segment(real_data):
    marketplace = iprseg.read_marketplace(
        real_data / "perfume", mapping=HERE / "mappings" / "perfume.yaml"
    )
    with pytest.raises(iprseg.TableError, match="listings has no seller_id"):
        iprseg.find_cohorts(marketplace, level="seller")
