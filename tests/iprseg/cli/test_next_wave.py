"""`iprseg draw` into a store that holds a draw: the same, another, and a next wave."""

import pandas as pd
import pytest

from labeling import LabelStore
from tests.iprseg.cli.drawn import designs, draw, gold


def test_the_same_draw_again_changes_nothing(run, world):
    before = gold(world.store)
    outcome = draw(run, world, world.store, "--cohorts", world.cohorts, "--n", "150")
    assert outcome.code == 0, outcome.err
    assert "nothing was changed" in outcome.told
    pd.testing.assert_frame_equal(gold(world.store), before)


@pytest.mark.parametrize(
    "other",
    [("--n", "151"), ("--n", "150", "--seed", "1"), ("--n", "20", "--unit", "seller")],
)
def test_another_draw_into_the_same_store_is_refused(run, world, other):
    cohorts = () if "--unit" in other else ("--cohorts", world.cohorts)
    outcome = draw(run, world, world.store, *cohorts, *other)
    assert "add --next-wave to draw more" in outcome.error
    assert "another --store" in outcome.error
    assert len(designs(world.store)) == 1


def test_a_next_wave_draws_what_the_first_one_left(run, world):
    options = ("--cohorts", world.cohorts, "--n", "60", "--next-wave")
    outcome = draw(run, world, world.store, *options)
    assert outcome.code == 0, outcome.err
    assert "150 listings of earlier waves still wait for a label" in outcome.told
    first, second = designs(world.store)
    assert (second.wave, second.earlier) == (2, first.design_id)
    rows = gold(world.store)
    assert len(rows) == 210
    assert rows.index.is_unique
    third = draw(
        run, world, world.store, "--cohorts", world.cohorts, "--n", "5", "--next-wave"
    )
    assert "Wave 3" in third.out


def test_a_next_wave_is_drawn_as_the_first_one(run, made, tmp_path):
    store = tmp_path / "l.db"
    sellers = ("--unit", "seller", "--n", "20", "--listings-per-seller", "2")
    first = draw(run, made, store, *sellers, "--shape-share", "0.3", "--seed", "7")
    assert first.code == 0, first.err
    again = draw(run, made, store, "--n", "10", "--next-wave")
    assert again.code == 0, again.err
    second = designs(store)[1]
    assert (second.unit, second.listings_per_seller, second.seed) == ("seller", 2, 7)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--unit", "seller"), "were drawn with --unit listing"),
        (("--shape-share", "0.1"), "were drawn with --shape-share 0,"),
        (("--as-of", "2026-01-01"), "were drawn without --as-of"),
        ((), "were drawn with other cohorts"),
    ],
)
def test_a_next_wave_drawn_otherwise_is_refused(run, world, options, sentence):
    outcome = draw(run, world, world.store, "--next-wave", "--n", "5", *options)
    assert sentence in outcome.error
    assert len(designs(world.store)) == 1


def test_a_next_wave_of_other_tables_is_refused(run, world, tmp_path):
    fewer = tmp_path / "fewer"
    fewer.mkdir()
    world.listings.head(390).to_csv(fewer / "listings.csv", index=False)
    options = ("--cohorts", world.cohorts, "--next-wave")
    outcome = run("draw", fewer, "--store", world.store, *options)
    assert "drawn from 400 listings and the tables hold 390 now" in outcome.error


def test_a_next_wave_of_nothing_is_refused(run, made, tmp_path):
    missing = draw(run, made, tmp_path / "l.db", "--next-wave")
    assert "There is no label store" in missing.error
    assert "make one with `iprseg draw PATH --store FILE`" in missing.error
    LabelStore(tmp_path / "l.db").close()
    empty = draw(run, made, tmp_path / "l.db", "--next-wave")
    assert "leave --next-wave out" in empty.error
