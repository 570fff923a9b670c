"""`iprseg estimate`: the survey room's numbers, in words and in files that are safe."""

import numpy as np
import pandas as pd
import pytest

from iprseg.report.results import record_run
from iprseg.survey import SampleDesign, estimate_lift, estimate_prevalence
from labeling import Codebook, LabelQueue, LabelStore, read_labels
from tests.iprseg.cli.conftest import HOSTILE, label
from tests.labeling.worlds import COUNTERFEIT, NOTHING


def estimate(run, world, *options):
    return run("estimate", world.store, *options)


def by_cohort(run, world, *options):
    outcome = estimate(run, world, "--cohorts", world.cohorts, *options)
    assert outcome.code == 0, outcome.err
    return outcome, rates(world)


def rates(world) -> pd.DataFrame:
    return pd.read_csv(
        world.store.with_name("rates.csv"), dtype={"cohort": str}
    ).set_index("cohort")


def gold(world) -> pd.DataFrame:
    labels = LabelStore(world.store)
    found = read_labels(labels)
    labels.close()
    return found


def cohort_of(world, level="listing") -> pd.Series:
    table = pd.read_parquet(world.cohorts / "assignments.parquet")
    table = table[table["level"] == level]
    return table.set_index("entity_id")["cohort"]


def test_the_numbers_are_those_of_the_survey_room(run, labeled):
    _, table = by_cohort(run, labeled, "--level", "listing")
    rows, by = gold(labeled), cohort_of(labeled)
    designs = SampleDesign.all_of(rows)
    expected = estimate_prevalence(rows, designs, by)
    lift = estimate_lift(rows, designs, by)
    assert set(table.index) == {"all", "0", "1", "2", "-1"}
    for name in expected.index:
        row, wanted = table.loc[str(name)], expected.loc[name]
        assert row["labels"] == wanted["n"]
        for mine, theirs in (
            ("rate", "point"),
            ("low", "low"),
            ("high", "high"),
            ("worst_low", "worst_low"),
        ):
            value = wanted[theirs] if pd.notna(wanted[theirs]) else np.nan
            assert row[mine] == pytest.approx(value, rel=1e-4, nan_ok=True)
        if name != "all":
            assert row["verdict"] == lift.loc[name, "verdict"]
    assert table.loc["1", "verdict"] == "risky"
    assert list(table.index[:2]) == ["all", "1"]
    assert table.index[-1] == "-1"


def test_what_is_printed_can_be_read_by_a_newcomer(run, labeled):
    outcome, table = by_cohort(run, labeled)
    lines = outcome.out.splitlines()
    assert max(map(len, lines[: lines.index("") + 12])) <= 80
    whole = table.loc["all"]
    assert f"{whole['violative']:.0f} of {whole['labels']:.0f}" in outcome.out
    assert "with 95 % confidence between" in outcome.told
    assert "the 400 listings of 'tables'" in outcome.told
    assert "more violations than elsewhere" in outcome.told
    assert "each label is weighted by how its listing was drawn" in outcome.told
    assert "a suspicion from what was shown, not a proof" in outcome.told
    rows = gold(labeled)
    measure = (rows["role"] == "measure").sum()
    assert (
        f"{measure} with a label that measures, {150 - measure} with one that may shape"
        in outcome.told
    )
    assert "0 not reached yet" in outcome.told
    assert lines[-1].startswith("Next: iprseg segment PATH --level listing")
    assert lines[-1].endswith(f"--labels {labeled.store}")


def test_skips_and_what_was_not_reached_are_counted_and_bound_the_rate(run, world, bad):
    label(world.store, 110, bad, skip=10)
    outcome, table = by_cohort(run, world)
    assert "11 skipped, undecided or gone, 40 not reached yet" in outcome.told
    assert "Unanswered: the limits if" in outcome.told
    whole, rows = table.loc["all"], gold(world)
    measure = rows["role"] == "measure"
    assert whole["nonresponse"] == (measure & (rows["status"] == "skipped")).sum() > 0
    assert whole["not_reached"] == (measure & (rows["status"] == "unserved")).sum() > 0
    assert whole["worst_low"] < whole["low"] and whole["worst_high"] > whole["high"]


def test_an_item_deleted_after_the_draw_is_nonresponse(run, world, bad):
    labels = LabelStore(world.store)
    gone = list(gold(world).query("role == 'measure'").index[:3])
    labels.remove(gone)
    labels.close()
    label(world.store, 150, bad)
    _, table = by_cohort(run, world)
    assert table.loc["all", "nonresponse"] == 3


