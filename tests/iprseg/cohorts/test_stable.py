"""A verdict stands wherever a cohort is shown: table, map, files."""

import json

import pandas as pd
import pytest

import iprseg
from iprseg.charts import plot_cohorts
from iprseg.cohorts import profile_cohorts
from iprseg.pipeline import CohortResult
from iprseg.segment import CohortStability
from tests.iprseg.cohorts.small_market import DIRECTIONS

VERDICTS = {0: "stable", 1: "moves with the sample", 2: "dissolves", 3: "not known"}


@pytest.fixture
def stability():
    cohorts = pd.DataFrame(
        {"verdict": VERDICTS, "jaccard": {0: 0.9, 1: 0.6, 2: 0.3, 3: float("nan")}}
    )
    runs = pd.DataFrame({"kind": ["sample"], "ari": [0.7]})
    return CohortStability(cohorts, runs, 0.6, "sellers")


@pytest.fixture
def profile(market, stability):
    return profile_cohorts(
        market.tables,
        "listing",
        market.signals,
        market.labels,
        directions=DIRECTIONS,
        stability=stability,
    )


def test_every_cohort_has_a_verdict_and_noise_has_none(profile, stability):
    told = profile["stability"].to_dict()
    assert told == VERDICTS | {4: "not known", 5: "not known", -1: ""}
    assert profile.loc[2, "stability_jaccard"] == 0.3
    assert profile["stability_jaccard"].isna().sum() == 4
    assert profile.attrs["stability"] == stability.summary()
    assert profile.attrs["level"] == "listing"  # what was there before is still there


def test_assignments_hold_the_verdict(profile, market):
    result = CohortResult(
        "listing", profile, market.labels, market.labels * 0.0, market.signals,
        market.signals, {}, market.features, market.features, None, None,
    )  # fmt: skip
    told = result.build_assignment_table().groupby("cohort")["stability"].unique()
    assert {cohort: one.tolist() for cohort, one in told.items()} == {
        cohort: [verdict] for cohort, verdict in profile["stability"].items()
    }


def _drawn(monkeypatch, market, **options):
    import vl_convert

    charts = []
    monkeypatch.setattr(
        vl_convert, "vegalite_to_png", lambda chart, scale: charts.append(chart) or b""
    )
    at = market.features[[0, 1]].set_axis(["x", "y"], axis=1)
    plot_cohorts(at, market.labels, {c: f"kind {c}" for c in range(6)}, **options)
    return charts[0]


def test_the_map_says_who_holds(monkeypatch, market):
    chart = _drawn(monkeypatch, market, stability=VERDICTS)
    assert chart["title"]["text"] == (
        "1 of 6 cohorts are stable; 1 with a dashed ring: moves with the sample; "
        "1 dotted: dissolves; 1 dotted too: not known."
    )
    layers = chart["hconcat"][0]["layer"]
    dashes = [
        one["mark"]["strokeDash"] for one in layers if "strokeDash" in one["mark"]
    ]
    assert len({tuple(dash) for dash in dashes}) == 3
    drawn = json.dumps(chart, ensure_ascii=False)
    assert '"line": "2  kind 1 · moves with the sample"' in drawn
    assert '"line": "1  kind 0"' in drawn


def test_the_map_says_what_was_not_measured(monkeypatch, market):
    title = _drawn(monkeypatch, market)["title"]["text"]
    assert title == "Whether the cohorts hold on other samples was not measured."


def test_what_is_drawn_is_called_by_its_name():
    tables = iprseg.make_marketplace(600, 120, random_state=0).tables
    marketplace = iprseg.Marketplace.from_frames(tables)
    how = {"embedder": iprseg.TextEmbedder("lexical"), "stability": 1}
    for level in ("listing", "seller"):
        found = iprseg.find_cohorts(marketplace, level, **how)
        assert "half of the sellers are drawn" in found.stability.summary()
