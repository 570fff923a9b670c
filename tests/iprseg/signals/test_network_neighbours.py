import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from iprseg.reference import load_reference
from iprseg.signals.network.links import compute_page_rank
from tests.iprseg.signals.helpers import compute

LISTED = {
    "title": ["x"] * 4,
    "listing_id": ["la", "lb", "lc", "ld"],
    "seller_id": ["a", "b", "c", "d"],
    "created_at": ["2024-01-01"] * 4,
}
SELLERS = pd.DataFrame({"seller_id": [*"abcd"], "created_at": "2024-01-01"})
# a, b and c share a telephone; a and b a bank account too; d shares nothing
IDENTITY = pd.DataFrame(
    {
        "seller_id": [*"abcd"],
        "phone_pid": ["p", "p", "p", "own"],
        "bank_pid": ["k", "k", None, None],
    }
)
PAIR, THREE = 1 / np.log(3), 1 / np.log(4)


def action(kind, who, code="ACT4", ts="2024-02-01", **more):
    row = {
        "action_id": f"{kind}-{who}-{code}",
        "entity_type": kind,
        "entity_id": who,
        "action_code": code,
        "ts": ts,
    }
    return {**row, **more}


def rates(*actions, identity=IDENTITY, **more):
    columns = ["action_id", "entity_type", "entity_id", "action_code", "ts"]
    told = pd.DataFrame(list(actions), columns=columns)
    tables = {"sellers": SELLERS, "seller_identity": identity, "actions": told} | more
    values, reasons = compute(LISTED, "seller", **tables)
    name = "H06_neighbour_violation_rate"
    return values[name].tolist(), reasons[name].tolist()


def test_neighbours_count_by_the_rarest_token_shared():
    values, reasons = rates(action("listing", "lb"))
    # a: b at 1/ln 3 of b and c; b: itself does not count; c: b of a and b, alike
    np.testing.assert_allclose(values, [PAIR / (PAIR + THREE), 0, 0.5, np.nan])
    assert reasons == ["", "", "", "no_linked_seller"]


def test_an_action_against_the_seller_is_one_too():
    values, _ = rates(action("seller", "b", "ACT9"), action("Seller ", "c", "act5"))
    np.testing.assert_allclose(values[:3], [1, THREE / (PAIR + THREE), 0.5])


@pytest.mark.parametrize("code", ["ACT0", "ACT1", "ACT2", "ACT3", "N1"])
def test_light_measures_do_not_count(code):
    assert rates(action("listing", "lb", code))[0][:3] == [0, 0, 0]


@pytest.mark.parametrize("code", ["REMOVED", None, " "])
def test_a_code_that_is_not_known_leaves_the_rate_unknown(code):
    told = action("listing", "lb", code)
    values, reasons = rates(told)
    # of b's own neighbours none was acted against
    np.testing.assert_equal(values, [np.nan, 0, np.nan, np.nan])
    assert reasons[0] == reasons[2] == "unknown_action_code"
    assert rates(told, action("seller", "b", "ACT9"))[0][2] == 0.5


def test_what_was_overturned_does_not_count_and_what_is_pending_does():
    one, two = action("listing", "lb"), action("seller", "c", "ACT8")
    appeals = pd.DataFrame(
        {
            "appeal_id": ["x", "y"],
            "action_id": [one["action_id"], two["action_id"]],
            "ts": "2024-02-02",
            "outcome": ["Overturned", None],
        }
    )
    values, _ = rates(one, two, appeals=appeals)
    np.testing.assert_allclose(values[:3], [THREE / (PAIR + THREE)] * 2 + [0])


def test_actions_at_or_after_the_time_do_not_count():
    told = [action("listing", "lb", ts=ts) for ts in ("2024-03-01", "2024-04-01")]
    before = rates(action("listing", "lc"), *told, as_of="2024-03-01")[0]
    assert before[:3] == rates(action("listing", "lc"))[0][:3]


def test_actions_without_a_known_seller_do_no_harm():
    told = [action("listing", "gone"), action("creator", "b"), action(None, None)]
    assert rates(*told)[0][:3] == [0, 0, 0]


def test_why_there_is_no_rate():
    tables = {"sellers": SELLERS, "seller_identity": IDENTITY}
    name = "H06_neighbour_violation_rate"
    _, reasons = compute(LISTED, "seller", **tables)
    assert set(reasons[name]) == {"table_absent: actions"}
    nobody = IDENTITY.assign(phone_pid=None, bank_pid=["k", "k", "k", None])
    assert rates(identity=nobody)[1][3] == "no_identity_tokens"
    many = pd.DataFrame({"seller_id": [*"abcd", *map(str, range(50))], "tax_pid": "t"})
    values, reasons = rates(identity=many)
    assert np.isnan(values).all() and set(reasons) == {"only_common_tokens"}


def test_without_the_sellers_table_a_network_links_nobody():
    held = pd.DataFrame({"seller_id": [*"abcd"], "ip24_pid": "n", "tax_pid": [*"ttuv"]})
    told = pd.DataFrame([action("seller", "b"), action("seller", "d")])
    name = "H06_neighbour_violation_rate"
    values, _ = compute(LISTED, "seller", seller_identity=held, actions=told)
    np.testing.assert_equal(values[name].tolist(), [1, 0, np.nan, np.nan])


def hashes(*pairs, **columns):
    frame = pd.DataFrame(pairs, columns=["seller_id", "code"])
    frame["pdq_hex"] = [code and code * 32 for code in frame.pop("code")]
    return frame.assign(image_id=range(len(frame)), **columns)


