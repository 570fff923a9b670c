import numpy as np
import pandas as pd
import pytest

from iprseg.signals import compute_signals
from tests.iprseg.signals.helpers import BRANDS, compute

LISTINGS = {"title": ["x"], "seller_id": ["a"]}


def sellers(*ids, **columns):
    frame = pd.DataFrame({"seller_id": ids, "created_at": "2024-01-01"})
    return frame.assign(**columns)


def identity(**tokens):
    """One row a seller, in the order of the alphabet."""
    n = len(next(iter(tokens.values())))
    ids = [chr(ord("a") + i) for i in range(n)] if n < 27 else [*map(name, range(n))]
    return pd.DataFrame({"seller_id": ids, **tokens})


def name(i):
    return f"s{i:03d}"


def run(held, people=None, **more):
    people = sellers(*held["seller_id"]) if people is None else people
    listed = more.pop("listings", {**LISTINGS, "seller_id": [people["seller_id"][0]]})
    return compute(listed, "seller", sellers=people, seller_identity=held, **more)


def column(held, signal, people=None, **more):
    values, reasons = run(held, people, **more)
    return values[signal].tolist(), reasons[signal].tolist()


FAMILY = identity(bank_pid=["k", "k", "k", "own", None, None])


def test_a_family_that_shares_one_bank_token():
    values, reasons = column(FAMILY, "H01_shared_bank")
    # a, b and c hold one account; d has its own; e and f have none, which is no match
    np.testing.assert_equal(values, [2, 2, 2, 0, np.nan, np.nan])
    assert reasons == ["", "", "", "", "no_bank_token", "no_bank_token"]


@pytest.mark.parametrize(
    ("signal", "key"),
    [
        ("H01_shared_bank", "bank_pid"),
        ("H02_shared_device_ip", "device_pid"),
        ("H02_shared_device_ip", "ip24_pid"),
        ("H03_shared_address_phone_email", "phone_pid"),
        ("H04_shared_legal_rep_doc", "doc_hash_pid"),
        ("H07_community_size_density_size", "tax_pid"),
        ("H10_registration_burst", "name_pid"),
    ],
)
def test_unknown_tokens_never_match_each_other(signal, key):
    held = identity(**{key: [None, np.nan, "", "  ", "own"]})
    values, reasons = column(held, signal)
    own = 1 if signal.endswith("_size") else 0
    np.testing.assert_equal(values, [np.nan] * 4 + [own])
    assert all(reason.startswith("no_") for reason in reasons[:4]) and not reasons[4]


@pytest.mark.parametrize(
    ("signal", "reason"),
    [
        ("H01_shared_bank", "table_absent: seller_identity"),
        ("H02_shared_device_ip", "table_absent: seller_identity"),
        ("H09_buyer_seller_ego", "table_absent: reviews"),
    ],
)
def test_without_the_table_nothing_is_zero(signal, reason):
    values, reasons = compute(LISTINGS, "seller")
    assert values[signal].isna().all() and reasons[signal].tolist() == [reason]


def test_a_column_that_is_not_there_is_told():
    values, reasons = run(identity(tax_pid=["t"]))
    assert reasons["H01_shared_bank"].tolist() == [
        "column_absent: seller_identity.bank_pid"
    ]
    assert reasons["H02_shared_device_ip"].tolist() == ["no_device_or_ip"]
    assert reasons["H03_shared_address_phone_email"].tolist() == [
        "no_address_phone_email"
    ]
    assert reasons["H04_shared_legal_rep_doc"].tolist() == ["no_legal_rep_or_doc"]
    assert values["H07_community_size_density_size"].tolist() == [1]


def test_devices_count_by_how_rare_they_are():
    held = identity(device_pid=["p", "p", "q", "q", "q", "own"])
    values, _ = column(held, "H02_shared_device_ip")
    # two holders: one other at 1 / ln 3; three: two others at 1 / ln 4
    two, three = 1 / np.log(3), 2 / np.log(4)
    np.testing.assert_allclose(values, [two, two, three, three, three, 0])


