"""`iprseg estimate`: what gives no rate is refused in one sentence, or named."""

import json
import sqlite3

import pandas as pd
import pytest

from iprseg.survey import SampleDesign, draw_sample
from labeling import LabelStore, read_labels
from tests.iprseg.cli.conftest import label, write_cohorts


def estimate(run, world, *options):
    return run("estimate", world.store, *options)


def rates(world) -> pd.DataFrame:
    return pd.read_csv(
        world.store.with_name("rates.csv"), dtype={"cohort": str}
    ).set_index("cohort")


def gold(world) -> pd.DataFrame:
    labels = LabelStore(world.store)
    found = read_labels(labels)
    labels.close()
    return found


def test_no_label_yet_is_one_sentence(run, world):
    outcome = estimate(run, world)
    assert "150 listings drawn and no label yet" in outcome.error
    assert not world.store.with_name("rates.csv").exists()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--design", "nope"), "has no design 'nope'"),
        (("--role", "both"), "must be one of 'measure', 'all'"),
        (("--target", "world"), "must be one of 'frame', 'beyond'"),
        (("--confidence", "1"), "'confidence' parameter of iprseg estimate"),
        (("--level", "seller"), "give --cohorts DIR too"),
        (("--out", "/proc/nowhere"), "choose another with --out"),
        (("--out", "/proc/self"), "cannot be written"),
        (("--cohorts", "absent"), "There is no folder 'absent'"),
    ],
)
def test_a_wrong_option_is_one_sentence(run, labeled, options, sentence):
    assert sentence in estimate(run, labeled, *options).error
    assert not labeled.store.with_name("rates.csv").exists()


def test_beyond_needs_sellers(run, made, tmp_path):
    bare = made.listings.drop(columns="seller_id")
    bare.to_csv(tmp_path / "t.csv", index=False)
    store = tmp_path / "labels.db"
    assert run("draw", tmp_path / "t.csv", "--store", store, "--n", "50").code == 0
    label(store, 50)
    assert run("estimate", store).code == 0
    assert "have no seller_id" in run("estimate", store, "--target", "beyond").error
    options = ("--cohorts", made.cohorts, "--level", "seller")
    assert "have no seller_id" in run("estimate", store, *options).error


def test_cohorts_of_other_tables_are_refused_with_their_number(run, labeled, tmp_path):
    other = labeled.listings.assign(listing_id=[f"X{i}" for i in range(400)])
    write_cohorts(tmp_path / "c", other)
    outcome = estimate(run, labeled, "--cohorts", tmp_path / "c")
    assert "150 of the 150 listings" in outcome.error
    assert (
        "give the --cohorts of the tables that the sample was drawn from"
        in outcome.error
    )


def test_listings_that_left_the_tables_are_a_row_of_their_own(run, labeled, tmp_path):
    gone = gold(labeled).index[:5]
    write_cohorts(
        tmp_path / "c", labeled.listings[~labeled.listings["listing_id"].isin(gone)]
    )
    outcome = estimate(run, labeled, "--cohorts", tmp_path / "c")
    assert outcome.code == 0, outcome.err
    assert "not in the cohorts any more" in outcome.out
    assert "missing" in rates(labeled).index


def test_two_surveys_in_one_store_do_not_add_up(run, labeled, bad):
    frame = labeled.listings.set_index("listing_id")
    sample = draw_sample(frame, 40, frame_id="other", random_state=9)
    labels = LabelStore(labeled.store)
    first = labels.designs[0]
    design = SampleDesign.of(sample)
    labels.add_design(design, sample, frame[["title"]], shape_share=0.0)
    labels.close()
    outcome = estimate(run, labeled)
    assert "2 surveys that do not add up to one rate" in outcome.error
    assert first in outcome.error
    assert estimate(run, labeled, "--design", first).code == 0


def test_a_design_of_another_program_is_one_sentence(run, labeled):
    sample = pd.DataFrame(
        {
            "stratum": "a",
            "inclusion_prob": 0.5,
            "serve_order": 0,
            "wave": 1,
            "arm": "x",
            "design_id": "odd",
        },
        index=["L1"],
    )
    labels = LabelStore(labeled.store)
    labels.add_design(
        json.dumps({"design_id": "odd", "seed": 1}),
        sample,
        pd.DataFrame({"title": "t"}, index=["L1"]),
        shape_share=0.0,
    )
    labels.close()
    assert "not a sample design" in estimate(run, labeled).error


@pytest.mark.parametrize("command", ["estimate", "segment"])
def test_labels_that_were_altered_give_no_rate(run, labeled, tmp_path, command):
    with sqlite3.connect(labeled.store) as raw:
        guards = raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in guards.fetchall():
            raw.execute(f"DROP TRIGGER {name}")
        raw.execute("UPDATE events SET data = replace(data, 'S3', 'S0')")
    raw.close()
    outcome = {
        "estimate": lambda: estimate(run, labeled),
        "segment": lambda: run(
            "segment",
            labeled.tables,
            "--labels",
            labeled.store,
            "--out",
            tmp_path / "o",
        ),
    }[command]()
    assert "is not as it was written, so no rate is given from it" in outcome.error
    assert "The guard" in outcome.error and "more; go back to a copy" in outcome.error
    assert not (labeled.store.parent / "rates.csv").exists()