def ranks(images, listings=LISTED):
    values, reasons = compute(listings, "seller", images=images)
    name = "H08_image_graph_centrality"
    return values[name].tolist(), reasons[name].tolist()


def test_the_seller_in_the_middle_of_shared_pictures_ranks_first():
    shared = hashes(("a", "01"), ("b", "01"), ("a", "02"), ("c", "02"), ("d", "03"))
    values, _ = ranks(shared)
    # a = .15 + .85 (b + c), b = c = .15 + .85 a / 2, so a = .405 / (1 - .7225)
    a = 0.405 / 0.2775
    np.testing.assert_allclose(values, [a, 0.15 + 0.425 * a, 0.15 + 0.425 * a, 0.15])
    assert sum(values[:3]) == pytest.approx(3)


def test_a_picture_of_few_sellers_links_more_strongly():
    shared = hashes(*[(s, "01") for s in "abc"], ("a", "02"), ("b", "02"))
    values, _ = ranks(shared)
    assert values[0] == pytest.approx(values[1]) and values[1] > values[2]


def test_pictures_that_say_nothing_link_nobody():
    odd = [("a", None), ("b", "00"), ("c", "zz"), ("d", "0A")]
    values, reasons = ranks(hashes(*odd))
    np.testing.assert_allclose(values, [np.nan] * 3 + [0.15])
    assert reasons[:3] == ["no_image_hash"] * 3
    poor = hashes(("a", "01"), ("b", "01"), ("c", "01"), pdq_quality=[20, 90, None])
    values, reasons = ranks(poor)
    np.testing.assert_allclose(values, [np.nan, 1, 1, np.nan])


def test_capitals_of_a_hash_do_not_matter():
    np.testing.assert_allclose(ranks(hashes(("a", "0A"), ("b", "0a")))[0][:2], [1, 1])


def test_a_picture_of_sixty_sellers_is_a_stock_photo():
    many = hashes(*[(str(i), "01") for i in range(56)], *[(s, "01") for s in "abcd"])
    values, reasons = ranks(many)
    assert np.isnan(values).all() and set(reasons) == {"only_common_images"}


def test_the_seller_of_a_picture_may_be_known_by_its_listing():
    by_listing = hashes(("a", "01"), ("b", "01")).assign(listing_id=["la", "lb"])
    np.testing.assert_allclose(ranks(by_listing.drop(columns="seller_id"))[0][:2], 1)
    nobody = by_listing.drop(columns=["seller_id", "listing_id"])
    assert set(ranks(nobody)[1]) == {"column_absent: images.seller_id"}
    without = {k: v for k, v in LISTED.items() if k != "seller_id"}
    _, reasons = compute(
        without, "seller", sellers=SELLERS, images=nobody.drop(columns="pdq_hex")
    )
    assert set(reasons["H08_image_graph_centrality"]) == {
        "column_absent: images.pdq_hex"
    }


def test_page_rank_of_no_seller_and_of_one():
    assert compute_page_rank(sparse.csr_array((0, 0))).shape == (0,)
    np.testing.assert_allclose(compute_page_rank(sparse.csr_array((1, 1))), [0.15])


def patterns(domains, template=None):
    n = len(domains)
    held = pd.DataFrame({"seller_id": [f"s{i}" for i in range(n)]})
    held = held.assign(email_domain=domains)
    if template is not None:
        held["email_template_pid"] = template
    listed = {"title": ["x"] * n, "seller_id": held["seller_id"]}
    values, reasons = compute(listed, "seller", seller_identity=held)
    name = "H11_email_pattern"
    return values[name].tolist(), reasons[name].tolist()


def test_disposable_domains():
    domains = [" Mailinator.COM", "a.b.yopmail.com", "notyopmail.com", "shop.example"]
    values, reasons = patterns([*domains, "com", None, " "])
    np.testing.assert_equal(values, [1, 1, 0, 0, 0, np.nan, np.nan])
    assert reasons[5:] == ["no_email_domain"] * 2


def test_five_addresses_of_one_pattern_at_a_domain_of_their_own():
    domains = ["farm.example"] * 6 + ["firm.example"] * 4
    template = ["t"] * 5 + ["other"] + ["t"] * 4
    assert patterns(domains, template)[0] == [1] * 5 + [0] * 5


def test_a_pattern_at_a_public_provider_or_none_at_all_says_nothing():
    assert patterns(["gmail.com"] * 6, ["t"] * 6)[0] == [0] * 6
    assert patterns(["isp.example"] * 51, ["t"] * 51)[0] == [0] * 51
    assert patterns(["farm.example"] * 6, [None] * 3 + [""] * 3)[0] == [0] * 6


def test_without_the_domain_there_is_a_reason():
    held = pd.DataFrame({"seller_id": ["a"], "email_pid": ["m"]})
    values, reasons = compute(LISTED, "seller", seller_identity=held)
    assert values["H11_email_pattern"].isna().all()
    assert set(reasons["H11_email_pattern"]) == {
        "column_absent: seller_identity.email_domain"
    }


def test_a_domain_is_on_one_list_only():
    listed = load_reference("email_domains")
    assert not {*listed["disposable"]} & {*listed["public"]}
    for name in ("disposable", "public"):
        assert len({*listed[name]}) == len(listed[name])
        assert all(d == d.strip().casefold() and "." in d for d in listed[name])