def test_without_cohorts_the_strata_are_told(run, labeled):
    outcome = estimate(run, labeled)
    assert outcome.code == 0, outcome.err
    assert set(rates(labeled).index) == {"all", "1", "2", "others"}
    assert "iprseg segment" not in outcome.out


def test_a_sample_of_one_stratum_gives_one_row(run, made, tmp_path):
    store = tmp_path / "labels.db"
    assert run("draw", made.tables, "--store", store, "--n", "60").code == 0
    label(store, 60, set(made.listings["listing_id"][::4]))
    outcome = run("estimate", store)
    assert outcome.code == 0, outcome.err
    table = pd.read_csv(tmp_path / "rates.csv")
    assert table["cohort"].tolist() == ["all"]
    assert "Verdict" not in outcome.out


def test_cohorts_of_sellers_go_by_the_seller(run, labeled):
    _, table = by_cohort(run, labeled, "--level", "seller")
    sellers = cohort_of(labeled, "seller")
    rows = gold(labeled)
    used = rows[(rows["role"] == "measure") & (rows["status"] == "labeled")]
    counts = used["seller_id"].map(sellers).value_counts()
    assert {"0", "1"} < set(table.index)
    assert table.loc["0", "labels"] == counts[0]


def test_a_cohort_without_a_listing_drawn_is_named(run, labeled, tmp_path):
    table = pd.read_parquet(labeled.cohorts / "assignments.parquet")
    row = {"level": "seller", "entity_id": "S-new", "cohort": 9, "cohort_name": "nine"}
    (tmp_path / "c").mkdir()
    pd.concat([table, pd.DataFrame([row])]).to_parquet(
        tmp_path / "c/assignments.parquet"
    )
    record_run(tmp_path / "c", {"made": "by a test"})
    for level in ("seller", "listing"):
        outcome = estimate(run, labeled, "--cohorts", tmp_path / "c", "--level", level)
        assert outcome.code == 0, outcome.err
        assert ("9" in rates(labeled).index) == (level == "seller")
    estimate(run, labeled, "--cohorts", tmp_path / "c", "--level", "seller")
    assert rates(labeled).loc["9", ["labels", "state", "verdict"]].tolist() == [
        0,
        "no labels",
        "no rate",
    ]


def test_a_second_wave_counts_and_can_be_left_out(run, labeled, bad):
    more = ("--store", labeled.store, "--cohorts", labeled.cohorts, "--n", "60")
    assert run("draw", labeled.tables, *more, "--next-wave").code == 0
    label(labeled.store, 60, bad)
    _, table = by_cohort(run, labeled)
    first, second = dict.fromkeys(gold(labeled)["design_id"])
    _, one = by_cohort(run, labeled, "--design", first)
    _, both = by_cohort(run, labeled, "--design", second)
    assert one.loc["all", "labels"] < table.loc["all", "labels"]
    pd.testing.assert_frame_equal(both, table)


def test_every_label_counts_where_role_is_all(run, labeled):
    _, table = by_cohort(run, labeled, "--role", "all")
    assert table.loc["all", "labels"] == 150


def test_beyond_speaks_of_other_sellers_and_is_wider(run, labeled):
    outcome, wide = by_cohort(run, labeled, "--target", "beyond", "--role", "all")
    assert "listings of sellers like those of 'tables'" in outcome.told
    _, exact = by_cohort(run, labeled, "--role", "all")
    width = wide.loc["all", "high"] - wide.loc["all", "low"]
    assert width > exact.loc["all", "high"] - exact.loc["all", "low"]


def test_confidence_is_told_and_widens(run, labeled):
    outcome, table = by_cohort(run, labeled, "--confidence", "0.8")
    assert "with 80 % confidence" in outcome.told
    assert table.loc["all", "confidence"] == 0.8
    exact, _ = by_cohort(run, labeled, "--confidence", "0.999")
    assert "with 99.9 % confidence" in exact.told
    assert "Rate [99.9 %]" in exact.told


def test_no_cell_is_a_formula_and_no_escape_reaches_the_terminal(run, labeled):
    outcome, table = by_cohort(run, labeled)
    text = labeled.store.with_name("rates.csv").read_text(encoding="utf-8")
    cells = (
        pd.read_csv(labeled.store.with_name("rates.csv"), dtype=str).to_numpy().ravel()
    )
    risky = [cell for cell in cells if str(cell)[:1] in tuple("=+-@\t\r")]
    assert [cell for cell in risky if not cell.lstrip("-").isdigit()] == []
    assert table.loc["2", "name"] == "'" + HOSTILE.replace("\x1b", "").replace(
        "\u202e", ""
    )
    assert "\x1b" not in text + outcome.out
    assert "\u202e" not in text + outcome.out


