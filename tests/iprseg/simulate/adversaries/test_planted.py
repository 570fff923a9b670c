"""What each behaviour plants is what its docstring says."""

import json

import numpy as np
import pandas as pd
import pytest

from iprseg.embed.image_hashes import read_hashes
from iprseg.errors import MissingExtraError
from iprseg.simulate import add_adversaries


def truth(simulated, variant: str | None = None) -> pd.DataFrame:
    rows = simulated.truth["adversaries"]
    return rows if variant is None else rows[rows["variant"] == variant]


def by_id(simulated, table: str = "listings") -> pd.DataFrame:
    frame = simulated.tables[table]
    return frame.set_index(frame.columns[0])


def test_the_spelling_of_ad01_stands_in_the_title_and_the_name_does_not(
    planted,
) -> None:
    after = planted("AD01")
    rows = truth(after)
    named = by_id(after, "brands")["name"]
    titles = by_id(after)["title"]
    for row in rows.itertuples():
        assert row.detail.casefold() in titles[row.entity_id].casefold()
        if row.variant not in ("abbreviation", "nickname", "transliteration"):
            plain = named[row.linked_id].casefold()
            assert plain not in titles[row.entity_id].casefold() or len(plain) < 4
    assert by_id(after).loc[rows["entity_id"], "brand_field"].eq("").all()


def test_a_hidden_logo_is_covered_or_late(planted) -> None:
    after = planted("AD02")
    images = after.tables["images"].sort_values("image_id")
    of = dict(list(images.groupby("listing_id")))
    for row in truth(after).itertuples():
        seen = (of[row.entity_id]["logo_detections_json"] != "[]").tolist()
        covered = (of[row.entity_id]["blur_regions"] != "[]").any()
        expected = {
            "covered": (False, True),
            "covered_in_part": (True, True),
            "cropped": (False, covered),
            "late_image": (True, covered),
        }
        assert (any(seen), covered) == expected[row.variant], row.variant
        if row.variant == "late_image":
            assert not seen[0] and seen[-1]


def test_a_decoy_page_names_no_brand_and_shows_the_pictures_of_the_deal(
    planted,
) -> None:
    after = planted("AD03")
    listings, images = by_id(after), after.tables["images"]
    for row in truth(after).itertuples():
        page, deal = listings.loc[row.entity_id], listings.loc[row.linked_id]
        assert page["seller_id"] == deal["seller_id"]
        assert page["title"] != deal["title"] and page["brand_field"] == ""
        shown = (images["listing_id"] == row.entity_id).sum()
        assert shown == (images["listing_id"] == row.linked_id).sum()
        if "variant" in row.variant:
            prices = [one["price"] for one in json.loads(page["variants_json"])]
            assert prices == [page["price"], deal["price"]]


def test_a_relist_comes_within_days_and_looks_the_same(planted) -> None:
    after = planted("AD06")
    listings = by_id(after)
    images = after.tables["images"].groupby("listing_id")["pdq_hex"].first()
    for row in truth(after).itertuples():
        copy, gone = listings.loc[row.entity_id], listings.loc[row.linked_id]
        days = (copy["created_at"] - gone["removed_at"]).days
        assert 0 <= days <= 26 and copy["status"] == "live"
        shop, wording = row.variant.split("/")
        assert (copy["seller_id"] == gone["seller_id"]) == (shop == "own")
        assert (copy["title"] == gone["title"]) == (wording == "same")
        codes, _ = read_hashes([images[row.entity_id], images[row.linked_id]])
        assert np.bitwise_count(codes[0] ^ codes[1]).sum() <= 31


@pytest.mark.parametrize("level", range(4))
def test_a_new_account_keeps_as_many_keys_as_its_level(plain, level) -> None:
    asked = {"AD07": {"share": 0.8, "level": level}}
    after = add_adversaries(plain, asked, 1)
    identity = by_id(after, "seller_identity")
    rows = truth(after, "reregistered")
    kept = {0: 9, 1: 5, 2: 2, 3: 1}[level]
    for row in rows.itertuples():
        new, old = identity.loc[row.entity_id], identity.loc[row.linked_id]
        same = set(new.index[(new == old).to_numpy()])
        assert same == set(row.detail.split(";")) and len(same) == kept
        assert level == 0 or "legal_rep" not in same
    assert len(truth(after, "aged_account"))


