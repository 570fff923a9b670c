from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from iprseg.simulate import SimulatedMarketplace
from iprseg.simulate.vocabulary import load_constants
from iprseg.simulate.world import IDENTITY_KEYS

RAW = [key for key in IDENTITY_KEYS if key != "email_stem"]


def violative(simulated: SimulatedMarketplace) -> pd.DataFrame:
    truth = simulated.truth["listings"]
    return truth[truth["violative"]]


def keeps_rising(shares: list[float]) -> bool:
    return all(a < b for a, b in pairwise(shares))


def test_evasion_disguises_more_and_more(evasive: list[SimulatedMarketplace]) -> None:
    rows = [violative(one) for one in evasive]
    for mode in ("obfuscated", "withheld"):
        assert keeps_rising([r["brand_text"].eq(mode).mean() for r in rows]), mode
    assert keeps_rising([r["price_camouflaged"].mean() for r in rows])
    assert keeps_rising([-r["wording"].ne("none").mean() for r in rows])
    assert keeps_rising([-r["brand_text"].eq("as_is").mean() for r in rows])


def test_evasion_hides_brand_fields(evasive: list[SimulatedMarketplace]) -> None:
    shares = []
    for one in evasive:
        rows = violative(one).merge(one.tables["listings"], on="listing_id")
        named = rows["brand_id"].map(one.tables["brands"].set_index("brand_id")["name"])
        shares.append(rows["brand_field"].ne(named).mean())
    assert keeps_rising(shares)


def test_evasion_scrambles_identities_but_never_all(
    evasive: list[SimulatedMarketplace],
) -> None:
    counts = [
        one.truth["networks"]["shared_keys"].str.split(";").str.len() for one in evasive
    ]
    assert keeps_rising([-c.mean() for c in counts])
    assert all((c >= 1).all() for c in counts)


def test_evasion_leaves_the_truth_alone(evasive: list[SimulatedMarketplace]) -> None:
    same = ["listing_id", "cohort", "violation_type", "brand_id", "trap", "relist_of"]
    first = evasive[0].truth
    for one in evasive[1:]:
        pd.testing.assert_frame_equal(one.truth["sellers"], first["sellers"])
        pd.testing.assert_frame_equal(
            one.truth["listings"][same], first["listings"][same]
        )


def test_disguise_is_in_the_title(evasive: list[SimulatedMarketplace]) -> None:
    one = evasive[2]
    rows = one.truth["listings"].merge(one.tables["listings"], on="listing_id")
    name = rows["brand_id"].map(one.tables["brands"].set_index("brand_id")["name"])
    plain = [
        isinstance(n, str) and n.casefold() in title.casefold()
        for n, title in zip(name, rows["title"], strict=True)
    ]
    share = pd.Series(plain).groupby(rows["brand_text"]).mean()
    assert share[["obfuscated", "withheld", "line_only", "none"]].max() < 0.02
    assert share["as_is"] > 0.6  # the rest is in another script or misspelt


def test_honest_resale_has_an_honest_brand_field(usual: SimulatedMarketplace) -> None:
    rows = usual.truth["listings"].merge(usual.tables["listings"], on="listing_id")
    rows = rows[rows["ni_reason"].isin(["NI_GENUINE_NEW", "NI_AUTHORISED"])]
    name = rows["brand_id"].map(usual.tables["brands"].set_index("brand_id")["name"])
    assert rows["brand_field"].eq(name).mean() > 0.9


def test_labels_are_consistent(usual: SimulatedMarketplace) -> None:
    truth, codes = usual.truth["listings"], load_constants().violations
    assert set(truth["violation_type"]) <= set(codes)
    assert (truth["violative"] == truth["violation_type"].ne("NO_INFRINGEMENT")).all()
    assert (truth["violative"] == truth["ni_reason"].isna()).all()
    assert (truth["violative"] == truth["severity"].ne("S0")).all()
    fakes = truth["cohort"].eq("Safety-critical fakes") & truth["violation_type"].eq(
        "TM_COUNTERFEIT"
    )
    assert set(truth.loc[fakes, "severity"]) == {"S4"}


def test_networks_share_exactly_the_keys_named(usual: SimulatedMarketplace) -> None:
    identity = usual.tables["seller_identity"].set_index("seller_id")
    members = usual.truth["networks"]
    assert members["network_id"].nunique() >= 3
    assert (members.groupby("network_id").size() >= 2).all()
    assert "Re-registration network" in set(members["cohort"])
    for _, group in members.groupby("network_id"):
        for key in RAW:
            has = (
                group["shared_keys"]
                .str.split(";")
                .map(lambda keys, key=key: key in keys)
            )
            values = identity.loc[group["seller_id"], key].to_numpy()
            assert len(set(values[has])) <= 1
            assert len(set(values[~has])) == (~has).sum()


def test_identities_are_from_reserved_ranges(usual: SimulatedMarketplace) -> None:
    identity = usual.tables["seller_identity"]
    patterns = {
        "phone": r"\+999 \d{10}",
        "email": r"[A-Za-z]+\d{5}\+\d{6}@example\.com",
        "bank": r"XX00SIMU\d{14}",
        "tax": r"SIM\d{10}",
        "ip": r"2(?:4\d|5[0-4])(?:\.\d{1,3}){3}",
        "doc": r"SIM-DOC-\d{9}",
        "device": r"sim-device-\d{12}",
    }
    for column, pattern in patterns.items():
        assert identity[column].str.fullmatch(pattern).all(), column
    assert identity["phone"].nunique() > 780


