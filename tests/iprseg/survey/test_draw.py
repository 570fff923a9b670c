import numpy as np
import pandas as pd
import pytest

from iprseg.errors import IprsegError, TableError
from iprseg.survey import SampleDesign, draw_sample


def small(strata="aaaaaabbbb"):
    index = [f"L{i}" for i in range(len(strata))]
    return pd.DataFrame({"s": list(strata)}, index=index)


def test_the_sample_has_its_columns_and_every_row_once(frame, sample):
    assert list(sample.columns) == [
        "seller_id",
        "stratum",
        "inclusion_prob",
        "design_id",
        "wave",
        "arm",
        "serve_order",
    ]
    assert sample.index.name == "listing_id"
    assert len(sample) == 150
    assert sample.index.is_unique
    assert sample["serve_order"].tolist() == list(range(150))
    assert sample["arm"].value_counts().to_dict() == {"target": 120, "explore": 30}
    assert (sample["seller_id"] == frame.loc[sample.index, "seller_id"]).all()


def test_weights_add_up_to_the_frame(frame, sample):
    weights = 1 / sample["inclusion_prob"]
    totals = weights.groupby(sample["stratum"]).sum()
    expected = frame["cohort"].astype(str).value_counts()
    assert totals.to_dict() == pytest.approx(expected.to_dict())


def test_every_row_of_the_frame_can_be_drawn_noise_and_missing_included():
    frame = small()
    frame["s"] = [-1, -1, None, None, 0, 0, 0, 0, 0, 0]
    sample = draw_sample(frame, 6, "s")
    assert set(sample["stratum"]) == {"-1.0", "missing", "0.0"}
    strata = SampleDesign.of(sample).strata.values()
    assert all(stratum.probability > 0 for stratum in strata)


def test_an_item_is_drawn_as_often_as_its_union_probability_says():
    """Both arms reach every listing; 300 seeded draws, tolerance 4 standard errors."""
    frame, runs = small("aaaaaaabbb"), 300
    count = pd.Series(0.0, index=frame.index)
    stated = pd.Series(0.0, index=frame.index)
    explored = pd.Series(0.0, index=frame.index)
    for seed in range(runs):
        sample = draw_sample(
            frame, 5, "s", explore=0.4, allocation={"b": 1}, random_state=seed
        )
        count[sample.index] += 1
        explored[sample.index[sample["arm"] == "explore"]] += 1
        by = sample.groupby("stratum")["inclusion_prob"].first()
        stated += frame["s"].map(by)
    tolerance = 4 * np.sqrt(0.25 / runs)
    assert (count / runs).to_numpy() == pytest.approx(stated / runs, abs=tolerance)
    # two of the five are drawn uniformly over the whole frame
    assert (explored / runs).to_numpy() == pytest.approx(0.2, abs=tolerance)


def test_waves_do_not_overlap_and_their_probabilities_unite(frame):
    first = draw_sample(frame, 60, "cohort", random_state=1)
    one = SampleDesign.of(first)
    second = draw_sample(
        frame, 50, "cohort", earlier=[one], allocation="proportional", random_state=1
    )
    third = draw_sample(
        frame, 40, "cohort", earlier=[one, SampleDesign.of(second)], random_state=1
    )
    everything = pd.concat([first, second, third])
    assert everything.index.is_unique
    assert third["wave"].unique().tolist() == [3]
    size = frame["cohort"].astype(str).value_counts()
    for name, group in third.groupby("stratum"):
        by_wave = everything[everything["stratum"] == name].groupby("wave").size()
        left, union = size[name], 1.0
        for drawn in by_wave:
            union *= 1 - drawn / left
            left -= drawn
        assert group["inclusion_prob"].unique() == pytest.approx([1 - union])


def test_two_waves_reach_an_item_as_often_as_the_union_says():
    frame, runs = small("aaaaaabb"), 200
    count = pd.Series(0.0, index=frame.index)
    for seed in range(runs):
        first = draw_sample(frame, 2, explore=0, random_state=seed)
        second = draw_sample(
            frame, 3, explore=0, earlier=SampleDesign.of(first), random_state=seed
        )
        count[first.index] += 1
        count[second.index] += 1
        assert second["inclusion_prob"].unique() == pytest.approx([5 / 8])
    tolerance = 4 * np.sqrt(0.25 / runs)
    assert (count / runs).to_numpy() == pytest.approx(5 / 8, abs=tolerance)