def test_bought_praise_is_of_one_day_and_one_ring(plain, planted) -> None:
    after = planted("AD08", 1.0)
    new = after.tables["reviews"].iloc[len(plain.tables["reviews"]) :]
    assert set(new["listing_id"]) == set(truth(after, "seeded")["entity_id"])
    assert new["stars"].eq(5).all()
    spread = new.groupby("listing_id")["ts"].agg(lambda t: t.max() - t.min())
    assert (spread < pd.Timedelta(hours=24)).all()
    count = truth(after, "seeded").set_index("entity_id")["detail"].astype(int)
    assert new["listing_id"].value_counts().to_dict() == count.to_dict()


def test_edited_pictures_have_true_hashes(plain) -> None:
    """Mirroring must be what `turn_hashes` undoes; saving again, what PDQ forgives."""
    asked = {"AD09": {"share": 1.0, "kinds": ["mirror", "save_q30", "crop_20"]}}
    after = add_adversaries(plain, asked, 2)
    hashes = by_id(after, "images")["pdq_hex"]
    far = {}
    for kind, rows in truth(after).groupby("variant"):
        own, _ = read_hashes(hashes[rows["entity_id"]])
        source, _ = read_hashes(hashes[rows["linked_id"]])
        far[kind] = np.bitwise_count(own ^ source).sum(axis=1)
    assert np.median(far["save_q30"]) <= 31
    assert far["mirror"].min() > 31 and np.median(far["crop_20"]) > 31


def test_pictures_need_their_extra(plain, monkeypatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "pdqhash", None)
    with pytest.raises(MissingExtraError, match=r"iprseg\[image\]"):
        add_adversaries(plain, {"AD09": 0.5})


def test_camouflaged_prices_are_near_the_official_one(plain, planted) -> None:
    from iprseg.simulate.vocabulary import load_constants

    after = planted("AD10", 1.0)
    rate = {m["currency"]: float(m["usd_rate"]) for m in load_constants().markets}
    msrp = (
        after.tables["brand_catalogue"].groupby("brand_id")["msrp"].agg(["min", "max"])
    )
    brand = after.truth["listings"].set_index("listing_id")["brand_id"]
    for one in truth(after)["entity_id"]:
        row = by_id(after).loc[one]
        usd = row["price"] / rate[row["currency"]]
        low, high = msrp.loc[brand[one]]
        assert 0.91 * low <= usd <= 1.02 * high
    assert by_id(after).loc[truth(after)["entity_id"], "list_price"].isna().all()


def test_forged_papers_go_by_threes(planted) -> None:
    after = planted("AD11", 1.0)
    doc, rows = by_id(after, "seller_identity")["doc"], truth(after)
    shared = doc[rows["entity_id"]].value_counts()
    assert shared.between(3, 5).all()
    papers = after.tables["authorisations"].groupby("seller_id")["verified"].last()
    letters = rows["variant"] == "forged_letter"
    assert not papers[rows.loc[letters, "entity_id"]].any()
    assert papers[rows.loc[~letters, "entity_id"]].all()


def test_night_is_night_in_the_market(planted) -> None:
    from iprseg.simulate.vocabulary import load_constants

    after = planted("AD12")
    offset = {m["market"]: int(m["utc_offset"]) for m in load_constants().markets}
    rows = by_id(after).loc[truth(after, "off_hours")["entity_id"]]
    local = rows["created_at"] + pd.to_timedelta(rows["market"].map(offset), unit="h")
    assert local.dt.hour.lt(5).all()
    hidden = truth(after, "geo_hidden")
    now = by_id(after).loc[hidden["entity_id"], "market"]
    assert [d.split(" > ")[1] for d in hidden["detail"]] == now.to_list()


