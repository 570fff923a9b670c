import copy
import hashlib
import hmac
import pickle
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iprseg.errors import IprsegError
from iprseg.tables import identities
from iprseg.tables import identities as norm
from iprseg.tables.contracts import canonical_columns
from iprseg.tables.identities import register_token_maker, sketch_similarity
from iprseg.tables.vault import Vault, hide_identities, identity_columns

KEY = bytes(range(32))
RAW = pd.DataFrame(
    {
        "seller_id": ["s1", "s2", "s3"],
        "name": ["Ada Example", "ADA  EXAMPLE", None],
        "address": ["12 Main St., Springfield", "Springfield, 12 Main Street", None],
        "phone": ["+49 170 123 4567", "0049 (0)170/1234567", None],
        "email": ["Ada+a@Mail.example", "ada@mail.example", None],
        "bank": ["DE89 3704 0044 0532 0130 00", "de89370400440532013000", None],
        "tax": ["DE 123/456/789", "de123456789", None],
        "device": ["ABC-1", "abc-1", None],
        "ip": ["203.0.113.7", "203.0.113.99", None],
        "warehouse": ["1 Dock Rd", "1, Dock Road", None],
        "return_addr": ["1 Dock Rd", "1, Dock Road", None],
        "legal_rep": ["Ada Example", "ada example", None],
        "doc": ["X 123-A", "x123a", None],
    }
)


@pytest.fixture
def registry(monkeypatch):
    """A registry of the test's own."""
    monkeypatch.setattr(identities, "_registered", {})


def test_each_attribute_gives_its_token_and_spellings_agree():
    tokens = Vault(KEY).pseudonymise(RAW)
    # the token columns of seller_identity in the canonical tables
    rules = canonical_columns().loc["seller_identity"]
    expected = set(rules["identity"][rules["identity"] != ""]) | {"email_domain"}
    assert expected <= set(tokens.columns)
    assert set(tokens["seller_id"]) == {"s1", "s2", "s3"}
    same = tokens.loc[0].drop("seller_id") == tokens.loc[1].drop("seller_id")
    assert same.all(), same[~same]
    assert tokens.loc[2].drop("seller_id").isna().all()
    assert tokens["email_domain"].tolist()[:2] == ["mail.example"] * 2


def test_no_raw_value_is_left():
    tokens = Vault(KEY).pseudonymise(RAW)
    held = " ".join(map(str, tokens.drop(columns=["email_domain"]).to_numpy().ravel()))
    for column in RAW.columns.drop("seller_id"):
        assert column not in tokens
        for value in RAW[column].dropna():
            assert value.casefold() not in held.casefold()


def test_the_caller_keeps_the_raw_frame():
    before = RAW.copy()
    Vault(KEY).pseudonymise(RAW)
    pd.testing.assert_frame_equal(RAW, before)


def test_a_token_is_the_documented_hmac():
    # recomputed from the definition: HMAC-SHA256(domain key, column NUL value)
    domain_key = hmac.new(KEY, b"iprseg vault 1\0analytics", hashlib.sha256).digest()
    digest = hmac.new(domain_key, b"phone_pid\x00491701234567", hashlib.sha256)
    token = Vault(KEY).pseudonymise(RAW)["phone_pid"][0]
    assert token == digest.hexdigest()[:32]


def test_domains_and_keys_share_no_token():
    vaults = [Vault(KEY, d) for d in ("labeling", "analytics", "export")]
    vaults.append(Vault(KEY[::-1]))
    seen: set[str] = set()
    for vault in vaults:
        frame = vault.pseudonymise(RAW).drop(columns=["seller_id", "email_domain"])
        tokens = set(frame.stack().dropna())
        assert len(tokens) == 16  # 12 attributes, last six, template, two sketches
        assert not tokens & seen
        seen |= tokens
    assert len({vault.key_id for vault in vaults}) == 4


def test_one_value_in_two_columns_gives_two_tokens():
    tokens = Vault(KEY).pseudonymise(RAW).loc[0]
    assert tokens["warehouse_pid"] != tokens["return_addr_pid"]
    assert tokens["name_pid"] != tokens["legal_rep_pid"]