def test_the_draw_depends_on_the_seed_and_not_on_the_order_of_rows(frame, sample):
    shuffled = frame.sample(frac=1, random_state=0)
    again = draw_sample(shuffled, 150, "cohort", as_of="2025-03-01", random_state=4)
    other = draw_sample(frame, 150, "cohort", as_of="2025-03-01", random_state=5)
    assert SampleDesign.of(again) == SampleDesign.of(sample)
    assert set(again.index) == set(sample.index)
    assert set(other.index) != set(sample.index)


def test_strata_may_be_several_columns_or_a_series(frame):
    size = frame["seller_id"].map(frame["seller_id"].value_counts())
    data = frame.assign(big=size > 10)
    by_columns = draw_sample(data, 40, ["cohort", "big"])
    names = data["cohort"].astype(str) + " | " + data["big"].astype(str)
    by_series = draw_sample(data, 40, names.sample(frac=1, random_state=0))
    assert by_columns.index.tolist() == by_series.index.tolist()
    assert "0 | True" in set(by_columns["stratum"])


def test_within_a_stratum_the_order_to_serve_is_random():
    """Place of one listing in the queue: uniform, whatever its place in the frame."""
    frame = small("a" * 8)
    places = np.array(
        [
            draw_sample(frame, 8, random_state=seed).loc["L0", "serve_order"]
            for seed in range(240)
        ]
    )
    counts = np.bincount(places, minlength=8)
    # 30 expected; 4 standard errors of a binomial count
    assert np.abs(counts - 30).max() < 4 * np.sqrt(240 / 8 * 7 / 8)


def test_priority_orders_strata_only():
    frame = small("a" * 30 + "b" * 30 + "c" * 30)
    sample = draw_sample(frame, 60, "s", priority=["c", "a"], random_state=2)
    strata = sample["stratum"].tolist()
    assert strata == sorted(strata, key="cab".index)
    inside = [int(name[1:]) for name in sample.index[sample["stratum"] == "c"]]
    assert inside != sorted(inside)


def test_a_stratum_with_one_unit_is_taken_for_certain():
    sample = draw_sample(small("aaaaaab"), 3, "s", explore=0)
    assert sample.loc["L6", "inclusion_prob"] == 1


def test_a_census_has_probability_one():
    sample = draw_sample(small(), 10, "s")
    assert sample["inclusion_prob"].tolist() == [1.0] * 10


def test_sellers_come_with_all_their_listings_together(frame):
    sample = draw_sample(frame, 40, "cohort", unit="seller", random_state=3)
    sizes = frame["seller_id"].value_counts()
    drawn = sample["seller_id"].value_counts()
    assert len(drawn) == 40
    assert drawn.to_dict() == sizes[drawn.index].to_dict()
    runs = (sample["seller_id"] != sample["seller_id"].shift()).sum()
    assert runs == 40


def test_large_sellers_are_drawn_for_certain_and_small_ones_rarely(frame):
    sample = draw_sample(frame, 60, unit="seller", random_state=3)
    sizes = frame["seller_id"].value_counts()
    chance = sample.groupby("seller_id")["inclusion_prob"].first()
    assert chance[sizes.idxmax()] == 1
    assert chance[sizes[chance.index] == 1].max() < 0.3


def test_some_listings_of_a_seller_have_the_chance_of_both_stages(frame):
    sample = draw_sample(frame, 60, unit="seller", listings_per_seller=4)
    sizes = frame["seller_id"].value_counts()
    taken = sample["seller_id"].value_counts()
    assert taken.to_dict() == sizes[taken.index].clip(upper=4).to_dict()
    design = SampleDesign.of(sample)
    largest = sample[sample["seller_id"] == sizes.idxmax()].iloc[0]
    chance = design.strata[largest["stratum"]].probability
    assert chance == 1
    assert largest["inclusion_prob"] == pytest.approx(4 / sizes.max())


def test_listings_of_unknown_sellers_are_units_by_themselves():
    frame = pd.DataFrame(
        {"seller_id": ["S1", "S1", None, None, None, "S2"]}, index=list("abcdef")
    )
    design = SampleDesign.of(draw_sample(frame, 5, unit="seller"))
    assert design.strata["all | sellers of 1+"].frame_units == 5


