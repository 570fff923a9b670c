"""From a raw identity to what is tokenised: its forms, token makers and sketches.

The functions that bring one raw value to the form that is tokenised are pure.
Each returns text, or None for a value that says nothing ("n/a", "-"): a token of such
a value would link every seller who left the field empty.
"""

import hashlib
import hmac
import ipaddress
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from iprseg.errors import IprsegError
from iprseg.tables.contracts import find_identity_attribute, hints_at_phone
from iprseg.validation import check_option

_EMPTY_VALUES = frozenset(
    ("n/a", "nan", "none", "null", "nil", "unknown", "undefined", "<na>")
)
# the usual short forms in postal addresses, to the long ones
_ADDRESS_WORDS = {
    "apt": "apartment",
    "av": "avenue",
    "ave": "avenue",
    "bldg": "building",
    "blvd": "boulevard",
    "dr": "drive",
    "fl": "floor",
    "hwy": "highway",
    "ln": "lane",
    "no": "number",
    "pl": "place",
    "pkwy": "parkway",
    "rd": "road",
    "rm": "room",
    "sq": "square",
    "st": "street",
    "str": "strasse",
    "straße": "strasse",
    "ste": "suite",
}


class _WordCharacters(dict[int, str]):
    """Letters, marks and numbers as they are, all else a space: for str.translate."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        self[code] = char if unicodedata.category(char)[0] in "LMN" else " "
        return self[code]


_WORD_CHARACTERS = _WordCharacters()
_DOTLESS_MAIL = frozenset({"gmail.com", "googlemail.com"})


def normalise_text(value: Any) -> str | None:
    """NFKC, case folded, single spaces.

    >>> normalise_text("  Ｍüller   GmbH ")
    'müller gmbh'
    """
    text = _format_raw_value(value)
    if text.isascii():
        text = text.lower()  # all that the rest does to it
    else:
        # folding can undo NFKC and NFKC can bring back capitals, so twice
        for _ in range(2):
            text = unicodedata.normalize("NFKC", text).casefold()
        text = unicodedata.normalize("NFKC", text)
    text = " ".join(text.split())
    if text in _EMPTY_VALUES or not any(char.isalnum() for char in text):
        return None
    return text


def normalise_phone(value: Any) -> str | None:
    """Digits with the country's; ``+``, ``00`` and a trunk ``(0)`` are understood.

    A national number keeps its own digits, since its country is not in the value;
    the token of the last six digits bridges the two forms.

    >>> normalise_phone("+49 (0)170 / 123 45 67"), normalise_phone("0049 170 1234567")
    ('491701234567', '491701234567')
    """
    text = normalise_text(value)
    if text is None:
        return None
    text = "".join(str(unicodedata.digit(c)) if c.isdigit() else c for c in text)
    text = re.sub(r"(?:ext|x|#)\.?\s*\d{1,5}\s*$", "", text).lstrip(" (")
    if text.startswith(("+", "00")):
        text = text.removeprefix("00").replace("(0)", "")
    digits = "".join(re.findall("[0-9]", text))
    return digits if len(digits) >= 5 and len(set(digits)) > 1 else None


def normalise_phone_last6(value: Any) -> str | None:
    """Give the last six digits, which every way of writing the number shares.

    >>> normalise_phone_last6("0170 1234567")
    '234567'
    """
    digits = normalise_phone(value)
    return digits[-6:] if digits and len(digits) >= 6 else None


def normalise_email(value: Any) -> str | None:
    """Case folded, without ``+tag``; dots go where the provider ignores them.

    >>> normalise_email("Jo.Doe+shop7@Gmail.com")
    'jodoe@gmail.com'
    """
    text = normalise_text(value)
    if text is None:
        return None
    local, at, domain = text.removeprefix("mailto:").rpartition("@")
    if not at:
        return text
    local = local.partition("+")[0] or local
    if domain in _DOTLESS_MAIL:
        local = local.replace(".", "") or local
    return f"{local.strip()}@{domain.strip()}"


def extract_email_domain(value: Any) -> str | None:
    """Give the domain, case folded; None where there is no ``@``.

    >>> extract_email_domain("Jo@Mail.Example.com")
    'mail.example.com'
    """
    text = normalise_text(value)
    domain = text.rpartition("@")[2].strip(" .>") if text and "@" in text else ""
    return domain or None


def build_email_template(value: Any) -> str | None:
    """Give the pattern of the part before the ``@``: letters to ``a``, digits to ``9``.

    >>> build_email_template("anna.kruse1987@mail.example")
    'a.a9999'
    """
    text = normalise_text(value)
    if text is None or "@" not in text:
        return None
    whole = text.rpartition("@")[0]
    local = whole.partition("+")[0] or whole
    return re.sub(r"\d", "9", re.sub(r"[^\W\d_]+", "a", local)) or None


def normalise_code(value: Any) -> str | None:
    """Letters and digits alone: bank, tax and document numbers.

    >>> normalise_code("de89 3704-0044 0532 0130 00")
    'DE89370400440532013000'
    """
    text = normalise_text(value)
    if text is None:
        return None
    return "".join(char for char in text if char.isalnum()).upper() or None


def normalise_address(value: Any) -> str | None:
    """Give the words in long form, sorted: order and punctuation do not matter.

    >>> normalise_address("12, Main St.; Springfield")
    '12 main springfield street'
    """
    text = normalise_text(value)
    if text is None:
        return None
    words = {
        _ADDRESS_WORDS.get(word, word)
        for word in text.translate(_WORD_CHARACTERS).split()
    }
    return " ".join(sorted(words)) or None


def normalise_network(value: Any) -> str | None:
    """Give the /24 network of an IPv4 address, the /48 network of an IPv6 address.

    >>> normalise_network("203.0.113.77"), normalise_network("2001:db8:1:2::3")
    ('203.0.113.0/24', '2001:db8:1::/48')
    """
    text = _format_raw_value(value).strip()
    if re.fullmatch(r"[\d.]+:\d+", text):
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    prefix = 24 if address.version == 4 else 48
    return str(ipaddress.ip_network((address, prefix), strict=False))


def build_shingles(text: str | None, length: int) -> frozenset[str] | None:
    """Give all runs of so many characters, the ends marked.

    >>> len(build_shingles("anna", 2))
    5
    """
    if not text:
        return None
    marked = f"\x02{text}\x03"
    count = max(1, len(marked) - length + 1)
    return frozenset(marked[start : start + length] for start in range(count))


def build_name_shingles(value: Any) -> frozenset[str] | None:
    """Pairs of characters of the name: near spellings share most of them."""
    return build_shingles(normalise_text(value), 2)


def build_address_shingles(value: Any) -> frozenset[str] | None:
    """Triples of characters of the normalised address words."""
    return build_shingles(normalise_address(value), 3)


def _format_raw_value(value: Any) -> str:
    # a number column with gaps is read as floats: 491701234567.0 is no phone number
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


_KINDS = ("exact", "sketch")


@dataclass(frozen=True)
class TokenMaker:
    """How one token column follows from one raw identity column.

    Attributes
    ----------
    name : str
        Token column, such as ``phone_pid``.
    function : callable
        Raw value to canonical text (or to a set of texts for a sketch); None when the
        value says nothing.
    kind : {'exact', 'sketch', 'open'}
        A keyed hash of the text, a keyed MinHash of the set, or the text itself, which
        only ``email_domain`` is.
    """

    name: str
    function: Callable[[Any], str | Collection[str] | None]
    kind: Literal["exact", "sketch", "open"] = "exact"


_EXACT_NORMALISERS = {
    "name": normalise_text,
    "address": normalise_address,
    "phone": normalise_phone,
    "email": normalise_email,
    "bank": normalise_code,
    "tax": normalise_code,
    "device": normalise_text,
    "ip24": normalise_network,
    "warehouse": normalise_address,
    "return_addr": normalise_address,
    "legal_rep": normalise_text,
    "doc_hash": normalise_code,
    "buyer": normalise_text,
    "exif": normalise_text,
    "annotator": normalise_text,
}
_FURTHER_MAKERS = {
    "name": (TokenMaker("name_sketch", build_name_shingles, "sketch"),),
    "address": (TokenMaker("address_sketch", build_address_shingles, "sketch"),),
    "phone": (TokenMaker("phone_last6_pid", normalise_phone_last6),),
    "email": (
        TokenMaker("email_domain", extract_email_domain, "open"),
        TokenMaker("email_template_pid", build_email_template),
    ),
}
_registered: dict[str, dict[str, TokenMaker]] = {}


def register_token_maker(
    name: str,
    column: str,
    function: Callable[[Any], str | Collection[str] | None],
    kind: Literal["exact", "sketch"] = "exact",
) -> None:
    """Add a token column made from a raw identity column, for vaults made afterwards.

    The column becomes an identity column in every table: its raw values are dropped on
    load. What the function returns is always keyed; it never leaves the vault as it is.

    Parameters
    ----------
    name : str
        Token column to make; ends in ``_pid`` (exact) or ``_sketch``.
    column : str
        Raw column to make it from.
    function : callable
        Takes one raw value that is not missing; returns its canonical text (a set of
        texts for a sketch), or None when the value says nothing.
    kind : {'exact', 'sketch'}, default='exact'
        Keyed hash, equal for equal texts; or keyed MinHash, alike for like sets.

    Raises
    ------
    IprsegError
        When the name has another ending, or is one that the vault makes by itself.

    Examples
    --------
    >>> import pandas as pd
    >>> from iprseg.tables.vault import Vault
    >>> from iprseg.tables.identities import register_token_maker
    >>> register_token_maker("chat_pid", "chat_handle", lambda v: str(v).lstrip("@"))
    >>> raw = pd.DataFrame({"seller_id": ["s1"], "chat_handle": ["@shop"]})
    >>> list(Vault(bytes(range(32))).pseudonymise(raw))
    ['seller_id', 'chat_pid']
    """
    check_option("kind", kind, _KINDS, "register_token_maker")
    ending = "_pid" if kind == "exact" else "_sketch"
    if not name.endswith(ending):
        raise IprsegError(
            f"The token column {name!r} must end in {ending!r}, so that a reader sees "
            "that it holds tokens."
        )
    if name in _list_own_tokens():
        raise IprsegError(f"The vault makes {name!r} by itself: choose another name.")
    _registered.setdefault(column, {})[name] = TokenMaker(name, function, kind)


def find_column_makers(table: str, column: str) -> tuple[TokenMaker, ...]:
    """Return the token makers of a raw column, none if it identifies nobody."""
    extra = tuple(_registered.get(column, {}).values())
    attribute = find_identity_attribute(table, column)
    return (*get_attribute_makers(attribute), *extra) if attribute else extra


def get_attribute_makers(attribute: str) -> tuple[TokenMaker, ...]:
    """Return the token makers of what a column identifies, such as ``phone``."""
    exact = TokenMaker(f"{attribute}_pid", _EXACT_NORMALISERS[attribute])
    return (exact, *_FURTHER_MAKERS.get(attribute, ()))


def build_generic_maker(column: str) -> TokenMaker:
    """Return the maker for a column of the identity table that nobody declared."""
    return TokenMaker(f"{column}_pid", normalise_text)


def _list_own_tokens() -> set[str]:
    further = {maker.name for makers in _FURTHER_MAKERS.values() for maker in makers}
    return further | {f"{attribute}_pid" for attribute in _EXACT_NORMALISERS}


_MIN_SHARE = 0.5
_SAMPLE_SIZE = 2_000  # about so many values are looked at, spread over the column
_EMAIL_PATTERN = re.compile(r"(?:mailto:)?[^@\s]+@[^@\s]+\.[^@\s.]{2,}")
_PHONE_PATTERN = re.compile(r"(?:\+|00)?\(?\d[\d\s().\-/]{5,22}")
_DATE_PATTERN = re.compile(r"\d{4}([-/.])\d\d?\1\d\d?|\d\d?([-/.])\d\d?\2\d{4}")


def detect_contact_kind(values: pd.Series) -> str | None:
    """Give ``email`` or ``phone`` when more than half of the values look like one.

    Telephone numbers are looked for only where the column's name hints at them, since
    product numbers are as long.

    Parameters
    ----------
    values : Series of shape (n_rows,)
        A column, with its name.

    Examples
    --------
    >>> detect_contact_kind(pd.Series(["a@mail.example", "b@mail.example", "-"], name="info"))
    'email'
    >>> detect_contact_kind(pd.Series(["+49 170 1234567"], name="mobile"))
    'phone'
    """
    number = pd.api.types.is_numeric_dtype(values.dtype)
    if not (number or pd.api.types.is_string_dtype(values.dtype)):
        return None
    contact = hints_at_phone(str(values.name))
    if number and not contact:
        return None
    given = values.dropna()
    texts = [
        _format_number_text(value) for value in given[:: 1 + len(given) // _SAMPLE_SIZE]
    ]
    if _are_most_true(_EMAIL_PATTERN.fullmatch(text) is not None for text in texts):
        return "email"
    if contact and _are_most_true(map(_is_phone_number, texts)):
        return "phone"
    return None


def _format_number_text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _is_phone_number(text: str) -> bool:
    digits = sum(char.isdigit() for char in text)
    return (
        7 <= digits <= 15
        and _PHONE_PATTERN.fullmatch(text) is not None
        and _DATE_PATTERN.fullmatch(text) is None
    )


def _are_most_true(answers: Iterable[bool]) -> bool:
    listed = list(answers)
    return bool(listed) and sum(listed) > _MIN_SHARE * len(listed)


_SKETCH_SIZE = 32
_MINIMUM_DIGITS = 8  # hexadecimal digits of one minimum


class KeyedMinHash:
    """MinHash whose hash functions follow from a key.

    Parameters
    ----------
    key : bytes
        Secret seed.
    """

    __slots__ = ("_hashes", "_key", "_multipliers", "_offsets")

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._hashes: dict[str, int] = {}
        seeds = b"".join(
            hmac.digest(key, f"permutation {i}".encode(), hashlib.sha256)[:16]
            for i in range(_SKETCH_SIZE)
        )
        pairs = np.frombuffer(seeds, dtype="<u8").reshape(_SKETCH_SIZE, 2)
        self._multipliers = pairs[:, 0] | np.uint64(1)  # odd, so a permutation
        self._offsets = pairs[:, 1].copy()

    def sketch(self, elements: Iterable[str]) -> str:
        """Return _SKETCH_SIZE minima as hexadecimal words, separated by spaces."""
        hashed = np.array(list(map(self._hash_element, elements)), dtype=np.uint64)
        mixed = hashed[:, None] * self._multipliers + self._offsets
        minima = mixed.min(axis=0) >> np.uint64(32)
        return minima.astype(">u4").tobytes().hex(" ", _MINIMUM_DIGITS // 2)

    def _hash_element(self, element: str) -> int:
        known = self._hashes.get(element)
        if known is None:
            message = element.encode("utf-8", "surrogatepass")
            digest = hmac.digest(self._key, message, hashlib.sha256)
            known = self._hashes[element] = int.from_bytes(digest[:8], "little")
        return known


def sketch_similarity(first: str, second: str) -> float:
    """Estimate how alike two raw values were, from their sketches alone.

    Parameters
    ----------
    first, second : str
        Values of one ``*_sketch`` column, made with one key in one domain.

    Returns
    -------
    float
        Share of equal minima: an estimate of the Jaccard similarity of the two sets of
        character runs, with a standard error of at most 0.09 (32 minima). NaN when a
        sketch is missing.

    References
    ----------
    Broder, A. (1997). On the resemblance and containment of documents.
    doi:10.1109/SEQUEN.1997.666900

    Examples
    --------
    >>> import pandas as pd
    >>> from iprseg.tables.vault import Vault
    >>> vault = Vault(bytes(range(32)))
    >>> raw = pd.DataFrame({"name": ["Anna Kruse Shop", "Anna Krause Shop", "Li"]})
    >>> a, b, c = vault.pseudonymise(raw)["name_sketch"]
    >>> sketch_similarity(a, b) > 0.5, sketch_similarity(a, c) < 0.2
    (True, True)
    """
    if not isinstance(first, str) or not isinstance(second, str):
        return float("nan")
    pairs = zip(first.split(), second.split(), strict=True)
    return sum(a == b for a, b in pairs) / _SKETCH_SIZE
