"""False alarms among ordinary titles: bounds above what ``background`` prints.

Every sixteenth of the 88,276 titles, for time.
"""

import pytest

import iprseg
from iprseg.brands.brand_list import BrandList
from tests.real.background import LISTS, brand_list, flagged, moved_listings
from tests.real.measure import read_real

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def listings(real_data):
    return read_real(real_data, "background").listings.iloc[::16]


@pytest.fixture(scope="module", params=LISTS)
def flags(request, listings, real_data):
    brands = brand_list(real_data, request.param)
    signals = iprseg.compute_signals(
        listings.reset_index(), brands=brands, families="text"
    )
    return request.param, flagged(signals)


def test_wording_is_hardly_ever_flagged(flags):
    # measured: 3.4 or fewer of 10,000 in all of them
    for signal in ("A07", "A08", "A09", "A10", "A14", "A15", "A17", "A18"):
        column = next(name for name in flags[1] if name.startswith(signal))
        assert flags[1][column].mean() * 10_000 <= 5, column


def test_brands_are_flagged_as_measured(flags):
    which, table = flags
    few = which == LISTS[0]
    # fewer titles show less of what is a word of its own; measured on all: A01 208 and 899, A03 0.2 and 12, A04 0.1 and 2, A05 3 and 91
    bounds = {"A01": (300, 1_100), "A03": (3, 30), "A04": (3, 10), "A05": (25, 220)}
    for signal, (low, high) in bounds.items():
        column = next(name for name in table if name.startswith(signal))
        assert table[column].mean() * 10_000 <= (low if few else high), column


def test_ordinary_words_of_the_list_are_hardly_ever_brands(listings):
    # names of shops that these titles use as words: an ivory sofa, roller skates
    words = ["Plush", "Ivory", "Roller", "Umbrella", "Buckle", "Hoodies"]
    told = listings[listings["title"].str.contains("|".join(words), case=False)]
    brands = BrandList.from_names(["@home", *words])
    found = iprseg.find_brand_mentions(told, brands)
    # measured: none of 96
    assert len(told) >= 50
    assert (~found["referential"]).sum() <= 2


def test_categories_are_doubted_where_listings_were_moved(listings):
    here, elsewhere = moved_listings(listings)
    # measured on all titles: 3.4 % and 95 %; fewer titles teach less
    assert here.k / here.n <= 0.08
    assert elsewhere.k / elsewhere.n >= 0.75
