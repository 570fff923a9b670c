"""One regression test per counter-signal: what it sees of the behaviour against it.

Bounds are below what `python -m benchmarks.adversaries` measured, so that a signal that
goes blind fails here; they are no goals.
"""

import pandas as pd
import pytest

import iprseg
from iprseg.simulate import SimulatedMarketplace, add_adversaries


def compute(
    simulated: SimulatedMarketplace, family: str, level: str = "listing"
) -> pd.DataFrame:
    tables = dict(simulated.tables)
    identity = iprseg.Vault(bytes(range(32))).pseudonymise(tables["seller_identity"])
    return iprseg.compute_signals(
        {**tables, "seller_identity": identity},
        level,
        families=[family],
        brands=tables["brands"],
    )


def column(frame: pd.DataFrame, start: str, end: str = "") -> pd.Series:
    names = [c for c in frame.columns if c.startswith(start) and c.endswith(end)]
    return frame[min(names, key=len)]


def ids(simulated: SimulatedMarketplace, variant: str = "") -> pd.Series:
    rows = simulated.truth["adversaries"]
    return rows.loc[rows["variant"].str.startswith(variant), "entity_id"]


@pytest.fixture(scope="module")
def plain_images(plain) -> pd.DataFrame:
    return compute(plain, "image")


@pytest.fixture(scope="module")
def plain_text(plain) -> pd.DataFrame:
    return compute(plain, "text")


def test_ad01_is_seen_by_the_signals_of_names_signs_and_scripts(
    plain, plain_text
) -> None:
    kinds = ["styled", "zero_width", "emoji_between", "homoglyph"]
    after = add_adversaries(plain, {"AD01": {"share": 0.6, "kinds": kinds}}, 2)
    on = compute(after, "text")
    # A04 is 1 already where a listing had a disguise; A15 reads words that mix scripts,
    # and a whole word of another script is none
    for kind, signal, least in (
        ("styled", "A04", 0.6),
        ("zero_width", "A04", 0.5),
        ("emoji_between", "A04", 0.6),
        ("homoglyph", "A15", 0.25),
        ("zero_width", "A14", 0.5),
    ):
        rows = ids(after, kind)
        assert column(plain_text, signal)[rows].gt(0).mean() < 0.35, signal
        seen = column(on, signal)[rows] > column(plain_text, signal)[rows]
        assert seen.mean() > least, (kind, signal)


def test_ad02_is_seen_by_c06_and_c07_but_for_what_is_cut_off(plain, planted) -> None:
    after = planted("AD02")
    found = compute(after, "image")
    assert column(found, "C06")[ids(after, "covered")].eq(1).all()
    assert column(found, "C07")[ids(after, "late_image")].eq(1).all()
    assert column(found, "C06")[ids(after, "cropped")].eq(1).mean() < 0.1


def test_ad03_is_seen_by_b06_and_a17(planted) -> None:
    after = planted("AD03", 1.0)
    rows = after.truth["adversaries"]
    contact = rows.loc[rows["variant"].str.contains("contact"), "entity_id"]
    variant = rows.loc[rows["variant"].str.contains("variant"), "entity_id"]
    assert column(compute(after, "text"), "A17")[contact].gt(0).mean() > 0.6
    assert column(compute(after, "price"), "B06")[variant].gt(0.5).mean() > 0.8


def test_ad04_is_seen_by_i01_where_its_words_are_known(planted) -> None:
    after = planted("AD04")
    rates = column(compute(after, "creator", "creator"), "I01")
    rows = after.truth["adversaries"]
    lang = after.tables["listings"].set_index("listing_id")["lang"]
    shown = after.tables["promotions"].set_index("promo_id")["listing_id"].map(lang)
    spoken = rows["entity_id"].map(shown).eq("en") & rows["variant"].eq("known")
    hosts = rows.loc[spoken, "linked_id"].unique()
    free = after.tables["creators"].query("seller_id.isna()")["creator_id"]
    others = rates.reindex(free).drop(rows["linked_id"].unique()).dropna()
    assert len(hosts) and rates[hosts].mean() > others.max()


def test_ad05_is_seen_by_e10(planted) -> None:
    after = planted("AD05")
    found = compute(after, "behaviour")
    assert column(found, "E10", "edit_after_approval")[ids(after)].gt(0).all()
    assert column(found, "E10", "title_change")[ids(after)].gt(0.5).mean() > 0.9


def test_every_relist_of_ad06_is_found(plain, planted) -> None:
    after = planted("AD06", 1.0)
    reused = column(compute(after, "image"), "C03")
    assert reused[ids(after)].eq(1).all()
    rows = after.truth["adversaries"]
    own = rows.loc[rows["variant"].str.startswith("own"), "entity_id"]
    seller = after.tables["listings"].set_index("listing_id")["seller_id"]
    planted_by = seller[own].value_counts()
    on, off = (
        column(compute(one, "behaviour", "seller"), "E07", "image")
        for one in (after, plain)
    )
    assert ((on - off)[planted_by.index] >= planted_by).all()