def test_a_network_counts_among_accounts_of_one_day():
    held = identity(ip24_pid=["n", "n", "n", "n"])
    people = sellers(
        *"abcd", created_at=["2024-01-01 01:00", "2024-01-01 23:00", "2024-02-01", None]
    )
    values, reasons = column(held, "H02_shared_device_ip", people)
    # a and b opened the same day; the weight is that of a network of four sellers
    np.testing.assert_allclose(values, [1 / np.log(5), 1 / np.log(5), 0, np.nan])
    assert reasons[3] == "no_account_opening"


def test_two_tokens_shared_with_one_seller_count_once_at_the_rarer():
    held = identity(device_pid=["p", "p", "x"], ip24_pid=["n", "n", "n"])
    values, _ = column(held, "H02_shared_device_ip")
    # a and b: device of two sellers 1/ln 3 (network of three 1/ln 4); c: network only
    pair, loose = 1 / np.log(3), 1 / np.log(4)
    np.testing.assert_allclose(values, [pair + loose, pair + loose, 2 * loose])


def test_address_telephone_and_mail_count_each_seller_once():
    held = identity(
        address_pid=["x", "x", None, None],
        phone_pid=["1", "1", "1", None],
        email_pid=[None, None, None, "m"],
    )
    values, _ = column(held, "H03_shared_address_phone_email")
    assert values == [2, 2, 2, 0]


def test_legal_representative_or_document_whichever_more_share():
    held = identity(
        legal_rep_pid=["r", "r", "r", None], doc_hash_pid=["d", "e", "e", None]
    )
    values, reasons = column(held, "H04_shared_legal_rep_doc")
    np.testing.assert_equal(values, [2, 2, 2, np.nan])
    assert reasons[3] == "no_legal_rep_or_doc"


SIXTY = identity(
    **{
        key: ["all"] * 60 + ["own"]
        for key in ("bank_pid", "device_pid", "phone_pid", "doc_hash_pid")
    }
)


@pytest.mark.parametrize(
    ("signal", "value", "reason"),
    [
        ("H01_shared_bank", 59, ""),
        ("H04_shared_legal_rep_doc", 59, ""),
        ("H02_shared_device_ip", np.nan, "only_common_tokens"),
        ("H03_shared_address_phone_email", np.nan, "only_common_tokens"),
        ("H07_community_size_density_size", np.nan, "only_common_tokens"),
        ("H07_community_size_density_density", np.nan, "only_common_tokens"),
    ],
)
def test_a_token_of_sixty_sellers_joins_nobody(signal, value, reason):
    values, reasons = column(SIXTY, signal)
    np.testing.assert_equal(values[:60], [value] * 60)
    assert reasons[:60] == [reason] * 60
    assert values[60] != value


def test_a_token_of_fifty_sellers_still_joins():
    held = identity(phone_pid=["all"] * 50)
    assert column(held, "H03_shared_address_phone_email")[0] == [49] * 50
    assert column(held, "H07_community_size_density_size")[0] == [50] * 50


def test_communities_are_joined_through_any_token():
    # a-b by bank, b-c by phone, c-d by tax: a chain; e alone; f has no token
    held = identity(
        bank_pid=["k", "k", None, None, None, None],
        phone_pid=[None, "p", "p", None, "own", None],
        tax_pid=[None, None, "t", "t", None, None],
    )
    days = ["2024-01-01", "2024-01-03", "2024-01-02", "2024-01-11"]
    people = sellers(*"abcdef", created_at=[*days, "2020-01-01", "2020-01-01"])
    values, reasons = run(held, people)
    base = "H07_community_size_density"
    np.testing.assert_equal(values[f"{base}_size"].tolist(), [4, 4, 4, 4, 1, np.nan])
    # three links of the six there could be; ten days from the first account to the last
    np.testing.assert_allclose(values[f"{base}_density"], [0.5] * 4 + [np.nan, np.nan])
    np.testing.assert_allclose(
        values[f"{base}_age_spread"], [10] * 4 + [np.nan, np.nan]
    )
    assert reasons[f"{base}_density"].tolist() == [""] * 4 + [
        "no_linked_seller",
        "no_identity_tokens",
    ]


