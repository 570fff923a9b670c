"""`iprseg signals`: the list and the card of one."""

import pytest

from iprseg.signals import signal_catalogue


def test_the_list_names_every_signal(run):
    outcome = run("signals", "list")
    assert outcome.code == 0, outcome.err
    missing = [key for key in signal_catalogue().index if key not in outcome.out]
    assert missing == []


def test_the_list_says_which_signals_cohorts_are_found_by(run):
    told = run("signals", "list").told
    assert "28 of them (grouping: yes) shape cohorts" in told
    assert "grouping" in told.split("A01")[0]


def test_the_list_of_a_level_and_a_family(run):
    outcome = run("signals", "list", "--level", "seller", "--family", "history")
    assert outcome.code == 0, outcome.err
    assert "G03" in outcome.out
    assert "A07" not in outcome.out
    assert "G09" not in outcome.out  # of rights owners


def test_a_card_says_what_a_signal_is(run):
    outcome = run("signals", "card", "a07")
    assert outcome.code == 0, outcome.err
    for word in ("replica_lexicon_hit", "formula", "rationale", "T1"):
        assert word in outcome.out
    assert "nan" not in outcome.out.lower()


def test_a_card_with_tables_and_labels_says_what_it_is_worth(run, labeled):
    outcome = run("signals", "card", "A07", labeled.tables, "--labels", labeled.store)
    assert outcome.code == 0, outcome.err
    assert "known for 100 % of 400 listings" in outcome.told
    assert "ranks above another listing in" in outcome.told


def test_a_signal_without_its_columns_says_so(run, labeled):
    outcome = run("signals", "card", "F02", labeled.tables)
    assert outcome.code == 0, outcome.err
    assert "known for 0 %" in outcome.told


def test_one_card_as_a_page(run, labeled, tmp_path):
    out = tmp_path / "new" / "a07.html"
    words = ("--labels", labeled.store, "--before", "2025-01-01", "--out", out)
    outcome = run("signals", "card", "A07_replica", labeled.tables, *words)
    assert outcome.code == 0, outcome.err
    assert "Population stability index" in outcome.told
    page = out.read_text(encoding="utf-8")
    assert page.count("<article") == 1 and "Since 2025-01-01" in page
    assert "labels.db, violations of any severity" in page


def test_the_cards_of_all_as_a_page(run, labeled, tmp_path):
    out = tmp_path / "cards.html"
    outcome = run(
        "signals", "cards", labeled.tables, "--labels", labeled.store, "--out", out
    )
    assert outcome.code == 0, outcome.err
    assert "page says why others have none" in outcome.told
    assert "tell suspected violations apart" in outcome.told
    page = out.read_text(encoding="utf-8")
    assert "table absent: reviews" in page and "By market, language, script" in page


def test_labels_count_as_they_were_drawn(labeled):
    """Weights add up to the listings of each stratum."""
    from iprseg.cli.signals import select_labels
    from labeling.labels import read_labels_with_titles

    labels = read_labels_with_titles(labeled.store)
    listings = labeled.listings.set_index("listing_id")
    truth, sellers, weights = select_labels(labels, listings, "listing")
    assert truth.notna().all() and sellers.equals(listings["seller_id"])
    stratum = labels.labels["stratum"].reindex(weights.index)
    sizes = {name: one.frame_listings for name, one in labels.designs[0].strata.items()}
    assert weights.groupby(stratum).sum().to_dict() == pytest.approx(sizes)
    assert weights.sum() == pytest.approx(400)


def test_a_family_that_is_of_no_such_level(run):
    outcome = run("signals", "list", "--level", "creator", "--family", "text")
    assert outcome.code == 0 and "No signal of the family text" in outcome.out


@pytest.mark.parametrize("name", ["a07", " A07 ", "A07_replica_lexicon_hit", "A07_x"])
def test_an_id_is_known_however_it_is_written(run, name):
    outcome = run("signals", "card", name)
    assert outcome.code == 0 and "replica_lexicon_hit" in outcome.out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("card", "Z99"), "There is no signal 'Z99'"),
        (("card", ""), "There is no signal ''"),
        (("card", "[red]\x1b[31m"), "There is no signal"),
        (("card", "A07", "--out", "x.html"), "give PATH too"),
        (("card", "A07", "--before", "2025-01-01"), "give PATH too"),
        (("card", "A07", "--level", "seller"), "must be one of 'listing'; got"),
        (("card", "A07", "x", "--before", "soon"), "--before must be a date"),
        (("card", "A07", "no_such_folder"), "no_such_folder"),
        (("cards", "no_such_folder"), "no_such_folder"),
        (("cards", "x", "--out", "."), "is a folder: give the path of a page"),
        (
            ("cards", "x", "--level", "shop"),
            "'level' parameter of iprseg signals cards",
        ),
        (("card", "A07", "--labels", "x.db"), "give PATH too"),
        (("list", "--level", "shop"), "'level' parameter of iprseg signals list"),
        (("list", "--family", "shop"), "'family' parameter of iprseg signals list"),
    ],
)
def test_errors_are_one_sentence(run, words, sentence, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    outcome = run("signals", *words)
    assert outcome.code == 2
    assert sentence in outcome.error
    assert "\x1b" not in outcome.error
