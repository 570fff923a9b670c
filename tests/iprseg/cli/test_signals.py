"""`iprseg signals`: the list and the card of one."""

import pytest

from iprseg.signals import signal_catalogue


def test_the_list_names_every_signal(run):
    outcome = run("signals", "list")
    assert outcome.code == 0, outcome.err
    missing = [key for key in signal_catalogue().index if key not in outcome.out]
    assert missing == []


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
    outcome = run("signals", "card", "A07", labeled.tables, "--gold", labeled.store)
    assert outcome.code == 0, outcome.err
    assert "known for 100 % of 400 listings" in outcome.told
    assert "ranks above another listing in" in outcome.told


def test_a_signal_without_its_columns_says_so(run, labeled):
    outcome = run("signals", "card", "F02", labeled.tables)
    assert outcome.code == 0, outcome.err
    assert "known for 0 %" in outcome.told


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("card", "Z99"), "There is no signal 'Z99'"),
        (("card", "A07", "--gold", "x.db"), "give PATH too"),
        (("list", "--level", "shop"), "'level' parameter of iprseg signals list"),
        (("list", "--family", "shop"), "'family' parameter of iprseg signals list"),
    ],
)
def test_errors_are_one_sentence(run, words, sentence):
    outcome = run("signals", *words)
    assert outcome.code == 2
    assert sentence in outcome.error
