import struct
from html import escape

import numpy as np
import pandas as pd
import pytest

from iprseg.charts import cohort_coordinates, explore_cohorts, plot_cohorts
from iprseg.charts.plots import COLOURS, NOISE_COLOUR, assign_colours
from iprseg.cohorts.lift import add_block_parts
from iprseg.errors import IprsegError, TableError


@pytest.fixture(scope="module")
def coords(market):
    return cohort_coordinates(market.features.head(300), market.labels.head(300))


def trustworthy(coords, features):
    from sklearn.manifold import trustworthiness

    return trustworthiness(features.to_numpy(), coords.to_numpy(), n_neighbors=10)


def test_near_on_the_map_is_near_in_truth(market, coords):
    assert coords.index.equals(market.features.index[:300])
    assert coords.abs().to_numpy().max() == pytest.approx(1, abs=1e-6)
    scattered = coords.sample(frac=1, random_state=0).set_axis(coords.index)
    assert (
        trustworthy(coords, market.features.head(300))
        > 0.75
        > 0.6
        > trustworthy(scattered, market.features.head(300))
    )


def test_rows_beyond_the_landmarks_lie_among_their_like():
    rng = np.random.default_rng(0)
    kind = rng.integers(0, 5, 3000)
    X = np.eye(5)[kind] * 4 + rng.normal(0, 0.3, (3000, 5))
    at = cohort_coordinates(X, kind)
    centre = at.groupby(kind).median()
    nearest = (
        ((at.to_numpy()[:, None] - centre.to_numpy()) ** 2).sum(axis=2).argmin(axis=1)
    )
    assert (nearest == kind).mean() > 0.98


def test_the_map_is_the_same_each_time(market, coords):
    pd.testing.assert_frame_equal(
        coords, cohort_coordinates(market.features.head(300), market.labels.head(300))
    )


def test_labels_do_not_pull_rows_together(market, coords):
    # with fewer rows than landmarks labels have nothing to say at all
    shuffled = market.labels.head(300).sample(frac=1, random_state=1).to_numpy()
    pd.testing.assert_frame_equal(
        coords, cohort_coordinates(market.features.head(300), shuffled)
    )


@pytest.mark.parametrize(
    "X",
    [
        np.zeros((20, 3)),
        np.full((12, 2), np.nan),
        [[1.0]],
        np.r_[np.ones((5, 2)), [[np.inf, np.nan]]],
        np.repeat([[0.0, 1], [1, 0]], 30, axis=0),
    ],
)
def test_degenerate_input_still_has_a_place(X):
    at = cohort_coordinates(X)
    assert at.shape == (len(X), 2) and np.isfinite(at.to_numpy()).all()


def test_no_rows_or_wrong_labels_are_refused():
    with pytest.raises(IprsegError, match="got no rows"):
        cohort_coordinates(np.zeros((0, 3)))
    with pytest.raises(IprsegError, match="got 2 rows and 1 labels"):
        cohort_coordinates(np.zeros((2, 3)), [0])
    with pytest.raises(IprsegError, match="'method' parameter of cohort_coordinates"):
        cohort_coordinates(np.zeros((2, 3)), method="tsne")


def test_equal_colours_are_used_only_when_all_are_taken_and_lie_far_apart():
    x = np.arange(10.0)
    at = pd.DataFrame({"x": x, "y": 0.0})
    given = assign_colours(at, pd.Series(range(10)))
    assert len({given[i] for i in range(len(COLOURS))}) == len(COLOURS)
    assert given[-1] == NOISE_COLOUR
    for cohort in range(len(COLOURS), 10):
        twins = [i for i in range(cohort) if given[i] == given[cohort]]
        assert min(abs(cohort - i) for i in twins) >= len(COLOURS) - 1


def size_of(png):
    return struct.unpack(">II", png[16:24])


