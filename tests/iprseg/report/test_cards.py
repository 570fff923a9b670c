"""The page of signal cards: all that is known, nothing that is not, hostile text inert."""

import datetime

import numpy as np
import pandas as pd
import pytest

from iprseg.errors import IprsegError, TableError
from iprseg.report import write_signal_cards
from iprseg.signals import signal_cards
from tests.iprseg.report.page import Page
from tests.iprseg.report.small_report import HOSTILE

DAY = datetime.date(2024, 5, 1)


def world(n=400):
    """Signals, labels and sellers of rows with a known signal and one that is absent."""
    rng = np.random.default_rng(0)
    ids = pd.Index([f"L{i}" for i in range(n)], name="listing_id")
    positive = rng.random(n) < 0.2
    hits = rng.poisson(0.2 + 1.5 * positive).astype(float)
    signals = pd.DataFrame(
        {
            "A07_replica_lexicon_hit": hits,
            "B05_discount_depth": np.where(rng.random(n) < 0.4, np.nan, rng.random(n)),
            "G04_violative_share": hits * 2,
            "B01_price_ratio_msrp": np.nan,
        },
        index=ids,
    )
    reasons = signals.isna().replace({True: "value_missing: list_price", False: ""})
    reasons["B01_price_ratio_msrp"] = "table_absent: brand_catalogue"
    sellers = pd.Series(np.arange(n) % 40, index=ids)
    return signals, reasons, pd.Series(positive, index=ids), sellers


def make(labels=True, **options):
    signals, reasons, truth, sellers = world()
    truth = truth if labels else None
    return signal_cards(signals, truth, sellers, reasons=reasons, **options)


def page(tmp_path, cards, **options):
    path = write_signal_cards(tmp_path / "cards.html", cards, date=DAY, **options)
    return Page(path.read_text(encoding="utf-8"))


def test_the_surest_signal_stands_first_with_its_numbers(tmp_path):
    cards = make()
    shown = page(tmp_path, cards)
    first, second = shown.tables[0][:2]
    assert "Replica wording A07_replica_lexicon_hit" in first["name"][0]
    assert "G04_violative_share leak risk" in second["name"][0]
    low = cards.loc["A07_replica_lexicon_hit", "auc_low"]
    assert first["AUC"][1] == str(round(low, 4))
    assert f"{low:.2f} to" in first["AUC"][0]
    assert "Says nearly the same as G04_violative_share" in shown.text


def test_a_card_says_what_a_signal_is_and_why_it_is_missing(tmp_path):
    text = page(tmp_path, make()).text
    for words in ("1 - price / list_price", "domain-spec 3 B05", "higher is riskier"):
        assert words in text
    assert "Missing: value missing: list_price (" in text
    assert "nan" not in text.lower().replace("finance", "")


def test_what_is_absent_is_named_with_its_reason(tmp_path):
    text = page(tmp_path, make()).text
    absent = text[text.index("Without a value A signal") :]
    assert "B01_price_ratio_msrp table absent: brand_catalogue" in absent
    # the catalogue knows of it, and no table has a column for it
    assert "F07_qa_price_haggle not built: the tables have no columns" in absent
    assert "F08_chargeback_rate" not in absent  # of sellers


def test_without_labels_nothing_is_said_of_worth(tmp_path):
    shown = page(tmp_path, make(labels=False))
    assert "No labels were given" in shown.text
    assert "What it is worth" not in shown.text and "AUC" not in str(shown.tables)


def test_an_earlier_period_is_named(tmp_path):
    text = page(tmp_path, make(before=world()[0]), reference="2024-03-01").text
    assert "Since 2024-03-01 PSI 0.00; chance alone stays below" in text
    assert "Known for 100 % of 400 listings (before: 100 %)." in text
    assert "Since" not in page(tmp_path, make()).text


def test_groups_show_a_number_or_why_there_is_none(tmp_path):
    signals, _, truth, sellers = world()
    market = pd.Series(["BR"] * 350 + ["MX"] * 50, index=signals.index, name="market")
    of_few = truth.where(
        (market == "BR") | (truth.index.isin([f"L{i}" for i in range(355)]))
    )
    groups = signal_cards(signals, of_few, sellers, by=market)
    text = page(tmp_path, make(), groups=groups).text
    assert "By market Market Known AUC Lift, top 10 % BR 100 %" in text
    assert "MX 100 % fewer than 10 sellers with a label" in text


def test_text_of_the_tables_never_becomes_markup(tmp_path):
    signals, reasons, truth, sellers = world()
    names = dict(zip(signals.columns, HOSTILE, strict=False))
    reasons = reasons.rename(columns=names).replace(
        {"value_missing: list_price": HOSTILE[1]}
    )
    signals = signals.rename(columns=names)
    place = pd.Series(HOSTILE[:2] * 200, index=signals.index, name=HOSTILE[2])
    cards = signal_cards(signals, truth, sellers, reasons=reasons)
    groups = signal_cards(signals, truth, sellers, by=place)
    shown = page(
        tmp_path,
        cards,
        groups=groups,
        title=HOSTILE[0],
        facts={HOSTILE[1]: HOSTILE[2]},
        reference=HOSTILE[0],
    )
    tags = [tag for tag, _ in shown.tags]
    assert tags.count("script") == 1 and tags.count("style") == 1 and "img" not in tags
    assert not any(key.startswith("on") for _, attrs in shown.tags for key in attrs)
    assert "\u202e" not in shown.text and "document.title = 'owned'" in shown.text


def test_nothing_is_loaded_and_every_link_leads_somewhere(tmp_path):
    shown = page(tmp_path, make())
    ids = [attrs["id"] for _, attrs in shown.tags if "id" in attrs]
    links = [attrs["href"] for tag, attrs in shown.tags if tag == "a"]
    assert len(ids) == len(set(ids)) and {one[1:] for one in links} <= set(ids)
    assert not any("src" in attrs for _, attrs in shown.tags)
    policy = next(a["content"] for t, a in shown.tags if "http-equiv" in a)
    assert "default-src 'none'" in policy and "unsafe" not in policy


def test_cards_of_nothing_are_a_page_too(tmp_path):
    cards = signal_cards(pd.DataFrame({"A07_replica_lexicon_hit": np.zeros(0)}))
    assert "No signal has a value" in page(tmp_path, cards).text


def test_what_is_no_table_of_cards_is_refused(tmp_path):
    with pytest.raises(TableError, match="The table of cards needs the column"):
        page(tmp_path, pd.DataFrame({"auc": [0.5]}))
    with pytest.raises(TableError, match="The table of cards by group needs"):
        page(tmp_path, make(), groups=pd.DataFrame({"auc": [0.5]}))
    with pytest.raises(IprsegError, match="does not exist: create it first"):
        write_signal_cards(tmp_path / "none" / "x.html", make())
    with pytest.raises(IprsegError, match="'level' parameter of write_signal_cards"):
        page(tmp_path, make(), level="shop")