BEHAVIOURS = [f"AD{n:02d}" for n in range(1, 21) if n not in (13, 14, 18)]


def test_every_behaviour_has_rows_that_exist(
    evasive: list[SimulatedMarketplace],
) -> None:
    one = evasive[3]
    planted = one.truth["behaviours"]
    assert sorted(planted["behaviour"].unique()) == BEHAVIOURS
    homes = {"listing": "listings", "seller": "sellers", "notice": "notices"}
    for entity, rows in planted.groupby("entity_type"):
        known = one.tables[homes[entity]][f"{entity}_id"]
        assert rows["entity_id"].isin(known).all()
    assert not planted.duplicated().any()


def who(simulated: SimulatedMarketplace, behaviour: str) -> list[str]:
    rows = simulated.truth["behaviours"]
    return rows.loc[rows["behaviour"] == behaviour, "entity_id"].tolist()


def test_relisted_goods_came_back_after_removal(
    evasive: list[SimulatedMarketplace],
) -> None:
    one = evasive[1]
    rows = one.truth["listings"].dropna(subset="relist_of")
    listings = one.tables["listings"].set_index("listing_id")
    again, source = listings.loc[rows["listing_id"]], listings.loc[rows["relist_of"]]
    assert len(rows) >= 10
    assert (again["created_at"].to_numpy() > source["removed_at"].to_numpy()).all()
    for column in ("seller_id", "category_path", "lang"):
        assert (again[column].to_numpy() == source[column].to_numpy()).all()


def bits_apart(a: str, b: str) -> int:
    return (int(a, 16) ^ int(b, 16)).bit_count()


def test_stolen_photographs_match_an_honest_seller(
    evasive: list[SimulatedMarketplace],
) -> None:
    one = evasive[0]
    truth, images = one.truth["listings"], one.tables["images"]
    first = images.drop_duplicates("listing_id").set_index("listing_id")["pdq_hex"]
    stolen = first[
        truth.loc[truth["violation_type"] == "CR_LISTING_MEDIA", "listing_id"]
    ]
    honest = first[truth.loc[truth["cohort"].eq("Ordinary seller"), "listing_id"]]
    near = [
        min(bits_apart(hash_, other) for other in honest) <= 31 for hash_ in stolen[:12]
    ]
    assert np.mean(near) > 0.9  # PDQ's own threshold


def test_bait_titles_named_no_brand_before_the_switch(
    evasive: list[SimulatedMarketplace],
) -> None:
    one = evasive[0]
    versions = one.tables["listing_versions"].set_index(["listing_id", "version"])
    bait = who(one, "AD05")
    before, after = (
        versions.loc[[(i, 1) for i in bait]],
        versions.loc[[(i, 2) for i in bait]],
    )
    assert (before["title"].to_numpy() != after["title"].to_numpy()).mean() > 0.9
    current = one.tables["listings"].set_index("listing_id").loc[bait, "title"]
    assert (after["title"].to_numpy() == current.to_numpy()).all()


def test_abusive_notices_are_invalid_and_appeals_are_won(
    usual: SimulatedMarketplace,
) -> None:
    notices = usual.tables["notices"].set_index("notice_id").loc[who(usual, "AD15")]
    assert len(notices) > 10
    assert not notices["valid"].any()
    assert notices["ro_id"].nunique() <= 3
    outcomes = usual.tables["appeals"]["outcome"].value_counts()
    assert outcomes["overturned"] > outcomes["upheld"] > 0


@pytest.mark.parametrize(
    ("behaviour", "column", "pattern"),
    [
        ("AD17", "description", "automated reviewers"),
        ("AD03", "variants_json", '"price"'),
    ],
)
def test_planted_text_is_there(
    evasive: list[SimulatedMarketplace], behaviour: str, column: str, pattern: str
) -> None:
    listings = evasive[1].tables["listings"].set_index("listing_id")
    rows = listings.loc[who(evasive[1], behaviour), column]
    assert len(rows)
    assert rows.str.contains(pattern).all()


def test_off_hours_sellers_post_at_night(evasive: list[SimulatedMarketplace]) -> None:
    one = evasive[0]
    offset = {m["market"]: int(m["utc_offset"]) for m in load_constants().markets}
    rows = violative(one).merge(one.tables["listings"], on="listing_id")
    local = rows["created_at"].dt.hour + rows["market"].map(offset)
    night = (local % 24).between(1, 4)
    gamed = rows["seller_id_x"].isin(who(one, "AD12")) & rows["relist_of"].isna()
    assert night[gamed].mean() > 0.6 > 0.3 > night[~gamed].mean()


def test_covered_logos_show_only_in_the_last_image(
    evasive: list[SimulatedMarketplace],
) -> None:
    images = evasive[3].tables["images"]
    images = images[images["listing_id"].isin(who(evasive[3], "AD02"))]
    last = ~images.duplicated("listing_id", keep="last")
    seen = images["logo_detections_json"].ne("[]")
    assert seen[last].mean() > 0.2 > seen[~last].mean() == 0
    only = ~images.duplicated("listing_id", keep=False)
    assert not seen[only].any()
