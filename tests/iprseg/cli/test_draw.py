"""`iprseg draw`: what it draws, and what it refuses."""

import json
import re

import pandas as pd
import pytest

from iprseg.cli.cards import build_origins
from labeling import Codebook, LabelQueue, LabelStore
from labeling.content import build_card_item
from tests.iprseg.cli.conftest import write_cohorts
from tests.iprseg.cli.drawn import designs, draw, gold


def test_every_cohort_gets_its_part_of_a_recorded_sample(run, made, tmp_path):
    store = tmp_path / "new/labels.db"
    outcome = draw(run, made, store, "--cohorts", made.cohorts, "--n", "150")
    assert outcome.code == 0, outcome.err
    (design,) = designs(store)
    assert (design.unit, design.frame_id, design.seed) == ("listing", "tables", 0)
    assert sum(one.frame_listings for one in design.strata.values()) == 400
    assert design == designs(made.store)[0]  # the same seed, the same sample
    rows = gold(store)
    assert len(rows) == 150
    assert set(rows["role"]) == {"measure"}  # none is kept to shape unless asked for
    assert set(rows["seller_id"]) <= set(made.listings["seller_id"])
    # cohorts 1 and 2 are a fifth of the listings each and more of the sample
    assert (rows["stratum"].value_counts()[["1", "2"]] > 40).all()


def test_what_is_printed_says_the_design_the_parts_and_what_to_type_next(
    run, made, tmp_path
):
    store = tmp_path / "my labels.db"
    outcome = draw(run, made, store, "--cohorts", made.cohorts, "--n", "150")
    (design,) = designs(store)
    assert design.design_id in outcome.out
    lines = outcome.out.splitlines()
    assert max(map(len, lines[:-1])) <= 80  # a command is not broken
    (row,) = [line for line in lines if "Bags naming a brand" in line]
    rows = gold(store)
    cohort = rows[rows["stratum"] == "1"]
    measuring = (cohort["role"] == "measure").sum()
    assert row.split()[-3:] == ["80", str(len(cohort)), str(measuring)]
    assert lines[-1] == f"Next: iprseg label '{store}' --annotator NAME"


def test_a_hostile_name_is_shown_and_not_obeyed(run, made, tmp_path):
    outcome = draw(run, made, tmp_path / "l.db", "--cohorts", made.cohorts)
    assert "=HYPERLINK" in outcome.out
    assert "[bold]" in outcome.out
    assert "\x1b[31m" not in outcome.out
    assert "\u202e" not in outcome.out


def test_the_cards_show_text_price_signals_and_brand_words(made, world):
    labels = LabelStore(world.store)
    queue = LabelQueue(labels, Codebook.load(), "reader")
    titles = made.listings.set_index("listing_id")["title"]
    cards = {item.listing_id: item.content for item in queue.peek(150)}
    labels.close()
    assert len(cards) == 150
    assert all(card["title"] == titles[name] for name, card in cards.items())
    assert any(card.get("evidence") for card in cards.values())
    signals = [one for card in cards.values() for one in card["signals"]]
    raised = {one["name"] for one in signals if "value" in one}
    assert {"replica wording", "discount from the list price"} <= raised
    assert all(one.get("reason") for one in signals if "value" not in one)
    text = json.dumps(list(cards.values()))
    assert "inclusion_prob" not in text and "stratum" not in text


def test_a_half_width_chooses_how_many(run, made, tmp_path):
    store = tmp_path / "l.db"
    # Cochran: 384.1 / (1 + 384.1 / 400) = 195.97 labels for 5 points of 400 listings
    outcome = draw(run, made, store, "--half-width", "0.05", "--shape-share", "0")
    assert outcome.code == 0, outcome.err
    assert "For ± 5.0 points: 196 labels that measure" in outcome.told
    assert len(gold(store)) == 196


def test_labels_that_shape_are_added_to_those_that_measure(run, made, tmp_path):
    half = ("--half-width", "0.1", "--shape-share", "0.5")
    outcome = draw(run, made, tmp_path / "l.db", *half)
    assert "78 labels that measure" in outcome.told  # 96.04 / (1 + 96.04 / 400)
    assert "so 156 of 400 listings are drawn" in outcome.told


def test_cohorts_of_sellers_give_each_listing_its_sellers(run, made, tmp_path):
    store = tmp_path / "l.db"
    options = ("--cohorts", made.cohorts, "--level", "seller", "--unit", "seller")
    outcome = draw(run, made, store, *options, "--n", "30")
    assert outcome.code == 0, outcome.err
    sellers = list(made.listings["seller_id"].unique())
    rows = gold(store)
    assert rows["seller_id"].nunique() == 30
    assert all(
        stratum.startswith(f"{sellers.index(seller) % 2} | sellers of")
        for seller, stratum in zip(rows["seller_id"], rows["stratum"], strict=True)
    )