def test_probing_is_a_sequence_that_ends_in_a_pass(planted) -> None:
    after = planted("AD13", 1.0)
    listings, scores = by_id(after), after.tables["model_scores"]
    said = scores.set_index("entity_id")
    for last, rows in truth(after).groupby("linked_id"):
        tries = listings.loc[rows["entity_id"]].sort_values("created_at")
        assert (tries["removed_at"] < listings.loc[last, "created_at"]).all()
        steps = said.loc[tries.index, "score"]
        assert steps.is_monotonic_decreasing and (steps >= 0.8).all()
        assert said.loc[last, "decision"] == "accept"
        assert tries["first_live_at"].isna().all()


def test_colluding_labelers_clear_what_others_call_violative(planted) -> None:
    after = planted("AD14")
    labels = after.tables["labels"].set_index("label_id")
    cleared = labels.loc[truth(after, "cleared")["entity_id"]]
    assert cleared["violation_primary"].eq("NO_INFRINGEMENT").all()
    assert set(cleared["annotator_pid"]) == set(truth(after, "colludes")["entity_id"])
    bad = after.truth["listings"].set_index("listing_id")["violative"]
    rest = labels[~labels.index.isin(cleared.index)]
    of_bad = rest[bad[rest["entity_id"]].to_numpy()]
    # 0.92 is what SimulatedLabeler was asked for
    assert of_bad["violation_primary"].ne("NO_INFRINGEMENT").mean() > 0.8


def test_mass_claims_name_honest_sellers_and_mostly_fail(plain, planted) -> None:
    after = planted("AD15")
    claims = truth(after, "mass_claim")
    notices = by_id(after, "notices").loc[claims["entity_id"]]
    assert notices["valid"].mean() < 0.25
    bad = plain.truth["sellers"].set_index("seller_id")["bad"]
    assert not bad[truth(after, "victim")["entity_id"]].any()


def test_a_hijacked_account_turns_to_other_goods(plain, planted) -> None:
    after = planted("AD16")
    before = plain.tables["listings"].groupby("seller_id")["category_path"].agg(set)
    rows = truth(after, "hijacked_listing")
    goods = by_id(after).loc[rows["entity_id"], "category_path"]
    for seller, category in zip(rows["linked_id"], goods, strict=True):
        assert category not in before[seller]
    bank = by_id(after, "seller_identity")["bank"]
    hijacked = bank[truth(after, "hijacked")["entity_id"]]
    assert hijacked.value_counts().max() == 3


@pytest.mark.parametrize("by", ["category", "market", "channel"])
def test_displaced_trade_is_the_same_in_sum(plain, by) -> None:
    after = add_adversaries(plain, {"AD18": {"share": 1.0, "by": by}}, 1)
    bad = [one.truth["listings"]["violative"].sum() for one in (plain, after)]
    assert bad[0] == bad[1]
    listings = by_id(after)
    before = by_id(plain)
    for row in truth(after).itertuples():
        now, old = listings.loc[row.entity_id], before.loc[row.entity_id]
        moved = [c for c in ("category_path", "market") if now[c] != old[c]]
        assert moved == {"category": ["category_path"], "market": ["market"]}.get(
            by, []
        )
    promoted = after.tables["promotions"]["listing_id"]
    assert by != "channel" or truth(after)["entity_id"].isin(promoted).all()


def test_a_jurisdiction_is_one_where_the_mark_is_not_in_force(planted) -> None:
    after = planted("AD19", 1.0)
    marks = after.tables["marks"].set_index(["brand_id", "jurisdiction"])["status"]
    market = by_id(after)["market"]
    for row in truth(after).itertuples():
        place = (row.linked_id, market[row.entity_id])
        assert marks.get(place, "none") == {"expired": "expired"}.get(
            row.variant, "none"
        )


def test_look_alikes_are_half_infringing_in_the_same_words(planted) -> None:
    after = planted("AD20")
    rows = truth(after)
    violative = after.truth["listings"].set_index("listing_id")["violative"]
    assert (
        violative[rows["entity_id"]].to_numpy() == (rows["variant"] == "infringing")
    ).all()
    words = rows.groupby("variant")["detail"].agg(set)
    assert len(words["lawful"] & words["infringing"]) > 10
    labels = after.tables["labels"]
    assert labels["entity_id"].value_counts().eq(3).all()