def test_the_key_is_never_shown_and_never_leaves():
    vault = Vault(KEY)
    shown = repr(vault) + str(vault)
    assert re.fullmatch(
        r"(Vault\(domain='analytics', key_id='[0-9a-f]{8}'\)){2}", shown
    )
    assert not hasattr(vault, "__dict__")
    for leave in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="cannot be pickled or copied"):
            leave(vault)


def test_values_that_say_nothing_link_nobody():
    empty = ["", "  ", "n/a", "-", "None", "NULL", np.nan, pd.NA, None, "?"]
    frame = pd.DataFrame(
        dict.fromkeys(RAW.columns.drop("seller_id"), empty), dtype=object
    )
    assert Vault(KEY).pseudonymise(frame).isna().all().all()


@pytest.mark.parametrize("table", ["seller_identity", "sellers", "creators"])
def test_a_name_is_an_identity_of_sellers_not_of_brands(table):
    assert identity_columns(pd.DataFrame(columns=["name"]), table) == ["name"]
    assert identity_columns(pd.DataFrame(columns=["name"]), "brands") == []


def test_ordinary_words_of_listings_are_no_identities():
    words = ["phone", "device", "tax", "address", "bank", "warehouse", "name", "title"]
    assert identity_columns(pd.DataFrame(columns=words), "listings") == []


def test_every_identity_column_of_the_contracts_goes_through_the_vault():
    rules = canonical_columns()
    raw = rules.index[rules["identity"] != ""]
    assert len(raw) >= 14
    for table, column in raw:
        frame = pd.DataFrame({column: ["203.0.113.7"]})
        tokens = Vault(KEY).pseudonymise(frame, table)
        assert rules.loc[(table, column), "identity"] in tokens
        assert column not in tokens


def test_an_undeclared_column_of_the_identity_table_becomes_a_token():
    frame = pd.DataFrame(
        {"seller_id": ["s1"], "messenger": ["@ada"], "name_pid": ["t"]}
    )
    tokens = Vault(KEY).pseudonymise(frame)
    assert list(tokens) == ["seller_id", "messenger_pid", "name_pid"]
    assert tokens["name_pid"][0] == "t"


def test_the_second_column_for_one_token_has_its_own():
    frame = pd.DataFrame({"store_name": ["Ada"], "legal_name": ["Ada Ltd"]})
    tokens = Vault(KEY).pseudonymise(frame, "sellers")
    own = ["legal_name_pid", "legal_name_sketch"]
    assert list(tokens) == ["name_pid", "name_sketch", *own]
    assert tokens["name_pid"][0] != tokens["legal_name_pid"][0]


def test_a_token_that_is_there_stays_beside_the_raw_column():
    frame = pd.DataFrame({"phone": ["12345"], "phone_pid": ["t"], "Phone": ["12346"]})
    tokens = Vault(KEY).pseudonymise(frame)
    assert tokens["phone_pid"][0] == "t"
    assert {"phone_2_pid", "phone_3_pid"} <= set(tokens)
    assert not {"phone", "Phone"} & set(tokens)


def test_a_registered_maker_makes_keyed_tokens_everywhere(registry):
    register_token_maker("chat_pid", "chat", lambda value: value.strip("@"))
    register_token_maker("chat_sketch", "chat", lambda value: set(value), kind="sketch")
    frame = pd.DataFrame({"listing_id": ["l1"], "chat": ["@ada"]})
    tokens = Vault(KEY).pseudonymise(frame, "listings")
    assert list(tokens) == ["listing_id", "chat_pid", "chat_sketch"]
    assert re.fullmatch("[0-9a-f]{32}", tokens["chat_pid"][0])
    assert "ada" not in tokens["chat_pid"][0]


