import pytest
from hypothesis import given
from hypothesis import strategies as st

from iprseg.tables import identities as norm

NORMALISERS = [
    norm.normalise_text,
    norm.normalise_phone,
    norm.normalise_email,
    norm.normalise_code,
    norm.normalise_address,
    norm.normalise_network,
]


@pytest.mark.parametrize("normalise", NORMALISERS)
@given(value=st.one_of(st.text(), st.from_regex(r"[\d+() /.-]{5,20}", fullmatch=True)))
def test_normalisers_give_none_or_text_and_ignore_case_and_edges(normalise, value):
    canonical = normalise(value)
    assert canonical is None or (isinstance(canonical, str) and canonical)
    assert normalise(f"  {value} ") == canonical


@pytest.mark.parametrize("normalise", [norm.normalise_text, norm.normalise_address])
@given(value=st.text())
def test_text_normalisers_have_nothing_left_to_do(normalise, value):
    once = normalise(value)
    assert once is None or normalise(once) == once


@pytest.mark.parametrize(
    ("raw", "canonical"),
    [
        ("+1 (415) 555-0132 ext. 9", "14155550132"),
        ("٠٠٤٩ ١٧٠ ١٢٣٤٥٦٧", "491701234567"),
        ("0170 1234567", "01701234567"),
        ("0000000", None),
        ("1234", None),
    ],
)
def test_phones(raw, canonical):
    assert norm.normalise_phone(raw) == canonical


@pytest.mark.parametrize(
    ("raw", "canonical"),
    [
        ("A.B+x@googlemail.com", "ab@googlemail.com"),
        ("mailto:Jo@Example.com", "jo@example.com"),
        ("no-address", "no-address"),
        ("+tag@example.com", "+tag@example.com"),
    ],
)
def test_emails(raw, canonical):
    assert norm.normalise_email(raw) == canonical


@pytest.mark.parametrize(
    ("raw", "canonical"),
    [
        ("203.0.113.77:8443", "203.0.113.0/24"),
        ("::ffff:203.0.113.5", "203.0.113.0/24"),
        ("999.1.1.1", None),
    ],
)
def test_networks(raw, canonical):
    assert norm.normalise_network(raw) == canonical


def test_a_template_without_an_address_is_missing():
    assert norm.build_email_template("no-address") is None
    assert norm.extract_email_domain("no-address") is None
    assert norm.normalise_phone_last6("1234 5") is None