def test_cohorts_too_small_for_a_part_of_their_own_share_one(run, made, tmp_path):
    store = tmp_path / "l.db"
    outcome = draw(run, made, store, "--cohorts", made.cohorts, "--n", "150")
    assert "Drawn as one, so that labels reach every part: 0, -1." in outcome.told
    assert set(gold(store)["stratum"]) == {"1", "2", "others"}
    assert "whatever --n: -1 (fewer than 5 listings)" in outcome.told
    assert "A larger --n" not in outcome.told
    again = draw(run, made, store, "--cohorts", made.cohorts, "--n", "150")
    assert "0, -1. So it was in the first wave." in again.told


def test_a_larger_n_is_advised_only_where_it_helps(run, made, tmp_path):
    few = ("--cohorts", made.cohorts, "--n", "12")
    outcome = draw(run, made, tmp_path / "l.db", *few)
    assert "A larger --n gives more cohorts a part of their own" in outcome.told
    assert "but not -1" in outcome.told
    even = draw(run, made, tmp_path / "e.db", *few, "--explore", "1")
    assert "With --explore 1 no cohort gets a part of its own" in even.told


def test_what_cannot_be_known_and_what_is_known_exactly_are_told(run, made, tmp_path):
    one = draw(run, made, tmp_path / "one.db", "--n", "2")
    assert "So few labels say next to nothing" in one.told
    every = draw(run, made, tmp_path / "all.db", "--n", "400")
    assert "Every listing is drawn" in every.told
    assert "±" not in one.told + every.told


def test_a_date_leaves_out_what_came_later(run, made, tmp_path):
    store = tmp_path / "l.db"
    born = pd.to_datetime(made.listings["created_at"], utc=True)
    day = born.median().floor("D")
    options = ("--cohorts", made.cohorts, "--n", "60", "--as-of", f"{day:%Y-%m-%d}")
    outcome = draw(run, made, store, *options)
    assert outcome.code == 0, outcome.err
    (design,) = designs(store)
    assert (
        sum(one.frame_listings for one in design.strata.values()) == (born < day).sum()
    )
    assert design.as_of.startswith(f"{day:%Y-%m-%d}T00:00:00")
    again = draw(
        run, made, store, *options[:-1], f"{day:%d %B %Y}"
    )  # written otherwise
    assert "nothing was changed" in again.told


def test_a_date_that_nothing_bears_out_is_recorded_and_told(run, made, tmp_path):
    made.listings[["listing_id", "title"]].to_csv(tmp_path / "t.csv", index=False)
    store = tmp_path / "l.db"
    outcome = run("draw", tmp_path / "t.csv", "--store", store, "--as-of", "2026-03-31")
    assert outcome.code == 0, outcome.err
    assert "only recorded" in outcome.err
    assert designs(store)[0].as_of.startswith("2026-03-31")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--n", "401"), "asks for 401 units and the frame has 400 left"),
        (("--n", "0"), "'n' parameter of iprseg draw must be a number >= 1"),
        (("--n", "5", "--half-width", "0.1"), "give one of them"),
        (("--half-width", "0.7"), "'half_width' parameter"),
        (("--half-width", "0.1", "--unit", "seller"), "say how many sellers with --n"),
        (("--half-width", "0.1", "--shape-share", "1"), "no label measures"),
        (("--shape-share", "1"), "there would never be a rate"),
        (("--explore", "1.5"), "'explore' parameter of iprseg draw must be"),
        (("--shape-share", "-1"), "'shape-share' parameter of iprseg draw must be"),
        (("--unit", "shop"), "must be one of 'listing', 'seller'"),
        (("--listings-per-seller", "2"), "is for --unit seller"),
        (("--seed", "-1"), "'seed' parameter of iprseg draw"),
        (("--as-of", "soon"), "must be a time such as"),
        (("--as-of", "1999-01-01"), "no listing from before 1999-01-01"),
        (("--level", "listing"), "give --cohorts DIR too"),
        (("--brands", "absent.csv"), "absent.csv"),
        (("--mapping", "absent.yaml"), "absent.yaml"),
    ],
)
def test_a_wrong_option_is_one_sentence_and_leaves_no_store(
    run, made, tmp_path, options, sentence
):
    outcome = draw(run, made, tmp_path / "l.db", *options)
    assert sentence in " ".join(outcome.error.split())
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_path_is_one_sentence(run, tmp_path):
    outcome = run("draw", tmp_path / "nowhere", "--store", tmp_path / "l.db")
    assert "nowhere" in outcome.error
    assert list(tmp_path.iterdir()) == []