def test_a_wave_of_sellers_keeps_the_size_bands_of_the_first(frame):
    first = SampleDesign.of(draw_sample(frame, 30, unit="seller"))
    second = draw_sample(frame, 60, unit="seller", earlier=first)
    assert SampleDesign.of(second).size_cuts == first.size_cuts
    before = {s for stratum in first.strata.values() for s in stratum.drawn}
    assert not before & set(second["seller_id"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n": 0}, "'n' parameter of draw_sample must be a number >= 1"),
        ({"n": 2.5}, "'n' parameter of draw_sample must be a whole number"),
        ({"n": 11}, "asks for 11 units and the frame has 10 left"),
        ({"n": 3}, "2 strata need 4 units, two of each, and the target arm has 2"),
        ({"unit": "shop"}, "'unit' parameter of draw_sample must be one of"),
        ({"explore": 1.5}, "'explore' parameter of draw_sample must be a number"),
        ({"random_state": -1}, "'random_state' parameter of draw_sample must be"),
        ({"listings_per_seller": 3}, "is for unit='seller'"),
        ({"allocation": "neyman"}, "'allocation' parameter of draw_sample must be"),
        ({"allocation": {"z": 1}}, "names the stratum 'z', which the frame does not"),
        ({"allocation": {"a": 0}}, "needs shares >= 0 that are not all 0"),
        ({"allocation": {}}, "needs shares >= 0 that are not all 0"),
        ({"priority": ["z"]}, "'priority' parameter of draw_sample names the stratum"),
    ],
)
def test_options_that_allow_no_draw_are_refused(options, message):
    given = {"n": 6, "strata": "s"} | options
    with pytest.raises(IprsegError, match=message):
        draw_sample(small(), **given)


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (small().iloc[:0], "has no rows"),
        (small().set_axis([*"abcdefghi", None]), "rows without an id"),
        (small().set_axis(list("aabcdefghi")), "has the id 'a' more than once"),
        (small()[[]], "needs the column 's'"),
    ],
)
def test_frames_that_allow_no_draw_are_refused(frame, message):
    with pytest.raises(TableError, match=message):
        draw_sample(frame, 6, "s")


def test_a_series_of_strata_must_cover_the_frame():
    with pytest.raises(TableError, match="lacks 3 of 10 rows of the frame"):
        draw_sample(small(), 6, small()["s"].iloc[3:])


def test_sellers_across_strata_are_refused():
    frame = small().assign(seller_id="S1")
    with pytest.raises(IprsegError, match="1 sellers have listings in more than one"):
        draw_sample(frame, 1, "s", unit="seller")


def test_sellers_need_the_column():
    with pytest.raises(TableError, match="needs the column 'seller_id'"):
        draw_sample(small(), 2, unit="seller")


def test_waves_must_be_complete_and_of_one_survey(frame):
    one = SampleDesign.of(draw_sample(frame, 20))
    two = SampleDesign.of(draw_sample(frame, 20, earlier=one))
    with pytest.raises(IprsegError, match="at place 1 came wave 2"):
        draw_sample(frame, 20, earlier=[two])
    with pytest.raises(IprsegError, match="Wave 1 drew by unit='listing'"):
        draw_sample(frame, 20, unit="seller", earlier=one)
    with pytest.raises(IprsegError, match="differ from those of the earlier wave"):
        draw_sample(frame.iloc[1:], 20, earlier=one)
    with pytest.raises(IprsegError, match="differ from those of the earlier wave"):
        draw_sample(frame, 20, "cohort", earlier=one)
    sellers = SampleDesign.of(draw_sample(frame, 20, unit="seller"))
    with pytest.raises(IprsegError, match="differ from those of the earlier wave"):
        draw_sample(frame, 20, "cohort", unit="seller", earlier=sellers)


def test_waves_take_as_many_listings_of_a_seller(frame):
    first = draw_sample(frame, 40, unit="seller", listings_per_seller=3)
    with pytest.raises(IprsegError, match="took listings_per_seller=3"):
        draw_sample(frame, 40, unit="seller", earlier=[SampleDesign.of(first)])