@pytest.mark.parametrize("level", [0, 1])
def test_ad07_is_seen_by_shared_keys(plain, level) -> None:
    after = add_adversaries(plain, {"AD07": {"share": 1.0, "level": level}}, 1)
    found = compute(after, "network", "seller")
    keys = [column(found, code) for code in ("H01", "H02", "H03", "H04")]
    linked = pd.concat(keys, axis=1).gt(0).any(axis=1)
    assert linked[ids(after, "reregistered")].mean() > 0.9
    assert linked.mean() < 0.5
    burst = column(compute(after, "behaviour", "seller"), "E12")
    assert burst[ids(after, "aged")].ge(5).all()


def test_ad08_is_seen_by_f06_and_h07(plain) -> None:
    after = add_adversaries(plain, {"AD08": {"share": 0.5, "dilution": 6}}, 1)
    burst = column(compute(after, "feedback"), "F06")
    assert burst[ids(after, "seeded")].gt(0.3).mean() > 0.8
    size = column(compute(after, "network", "seller"), "H07", "size")
    assert size[ids(after, "farm")].ge(2).mean() > 0.8


def test_ad09_is_seen_by_c10_when_turned_and_by_c01_when_saved_again(
    plain, plain_images
) -> None:
    kinds = ["mirror", "rotate_90", "save_q30"]
    after = add_adversaries(plain, {"AD09": {"share": 1.0, "kinds": kinds}}, 2)
    found = compute(after, "image")
    listing = after.tables["images"].set_index("image_id")["listing_id"]
    for kind, signal in (("mirror", "C10"), ("rotate_90", "C10"), ("save_q30", "C01")):
        rows = listing[ids(after, kind)]
        fresh = rows[(column(plain_images, signal)[rows] == 0).to_numpy()]
        assert column(found, signal)[fresh].gt(0).mean() > 0.7, kind


def test_ad10_blinds_the_price_and_no_other_family(plain, plain_text) -> None:
    after = add_adversaries(plain, {"AD10": 1.0}, 1)
    before, now = (column(compute(one, "price"), "B01") for one in (plain, after))
    # a product of the brand other than the one that B01 takes the title for may differ
    assert now[ids(after)].dropna().between(0.7, 1.3).mean() > 0.8
    assert before[ids(after)].median() < now[ids(after)].median()
    now = compute(after, "text").loc[ids(after)]
    pd.testing.assert_frame_equal(now, plain_text.loc[ids(after)])


def test_ad11_is_seen_by_g08(planted) -> None:
    after = planted("AD11", 1.0)
    found = compute(after, "history", "seller")
    assert column(found, "G08", "shared")[ids(after)].gt(0).all()
    assert column(found, "G08", "rejected")[ids(after, "forged_letter")].gt(0).all()


def test_ad12_is_seen_by_e09(plain, planted) -> None:
    after = planted("AD12")
    rows = after.truth["adversaries"]
    sellers = rows.loc[rows["variant"] == "off_hours", "linked_id"].unique()
    on, off = (
        column(compute(one, "behaviour", "seller"), "E09") for one in (after, plain)
    )
    assert (on > off)[sellers].mean() > 0.8


def test_what_passes_after_probing_is_seen_as_a_relist(planted) -> None:
    after = planted("AD13", 1.0)
    passed = after.truth["adversaries"]["linked_id"].unique()
    assert column(compute(after, "image"), "C03")[passed].eq(1).all()


def test_ad15_sinks_the_notifier_and_leaves_the_cleared_seller(plain, planted) -> None:
    after = planted("AD15")
    quality = column(compute(after, "history", "rights_owner"), "G09")
    trolls = after.truth["adversaries"]["linked_id"].unique()
    owners = quality[quality.index.str.match(r"RO00")]
    assert quality[trolls].median() < owners.min()
    rows = after.truth["adversaries"]
    cleared = rows.loc[
        (rows["variant"] == "victim") & (rows["detail"] == ""), "entity_id"
    ]
    distinct = column(compute(after, "history", "seller"), "G02")
    before = column(compute(plain, "history", "seller"), "G02")
    assert (distinct[cleared] == before.reindex(cleared)).mean() > 0.99


def test_ad16_is_seen_by_the_thiefs_bank_and_by_e06_where_there_was_a_past(
    plain, planted
) -> None:
    after = planted("AD16")
    taken = ids(after, "hijacked")
    taken = taken[taken.str.startswith("S")]
    assert column(compute(after, "network", "seller"), "H01")[taken].gt(0).mean() > 0.9
    jump = column(compute(after, "behaviour", "seller"), "E06")
    known = jump[taken].dropna()
    # of sellers with fewer than eight listings before nothing is known
    assert len(known) and known.median() > 0.5


def test_ad17_moves_no_signal_of_the_text(plain_text, planted) -> None:
    after = planted("AD17")
    rows = ids(after)
    on, off = compute(after, "text").loc[rows], plain_text.loc[rows]
    kept = [c for c in on.columns if c[:3] not in ("A14", "A16")]
    pd.testing.assert_frame_equal(on[kept], off[kept])


def test_ad20_is_the_same_to_a09_lawful_or_not(planted) -> None:
    after = planted("AD20")
    said = column(compute(after, "text"), "A09")
    lawful, infringing = (
        said[ids(after, kind)].mean() for kind in ("lawful", "infringing")
    )
    assert lawful > 0.25 and abs(lawful - infringing) < 0.15
