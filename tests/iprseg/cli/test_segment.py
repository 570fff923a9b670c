"""`iprseg segment` on good tables and on every bad one a user may bring."""

import duckdb
import pandas as pd
import pytest

from iprseg import CohortEdits, find_cohorts, read_marketplace
from iprseg.simulate import make_marketplace


def tables(n_listings: int = 120, n_sellers: int = 20) -> dict[str, pd.DataFrame]:
    made = make_marketplace(n_listings, n_sellers, random_state=3).tables
    return {name: made[name] for name in ("listings", "sellers")}


@pytest.fixture
def folder(tmp_path):
    def write(changed: dict[str, pd.DataFrame]):
        for name, frame in changed.items():
            frame.to_csv(tmp_path / f"{name}.csv", index=False)
        return tmp_path

    return write


def segment(run, path, tmp_path, *options):
    quick = ("--stability", "0")  # of two, the last holds
    return run("segment", path, "--out", tmp_path / "out", *quick, *options)


@pytest.mark.text
def test_every_output_is_written_and_agrees(run, folder, tmp_path):
    made = tables()
    outcome = segment(run, folder(made), tmp_path)
    assert outcome.code == 0, outcome.err
    out = tmp_path / "out"
    assigned = pd.read_parquet(out / "assignments.parquet")
    signals = pd.read_parquet(out / "signals.parquet")
    cohorts = pd.read_parquet(out / "cohorts.parquet")
    ids = set(made["listings"]["listing_id"])
    assert set(assigned["entity_id"]) == set(signals["listing_id"]) == ids
    assert set(assigned["cohort"]) == set(cohorts["cohort"])
    assert cohorts["size"].sum() == len(ids)
    sheet = pd.read_csv(out / "cohorts.csv").set_index("cohort")
    assert sheet["size"].to_dict() == cohorts.set_index("cohort")["size"].to_dict()
    assert set(sheet["stability"]) == {"not measured"}
    assert sheet["set_apart_by"].drop(-1, errors="ignore").str.contains(" %").all()
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "Suspected, not proven" in page
    assert "http://" not in page.replace("http://www.w3.org", "")


@pytest.mark.text
def test_the_least_size_of_a_cohort_can_be_chosen(run, folder, tmp_path):
    made = folder(tables(400, 60))
    outcome = segment(run, made, tmp_path, "--min-cohort-size", "40")
    assert outcome.code == 0, outcome.err
    sheet = pd.read_csv(tmp_path / "out/cohorts.csv").set_index("cohort")
    assert sheet["size"].drop(-1, errors="ignore").min() >= 40
    alone = set(pd.read_csv(tmp_path / "out/outliers.csv")["id"])
    now = pd.read_parquet(tmp_path / "out/assignments.parquet").set_index("entity_id")
    assert alone and -1 in set(now.loc[list(alone), "cohort"])
    assert f"{len(alone)} listings stand out by themselves" in outcome.told


def test_a_least_size_that_is_none_is_refused(run, folder, tmp_path):
    outcome = segment(run, folder(tables()), tmp_path, "--min-cohort-size", "1")
    assert "'min-cohort-size' parameter of iprseg segment" in outcome.error
    assert "must be a number >= 2; got 1" in outcome.error


@pytest.mark.text
def test_verdicts_are_in_every_file_and_what_was_merged_stays_merged(
    run, folder, tmp_path
):
    made = folder(tables(300, 40))
    found = find_cohorts(read_marketplace(made))
    names = sorted(set(found.assignments) - {-1})[:2]
    edits = CohortEdits().merge(found.segmenter, found.features, names)
    edits.save(tmp_path / "edits.json")
    options = ("--edits", tmp_path / "edits.json", "--stability", "2")
    outcome = segment(run, made, tmp_path, *options)
    assert outcome.code == 0, outcome.err
    told = "when half of the sellers are drawn, 2 times"
    assert told in outcome.told
    assert told in (tmp_path / "out/report.html").read_text(encoding="utf-8")
    cohorts = pd.read_parquet(tmp_path / "out/cohorts.parquet").set_index("cohort")
    known = {"stable", "moves with the sample", "dissolves", "not known"}
    assert set(cohorts["stability"].drop(-1, errors="ignore")) <= known
    now = pd.read_parquet(tmp_path / "out/assignments.parquet").set_index("entity_id")
    verdicts = now.drop_duplicates("cohort").set_index("cohort")["stability"]
    assert verdicts.to_dict() == cohorts["stability"].to_dict()
    sheet = pd.read_csv(tmp_path / "out/cohorts.csv").set_index("cohort")
    assert sheet["stability"].fillna("").to_dict() == verdicts.to_dict()
    merged = found.assignments.index[found.assignments.isin(names)]
    assert now.loc[merged, "cohort"].unique().tolist() == names[:1]


def test_edits_that_are_none_are_refused_before_any_work(run, folder, tmp_path):
    outcome = segment(run, folder(tables()), tmp_path, "--edits", tmp_path / "none")
    assert "cannot be read" in outcome.error
    assert not (tmp_path / "out").exists()