def test_a_maker_that_fails_does_not_tell_the_value(registry):
    register_token_maker("chat_pid", "chat", int)
    frame = pd.DataFrame({"chat": ["secret-handle"]})
    with pytest.raises(
        IprsegError, match="failed with a ValueError on a value"
    ) as caught:
        Vault(KEY).pseudonymise(frame, "listings")
    assert "secret-handle" not in str(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    ("name", "kind", "message"),
    [
        ("chat", "exact", "must end in '_pid'"),
        ("chat_pid", "sketch", "must end in '_sketch'"),
        ("phone_pid", "exact", "makes 'phone_pid' by itself"),
        ("chat_pid", "open", "'kind' parameter of register_token_maker"),
    ],
)
def test_a_maker_that_would_mislead_is_refused(registry, name, kind, message):
    with pytest.raises(IprsegError, match=message):
        register_token_maker(name, "chat", str, kind=kind)


def test_hiding_leaves_other_tables_as_they_are():
    listings = pd.DataFrame({"listing_id": ["l1"], "title": ["Aurelle"]})
    hidden = hide_identities({"listings": listings, "seller_identity": RAW}, Vault(KEY))
    assert hidden["listings"] is listings
    assert "phone_pid" in hidden["seller_identity"]


def test_hiding_without_a_key_names_the_columns(monkeypatch):
    monkeypatch.delenv("IPRSEG_VAULT_KEY", raising=False)
    monkeypatch.delenv("IPRSEG_VAULT_KEY_FILE", raising=False)
    reviews = pd.DataFrame({"buyer": ["Ada"]})
    with pytest.raises(IprsegError, match=r"identities \(reviews.buyer\).*has no key"):
        hide_identities({"reviews": reviews})
    assert hide_identities({"brands": pd.DataFrame({"name": ["Aurelle"]})})


def test_hiding_takes_the_key_of_the_environment(monkeypatch):
    monkeypatch.setenv("IPRSEG_VAULT_KEY", KEY.hex())
    reviews = pd.DataFrame({"buyer": ["Ada"]})
    hidden = hide_identities({"reviews": reviews})["reviews"]
    vault = Vault(KEY.hex().encode())
    pd.testing.assert_frame_equal(hidden, vault.pseudonymise(reviews, "reviews"))


def test_unhashable_values_are_taken():
    frame = pd.DataFrame({"address": [{"city": "X1"}, {"city": "X1"}, {"city": "Y2"}]})
    tokens = Vault(KEY).pseudonymise(frame)["address_pid"]
    assert tokens[0] == tokens[1] != tokens[2]


def test_numbers_read_as_floats_are_the_same_numbers():
    frame = pd.DataFrame({"phone": [491701234567.0, np.nan, 491701234568.0]})
    tokens = Vault(KEY).pseudonymise(frame)["phone_pid"]
    text = Vault(KEY).pseudonymise(pd.DataFrame({"phone": ["+49 170 1234567"]}))
    assert tokens[0] == text["phone_pid"][0]
    assert pd.isna(tokens[1])


@settings(max_examples=50)
@given(st.lists(st.one_of(st.none(), st.text(max_size=12)), max_size=12))
def test_equal_values_equal_tokens_missing_stays_missing(values):
    frame = pd.DataFrame({"name": pd.Series(values, dtype=object)})
    tokens = Vault(KEY).pseudonymise(frame)
    canonical = [None if v is None else norm.normalise_text(v) for v in values]
    for column in ("name_pid", "name_sketch"):
        assert tokens[column].isna().tolist() == [c is None for c in canonical]
    for i, first in enumerate(canonical):
        for j, second in enumerate(canonical):
            if first is not None and second is not None:
                equal = tokens["name_pid"][i] == tokens["name_pid"][j]
                assert equal == (first == second)


def test_sketches_estimate_the_jaccard_similarity():
    names = [
        f"trader number {i} of the {w} market" for i, w in enumerate("abcdefgh" * 5)
    ]
    sketches = Vault(KEY).pseudonymise(pd.DataFrame({"name": names}))["name_sketch"]
    errors = []
    for i in range(0, 40, 2):
        a, b = (norm.build_name_shingles(names[k]) for k in (i, i + 1))
        exact = len(a & b) / len(a | b)
        errors.append(sketch_similarity(sketches[i], sketches[i + 1]) - exact)
    # 20 estimates of standard error <= 0.09 each: the mean is within 4 of its own
    assert abs(np.mean(errors)) < 4 * 0.09 / np.sqrt(20)
    assert np.isnan(sketch_similarity(sketches[0], None))