def test_a_long_chain_is_one_community_whatever_the_order():
    n = 40
    order = np.random.default_rng(0).permutation(n)
    held = pd.DataFrame(
        {
            "seller_id": [name(i) for i in order],
            "bank_pid": [f"k{i // 2}" for i in order],
            "phone_pid": [f"p{(i + 1) // 2}" for i in order],
        }
    )
    values, _ = column(held, "H07_community_size_density_size")
    assert values == [n] * n


def test_names_and_warehouses_join_no_community():
    held = identity(
        name_pid=["n", "n"], legal_rep_pid=["r", "r"], warehouse_pid=["w", "w"]
    )
    values, reasons = column(held, "H07_community_size_density_size")
    assert np.isnan(values).all() and set(reasons) == {"no_identity_tokens"}


def test_a_single_seller():
    values, reasons = run(identity(bank_pid=["k"], device_pid=["d"]))
    row = values.iloc[0]
    assert row["H01_shared_bank"] == 0 and row["H02_shared_device_ip"] == 0
    assert row["H10_registration_burst"] == 0
    assert row["H07_community_size_density_size"] == 1
    assert reasons["H07_community_size_density_density"].iloc[0] == "no_linked_seller"


def test_accounts_of_one_day_that_share_a_token():
    held = identity(
        ip24_pid=["n", "n", "n", "m", "n"], name_pid=["x", "y", "z", "x", None]
    )
    people = sellers(
        *"abcde",
        created_at=["2024-01-01", "2024-01-01", "2024-01-02", "2024-01-01", None],
    )
    values, reasons = column(held, "H10_registration_burst", people)
    # a: b by network and d by name; b: a; c came a day later; e has no day
    np.testing.assert_equal(values, [2, 1, 0, 1, np.nan])
    assert reasons[4] == "no_account_opening"


def test_a_big_batch_of_one_day_counts_and_a_nat_of_years_does_not():
    batch = identity(ip24_pid=["n"] * 60)
    assert column(batch, "H10_registration_burst")[0] == [59] * 60
    days = pd.date_range("2024-01-01", periods=60).repeat(2)[:60]
    nat = sellers(*batch["seller_id"], created_at=days)
    values, reasons = column(batch, "H10_registration_burst", nat)
    # two a day of sixty: the network is a service
    assert np.isnan(values).all() and set(reasons) == {"only_common_tokens"}


def test_accounts_opened_later_do_not_count():
    held = identity(bank_pid=["k"] * 3, device_pid=["d"] * 3)
    people = sellers(*"abc", created_at=["2024-01-01", "2024-01-02", "2024-03-01"])
    listed = {**LISTINGS, "created_at": ["2024-01-01"]}
    values, _ = run(held, people, listings=listed, as_of="2024-02-01")
    assert values.index.tolist() == ["a", "b"]
    assert values["H01_shared_bank"].tolist() == [1, 1]
    np.testing.assert_allclose(values["H02_shared_device_ip"], 1 / np.log(3))
    assert values["H07_community_size_density_age_spread"].tolist() == [1, 1]


def test_rows_without_a_seller_and_odd_tokens_do_no_harm():
    held = pd.DataFrame(
        {
            "seller_id": ["a", None, "ghost", "b"],
            "bank_pid": ["k", "k", "k", 7],
            "device_pid": pd.Series([None] * 4, dtype=float),
        }
    )
    values, _ = run(held, sellers("a", "b"))
    # "ghost" is in the identity table alone, and a holder like any other
    assert values["H01_shared_bank"].tolist() == [1, 0]


def test_a_seller_written_twice_is_one_seller():
    held = pd.DataFrame({"seller_id": ["a", "a", "b"], "bank_pid": ["k", "k", "k"]})
    assert column(held, "H01_shared_bank", sellers("a", "b"))[0] == [1, 1]


def test_only_what_is_known_at_onboarding_is_given_at_t0():
    frames = {"listings": pd.DataFrame(LISTINGS).assign(listing_id="l")}
    early = compute_signals(frames, "seller", max_stage="T0", brands=BRANDS)
    assert "H01_shared_bank" in early and "H09_buyer_seller_ego" not in early