def test_cohorts_of_sellers_need_sellers(run, made, tmp_path):
    bare = made.listings.drop(columns="seller_id")
    bare.to_csv(tmp_path / "t.csv", index=False)
    options = ("--cohorts", made.cohorts, "--level", "seller")
    outcome = run("draw", tmp_path / "t.csv", "--store", tmp_path / "l.db", *options)
    assert "have no seller_id" in outcome.error
    drawn = run(
        "draw", tmp_path / "t.csv", "--store", tmp_path / "l.db", "--unit", "seller"
    )
    assert "'seller_id'" in drawn.error


def test_sellers_cannot_be_drawn_by_cohorts_of_listings(run, made, tmp_path):
    options = ("--cohorts", made.cohorts, "--unit", "seller", "--level", "listing")
    outcome = draw(run, made, tmp_path / "l.db", *options)
    assert "use cohorts of sellers (--level seller)" in outcome.error


def test_a_listing_of_unknown_seller_is_drawn_too(run, made, tmp_path):
    listings = made.listings.copy()
    listings.loc[:19, "seller_id"] = None
    listings.to_csv(tmp_path / "t.csv", index=False)
    write_cohorts(tmp_path / "c", listings)
    options = ("--cohorts", tmp_path / "c", "--level", "seller", "--n", "200")
    outcome = run("draw", tmp_path / "t.csv", "--store", tmp_path / "l.db", *options)
    assert outcome.code == 0, outcome.err
    assert "of unknown seller" in outcome.out
    assert gold(tmp_path / "l.db")["seller_id"].isna().any()


def test_cohorts_of_other_tables_are_refused_with_their_number(run, made, tmp_path):
    other = made.listings.assign(listing_id=[f"X{i}" for i in range(400)])
    write_cohorts(tmp_path / "c", pd.concat([other.head(7), made.listings.tail(393)]))
    outcome = draw(run, made, tmp_path / "l.db", "--cohorts", tmp_path / "c")
    assert "7 of 400 listings" in outcome.error
    assert "have no cohort" in outcome.error
    assert not (tmp_path / "l.db").exists()


def test_a_card_says_id_seller_link_and_phrases(run, made, tmp_path):
    store = tmp_path / "labels.db"
    template = "https://shop.example/item/{listing_id}?from=iprseg"
    outcome = draw(run, made, store, "--n", "30", "--link-template", template)
    assert outcome.code == 0, outcome.err
    labels = LabelStore(store)
    queue = LabelQueue(labels, Codebook.load(), "anna")
    sellers = made.listings.astype(str).set_index("listing_id")["seller_id"]
    names = set()
    for item in queue.peek(30):
        shown = build_card_item(item)
        assert shown["id"] == item.listing_id
        assert shown["seller"] == sellers[item.listing_id]
        assert shown["link"] == template.replace("{listing_id}", item.listing_id)
        names |= {one["name"] for one in shown["signals"] + shown["missing"]}
    labels.close()
    assert names and not any(re.search(r"\b[A-J]\d\d\b", one) for one in names)


@pytest.mark.parametrize(
    "template",
    [
        "javascript:alert('{listing_id}')",
        "ftp://shop.example/{listing_id}",
        "https://{listing_id}.example/item",
        "https:///item/{listing_id}",
        "https://shop.example\\@evil.example/{listing_id}",
        "https://shop.example/ {listing_id}",
        "https://[shop/{listing_id}",
        "https://shop.example/item",
        "https://shop.example/{listing_id}/{seller_id}",
    ],
)
def test_a_link_that_does_not_lead_to_a_listing_is_refused(
    run, made, tmp_path, template
):
    store = tmp_path / "labels.db"
    outcome = draw(run, made, store, "--n", "30", "--link-template", template)
    assert "--link-template must" in outcome.error
    assert not store.exists()


def test_an_id_of_any_letters_stays_one_part_of_the_link():
    listings = pd.DataFrame(index=["../admin?x=1#y", "чаша & \u202e"])
    links = build_origins(listings, "https://shop.example/item/{listing_id}")["link"]
    assert links.tolist() == [
        "https://shop.example/item/..%2Fadmin%3Fx%3D1%23y",
        "https://shop.example/item/%D1%87%D0%B0%D1%88%D0%B0%20%26%20%E2%80%AE",
    ]