@pytest.mark.text
def test_the_rules_run_as_sql_on_the_files_written(run, folder, tmp_path):
    assert segment(run, folder(tables(900, 90)), tmp_path).code == 0
    out = tmp_path / "out"
    cohorts = pd.read_parquet(out / "cohorts.parquet")
    rules = cohorts.loc[cohorts["rule_sql"].fillna("") != "", "rule_sql"]
    assert len(rules)
    with duckdb.connect() as database:
        database.execute(
            f"CREATE VIEW signals AS SELECT * FROM '{out}/signals.parquet'"
        )
        database.execute(
            f"CREATE VIEW listings AS SELECT * FROM '{folder({})}/listings.csv'"
        )
        found = [len(database.execute(rule).fetchall()) for rule in rules]
    assert all(found)


@pytest.mark.text
def test_sellers_can_be_segmented(run, folder, tmp_path):
    outcome = segment(run, folder(tables(400, 60)), tmp_path, "--level", "seller")
    assert outcome.code == 0, outcome.err
    assigned = pd.read_parquet(tmp_path / "out" / "assignments.parquet")
    assert set(assigned["level"]) == {"seller"}
    assert len(assigned) == 60


def test_sellers_without_seller_id_are_refused(run, folder, tmp_path):
    made = tables()
    bare = {"listings": made["listings"].drop(columns="seller_id")}
    outcome = segment(run, folder(bare), tmp_path, "--level", "seller")
    assert outcome.code == 2
    assert "no seller_id" in outcome.err
    assert "Traceback" not in outcome.err


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--level", "shop"), "'level' parameter of iprseg segment must be one of"),
        (("--method", "magic"), "'method' parameter of iprseg segment must be one of"),
        (("--mapping", "absent.yaml"), "absent.yaml"),
        (("--brands", "absent.csv"), "absent.csv"),
        (("--key-file", "absent.key"), "absent.key"),
    ],
)
def test_a_wrong_option_is_one_sentence(run, folder, tmp_path, options, sentence):
    made = make_marketplace(60, 10, random_state=3).tables
    kept = ["listings", "sellers"]
    if "--key-file" in options:  # a key is asked for only where there are identities
        kept.append("seller_identity")
    outcome = segment(run, folder({k: made[k] for k in kept}), tmp_path, *options)
    assert outcome.code == 2
    assert sentence in " ".join(outcome.err.split())
    assert "Traceback" not in outcome.err


def test_a_wrong_path_is_one_sentence(run, tmp_path):
    outcome = segment(run, tmp_path / "nowhere", tmp_path)
    assert outcome.code == 2
    assert "nowhere" in outcome.err
    assert "Traceback" not in outcome.err


def test_an_output_folder_that_is_a_file_is_one_sentence(run, folder, tmp_path):
    (tmp_path / "taken").write_text("x")
    outcome = run("segment", folder(tables()), "--out", tmp_path / "taken")
    assert outcome.code == 2
    assert "choose another with --out" in outcome.err


def listings(**changes) -> pd.DataFrame:
    return tables()["listings"].assign(**changes)


ODD = {
    "one row": lambda: listings().head(1),
    "fewer rows than a cohort": lambda: listings().head(6),
    "all titles equal": lambda: listings(title="Phone case"),
    "a price of N/A": lambda: listings(price="N/A"),
    "no category": lambda: listings().drop(columns="category_path"),
    "titles and ids only": lambda: listings()[["listing_id", "title"]],
    "a title of ten million characters": lambda: listings(
        title=["x" * 10_000_000, *listings()["title"][1:]]
    ),
    "hostile titles": lambda: listings(
        title=[
            "<script>alert(1)</script>",
            "=cmd|'/C calc'!A0",
            "\u202egnp.exe",
            *listings()["title"][3:],
        ]
    ),
}


@pytest.mark.text
@pytest.mark.parametrize("name", ODD)
def test_odd_listings_give_a_right_result(run, folder, tmp_path, name):
    frame = ODD[name]()
    outcome = segment(run, folder({"listings": frame}), tmp_path)
    assert outcome.code == 0, outcome.err
    assigned = pd.read_parquet(tmp_path / "out" / "assignments.parquet")
    assert len(assigned) == len(frame)
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "<script>alert(1)</script>" not in page
    assert len(page) < 5_000_000


@pytest.mark.text
def test_two_listings_of_one_id_are_told(run, folder, tmp_path):
    frame = listings()
    frame.loc[1, "listing_id"] = frame.loc[0, "listing_id"]
    outcome = segment(run, folder({"listings": frame}), tmp_path)
    assert outcome.code == 0, outcome.err
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assigned = pd.read_parquet(tmp_path / "out" / "assignments.parquet")
    assert len(assigned) == len(frame) - 1
    assert "set aside" in page


def test_no_listing_at_all_is_refused(run, folder, tmp_path):
    outcome = segment(run, folder({"listings": listings().head(0)}), tmp_path)
    assert outcome.code == 2
    assert "Traceback" not in outcome.err
    assert "listings" in outcome.err
