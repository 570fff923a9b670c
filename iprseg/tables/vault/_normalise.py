"""Pure functions that bring one raw identity value to the form that is tokenised.

Each returns text, or None for a value that says nothing ("n/a", "-"): a token of such
a value would link every seller who left the field empty.
"""

import ipaddress
import re
import unicodedata
from typing import Any

_SAYS_NOTHING = frozenset(
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


class _Words(dict[int, str]):
    """Letters, marks and numbers as they are, all else a space: for str.translate."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        self[code] = char if unicodedata.category(char)[0] in "LMN" else " "
        return self[code]


_WORDS = _Words()
_DOTLESS_MAIL = frozenset({"gmail.com", "googlemail.com"})


def normalise_text(value: Any) -> str | None:
    """NFKC, case folded, single spaces.

    >>> normalise_text("  Ｍüller   GmbH ")
    'müller gmbh'
    """
    text = _as_text(value)
    if text.isascii():
        text = text.lower()  # all that the rest does to it
    else:
        # folding can undo NFKC and NFKC can bring back capitals, so twice
        for _ in range(2):
            text = unicodedata.normalize("NFKC", text).casefold()
        text = unicodedata.normalize("NFKC", text)
    text = " ".join(text.split())
    if text in _SAYS_NOTHING or not any(char.isalnum() for char in text):
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


def email_domain(value: Any) -> str | None:
    """Give the domain, case folded; None where there is no ``@``.

    >>> email_domain("Jo@Mail.Example.com")
    'mail.example.com'
    """
    text = normalise_text(value)
    domain = text.rpartition("@")[2].strip(" .>") if text and "@" in text else ""
    return domain or None


def email_template(value: Any) -> str | None:
    """Give the pattern of the part before the ``@``: letters to ``a``, digits to ``9``.

    >>> email_template("anna.kruse1987@mail.example")
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
    words = {_ADDRESS_WORDS.get(word, word) for word in text.translate(_WORDS).split()}
    return " ".join(sorted(words)) or None


def normalise_network(value: Any) -> str | None:
    """Give the /24 network of an IPv4 address, the /48 network of an IPv6 address.

    >>> normalise_network("203.0.113.77"), normalise_network("2001:db8:1:2::3")
    ('203.0.113.0/24', '2001:db8:1::/48')
    """
    text = _as_text(value).strip()
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


def shingles(text: str | None, length: int) -> frozenset[str] | None:
    """Give all runs of so many characters, the ends marked.

    >>> len(shingles("anna", 2))
    5
    """
    if not text:
        return None
    marked = f"\x02{text}\x03"
    count = max(1, len(marked) - length + 1)
    return frozenset(marked[start : start + length] for start in range(count))


def name_shingles(value: Any) -> frozenset[str] | None:
    """Pairs of characters of the name: near spellings share most of them."""
    return shingles(normalise_text(value), 2)


def address_shingles(value: Any) -> frozenset[str] | None:
    """Triples of characters of the normalised address words."""
    return shingles(normalise_address(value), 3)


def _as_text(value: Any) -> str:
    # a number column with gaps is read as floats: 491701234567.0 is no phone number
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