def test_the_picture_is_a_small_png(market, coords, profile, tmp_path):
    png = plot_cohorts(coords, market.labels, profile["name"], tmp_path / "map.png")
    assert (tmp_path / "map.png").read_bytes() == png
    bare = plot_cohorts(
        coords, market.labels, profile["name"], theme="dark", legend=False
    )
    assert size_of(bare)[0] < size_of(png)[0] < 2000
    assert len(bare) < 300_000


def test_a_profile_gives_the_picture_names_and_verdicts(market, coords, profile):
    # bare names say of none that it has no rank
    ranks = pd.Series(range(1, len(profile) + 1), profile.index, dtype=float)
    judged = profile.assign(stability="dissolves", risk_rank=ranks)
    told = plot_cohorts(coords, market.labels, judged)
    verdicts = judged["stability"]
    assert told == plot_cohorts(
        coords, market.labels, judged["name"], stability=verdicts
    )
    assert told != plot_cohorts(coords, market.labels, profile)
    with pytest.raises(TableError, match="plot_cohorts needs the column 'name'"):
        plot_cohorts(coords, market.labels, profile[["size"]])


def test_hostile_names_do_not_break_the_picture(market, coords):
    names = {4: "<b>\u202e" + "W" * 10_000, 1: "ไทย عربى 中文", 99: "not on the map"}
    assert plot_cohorts(coords, market.labels, names)[:4] == b"\x89PNG"


def test_a_picture_of_noise_alone(coords):
    png = plot_cohorts(coords, pd.Series(-1, index=coords.index), {})
    assert png[:4] == b"\x89PNG"


def test_rows_without_a_label_are_refused(market, coords):
    for draw in (plot_cohorts, explore_cohorts):
        with pytest.raises(TableError, match="assignments lack 1 of the ids in coords"):
            draw(coords, market.labels.iloc[1:], {})
    with pytest.raises(TableError, match="plot_cohorts needs the column 'y'"):
        plot_cohorts(coords[["x"]], market.labels, {})


def test_a_lasso_returns_ids(market, coords, profile):
    shown = explore_cohorts(
        coords, market.labels, profile["name"], market.listings["title"]
    )
    assert shown.selected_ids == []
    shown.select(["L0003", "L0001", "nobody"])
    assert sorted(shown.selected_ids) == ["L0001", "L0003"]


def test_two_cohorts_of_one_name_stay_two_on_the_map(coords, market):
    shown = explore_cohorts(coords, market.labels, dict.fromkeys(range(6), "Shoes"))
    colours = shown.scatter.color()["map"]
    assert len(colours) == 7


def test_a_click_shows_the_card_of_a_cohort_and_a_lasso_counts(market, coords, profile):
    shares = pd.DataFrame({"price": [0.62], "meaning": [0.38]}, index=[1])
    profile = add_block_parts(profile, shares)
    shown = explore_cohorts(coords, market.labels, profile, market.listings["title"])
    assert "Click a dot" in shown.card
    inside = market.labels.index[market.labels == 1]
    shown.select(inside[:1])
    assert escape(profile.loc[1, "name"]) in shown.card
    assert profile.loc[1, "signals"][0]["words"] in shown.card
    assert "Set apart by" in shown.card and "price 62 %" in shown.card
    assert "not measured" in shown.card
    shown.select([*inside[:2], market.labels.index[market.labels == 2][0]])
    assert "3 selected" in shown.card
    shown.select([])
    assert "Click a dot" in shown.card


def test_a_hostile_name_is_text_on_the_card(market, coords, profile):
    profile = profile.assign(name="<img src=x onerror=alert(1)>\u202e")
    titles = market.listings["title"].map(lambda one: f"<script>{one}</script>")
    shown = explore_cohorts(coords, market.labels, profile, titles)
    shown.select(market.labels.index[:1])
    assert "<img" not in shown.card and "<script" not in shown.card
    assert "\u202e" not in shown.card and "&lt;script" in shown.card