def test_gold_is_written_with_its_designs(run, labeled):
    by_cohort(run, labeled)
    kept = pd.read_parquet(labeled.store.with_name("labels.parquet"))
    assert len(kept) == 150
    rows = gold(labeled)
    assert SampleDesign.all_of(kept) == SampleDesign.all_of(rows)
    pd.testing.assert_frame_equal(kept[["primary", "role"]], rows[["primary", "role"]])


def test_files_go_where_out_says(run, labeled, tmp_path):
    outcome = estimate(run, labeled, "--out", tmp_path / "a/b")
    assert outcome.code == 0, outcome.err
    names = {path.name for path in (tmp_path / "a/b").iterdir()}
    assert names == {"rates.csv", "labels.parquet"}
    assert not labeled.store.with_name("rates.csv").exists()


def test_one_class_has_a_rate_and_says_so(run, world):
    label(world.store, 150)
    outcome, table = by_cohort(run, world)
    assert table.loc["all", "rate"] == 0
    assert 0 < table.loc["all", "high"] < 0.2
    assert "one class: no labels violative" in outcome.told


def test_too_few_labels_are_no_rate_and_the_next_step_is_said(run, world, bad):
    label(world.store, 4, bad)
    outcome, table = by_cohort(run, world)
    assert "There is no rate of the 400 listings of 'tables' yet (see a" in outcome.told
    assert pd.isna(table.loc["all", "rate"])
    assert (table["low"][table["rate"].isna()] < 1e-6).all()
    assert "nan" not in outcome.out.lower()
    assert "<NA>" not in outcome.out


def test_labels_that_only_shape_are_no_rate(run, made, tmp_path):
    shaping = ("--shape-share", "0.999999")
    store = tmp_path / "labels.db"
    assert run("draw", made.tables, "--store", store, *shaping).code == 0
    label(store, 20)
    outcome = run("estimate", store)
    assert outcome.code == 0, outcome.err
    assert "No label so far measures" in outcome.told


def test_one_annotators_labels_alone(run, labeled):
    assert by_cohort(run, labeled, "--annotator", "anna")[1].loc["all", "labels"] > 50
    outcome = estimate(run, labeled, "--annotator", "ben")
    assert "'ben' has answered nothing" in outcome.error


def disagree(world, bad) -> int:
    """Two readers label all; the second turns every ninth answer round."""
    store = LabelStore(world.store)
    turned = 0
    for name in ("anna", "ben"):
        queue = LabelQueue(
            store, Codebook.load(), name, store.designs[0], labels_per_item=2
        )
        for place in range(150):
            item = queue.next()
            other = name == "ben" and place % 9 == 0
            turned += other
            is_bad = (item.listing_id in bad) != other
            queue.submit(item, COUNTERFEIT if is_bad else NOTHING)
    store.close()
    return turned


def test_disagreement_of_readers_is_named_counted_bounded_and_decided(run, world, bad):
    turned = disagree(world, bad)
    outcome, table = by_cohort(run, world)
    rows, whole = gold(world), table.loc["all"]
    assert (rows["status"] == "disagreement").sum() == turned == 17
    measure = rows["role"] == "measure"
    mine = (measure & (rows["status"] == "disagreement")).sum()
    assert (whole["disagreement"], whole["nonresponse"]) == (mine, 0)
    assert whole["worst_low"] < whole["low"] and whole["worst_high"] > whole["high"]
    assert f"Readers disagree on {mine} listings, which this leaves out" in outcome.told
    assert "17 on which readers disagree, 0 skipped" in outcome.told
    assert "Disagree" in outcome.out and "Worst case" in outcome.out
    assert "iprseg label STORE --annotator LEAD --lead" in outcome.told
    told = run("label", world.store, "--annotator", "lea", "--no-open", "--lead").told
    assert "17 listings of 17 on which readers disagree left for lea" in told
    (path,) = world.store.parent.glob("decide_*.ipynb")
    assert "decides=True" in path.read_text()
    store = LabelStore(world.store)
    lead = LabelQueue(store, Codebook.load(), "lea", store.designs[0], decides=True)
    while item := lead.next():
        lead.submit(item, COUNTERFEIT if item.listing_id in bad else NOTHING)
    store.close()
    outcome, table = by_cohort(run, world)
    assert table["disagreement"].eq(0).all()
    assert "Readers disagree" not in outcome.out and "Worst case" not in outcome.out
    own = run("label", world.store, "--annotator", "anna", "--no-open", "--lead").told
    assert "0 listings of 0 on which readers disagree left for anna" in own
