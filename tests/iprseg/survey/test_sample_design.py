import json

import pandas as pd
import pytest

from iprseg.errors import IprsegError
from iprseg.survey import SampleDesign, draw_sample


def test_json_round_trip_says_everything(frame, sample):
    design = SampleDesign.of(sample)
    again = SampleDesign.from_json(design.to_json())
    assert again == design
    assert again.design_id == sample["design_id"].iloc[0]
    body = json.loads(design.to_json())
    assert body["as_of"] == "2025-03-01T00:00:00"
    assert body["unit"] == "listing"
    assert body["seed"] == 4
    assert body["wave"] == 1
    strata = body["strata"]
    assert {name: s["frame_units"] for name, s in strata.items()} == (
        frame["cohort"].astype(str).value_counts().to_dict()
    )
    assert sum(len(s["drawn"]) for s in strata.values()) == 150
    assert sum(s["explore"] for s in strata.values()) == 30


def test_sellers_round_trip(frame):
    sample = draw_sample(frame, 40, unit="seller", listings_per_seller=3)
    design = SampleDesign.of(sample)
    assert SampleDesign.from_json(design.to_json()) == design
    assert design.size_cuts == {"all": design.size_cuts["all"]}


def test_the_design_survives_parquet(sample, tmp_path):
    sample.to_parquet(tmp_path / "sample.parquet")
    again = pd.read_parquet(tmp_path / "sample.parquet")
    assert SampleDesign.of(again) == SampleDesign.of(sample)


def test_an_altered_design_is_refused(sample):
    body = json.loads(SampleDesign.of(sample).to_json())
    body["strata"]["0"]["frame_units"] *= 2
    with pytest.raises(IprsegError, match="was altered after the draw"):
        SampleDesign.from_json(json.dumps(body))


def test_another_version_is_refused(sample):
    body = json.loads(SampleDesign.of(sample).to_json()) | {"version": 2}
    with pytest.raises(IprsegError, match=r"of version 2 and this iprseg reads"):
        SampleDesign.from_json(json.dumps(body))


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"version": 1, "design_id": "a"}'])
def test_other_text_is_refused(text):
    with pytest.raises(IprsegError, match="is not a sample design"):
        SampleDesign.from_json(text)


def test_a_frame_without_design_is_refused():
    with pytest.raises(IprsegError, match="carries no sample design"):
        SampleDesign.of(pd.DataFrame())


def test_labels_that_lost_their_designs_are_refused(labels):
    with pytest.raises(IprsegError, match=r"no sampling design in attrs\['designs'\]"):
        SampleDesign.all_of(labels)


def test_designs_of_labels_that_were_left_out_are_not_given(labels, design):
    other = draw_sample(pd.DataFrame(index=["a", "b", "c"]), 2).attrs["design"]
    labels.attrs["designs"] = [other, design.to_json()]
    assert SampleDesign.all_of(labels) == [design]
