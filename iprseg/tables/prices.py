"""Read prices and numbers out of text, whatever the decimal mark and the currency.

`Parsed` is what every parser of a column gives back.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from iprseg.validation import check_option

if TYPE_CHECKING:
    from iprseg.tables.checks import ProblemLog
    from iprseg.tables.mapping import ColumnRule

# An amount: digits with '.', ',', apostrophes or spaces between groups of digits.
_AMOUNT_PATTERN = r"[-+]?(?:\d+(?:[.,'’]\d+| \d{3}(?!\d))*[.,]?|[.,]\d+)"
_SCIENTIFIC_PATTERN = re.compile(r"[-+]?\d+(?:\.\d+)?[eE][-+]?\d+")
# Before and after the amount only a currency, a unit ("/ea", "each") or a dash.
_PRICE_PATTERN = re.compile(
    rf"^(?P<before>[^\d]*?)(?P<amount>{_AMOUNT_PATTERN})(?P<after>[^\d]*)$"
)
_GROUPED_DIGITS = {
    mark: re.compile(
        rf"[-+]?\d{{1,3}}(?:{re.escape(mark)}\d{{2,3}})*{re.escape(mark)}\d{{3}}"
    )
    for mark in ".,"
}


def parse_prices(
    values: pd.Series, decimal: str = "auto", currency: str | None = None
) -> Parsed:
    """Read prices such as ``₹1,089``, ``R$ 64,00`` or ``US $84.99/ea``.

    One separator followed by exactly three digits has two readings (``1.089``). The
    unmistakable prices of the column decide; where there are none, it is read as a
    thousands separator. The number of such prices is reported.

    Parameters
    ----------
    values : Series of shape (n,)
        Texts; missing values stay missing. Numbers are taken as they are.
    decimal : {"auto", "point", "comma"}
        The decimal mark, or ``"auto"`` to let the column decide.
    currency : str, optional
        ISO code of a price whose text does not say it unmistakably.

    Returns
    -------
    Parsed
        `values` is float64; `currency` holds ISO codes, missing where unknown.

    Raises
    ------
    IprsegError
        When `decimal` is none of its options.

    Examples
    --------
    >>> import pandas as pd
    >>> from iprseg.tables import parse_prices
    >>> parsed = parse_prices(pd.Series(["R$ 1.064,50", "R$ 64,00", "1.089", "N/A"]))
    >>> parsed.values.tolist()
    [1064.5, 64.0, 1089.0, nan]
    >>> list(parsed.missing_words)
    ['N/A']
    """
    check_option("decimal", decimal, ("auto", "point", "comma"), "parse_prices")
    if pd.api.types.is_numeric_dtype(values):
        return _take_numeric(values, currency)
    return _parse_amounts(values, decimal, currency, lone_group_is_thousands=True)


def parse_numbers(values: pd.Series, decimal: str = "auto") -> Parsed:
    """Read plain numbers; as `parse_prices`, but a lone ``1.234`` is 1 and a bit.

    Examples
    --------
    >>> import pandas as pd
    >>> from iprseg.tables import parse_numbers
    >>> parse_numbers(pd.Series(["0,5", "1e3", "x"]), decimal="comma").values.tolist()
    [0.5, 1000.0, nan]
    """
    check_option("decimal", decimal, ("auto", "point", "comma"), "parse_numbers")
    if pd.api.types.is_numeric_dtype(values):
        return _take_numeric(values, None)
    return _parse_amounts(values, decimal, None, lone_group_is_thousands=False)


def _take_numeric(values: pd.Series, currency: str | None) -> Parsed:
    numbers = values.astype("float64")
    infinite = np.isinf(numbers)
    none = values[infinite]
    known = pd.Series(currency, index=values.index, dtype=object)
    return Parsed(
        numbers.mask(infinite),
        none,
        none[:0],
        none[:0],
        "",
        known if currency else None,
    )


def _parse_amounts(
    values: pd.Series, decimal: str, currency: str | None, lone_group_is_thousands: bool
) -> Parsed:
    clean, missing = split_missing_words(clean_distinct_texts(values))
    parts = clean.str.extract(_PRICE_PATTERN)
    amounts = parts["amount"].str.replace(r"['’ ]", "", regex=True)
    scientific = clean.map(lambda text: bool(_SCIENTIFIC_PATTERN.fullmatch(text)))
    amounts = amounts.mask(scientific, clean)
    codes = [
        find_currency(f"{before} {after}") if isinstance(before, str) else None
        for before, after in zip(parts["before"], parts["after"], strict=True)
    ]
    negative = parts["before"].fillna("").str.startswith(("-", "("))
    marks = [_detect_decimal_mark(a) if isinstance(a, str) else "" for a in amounts]
    mark, decided = _choose_decimal_mark(marks, decimal, lone_group_is_thousands)
    numbers = pd.Series(
        [
            _convert_amount(a, m, mark, decimal) if isinstance(a, str) else np.nan
            for a, m in zip(amounts, marks, strict=True)
        ],
        index=clean.index,
        dtype=float,
    )
    numbers = numbers.mask(negative & (numbers > 0), -numbers)
    unreadable = set(numbers.index[numbers.isna()])
    unsure = {t for t, m in zip(clean.index, marks, strict=True) if m.endswith("?")}
    unsure = unsure - unreadable if decimal == "auto" else set()
    known = values.map(dict(zip(clean.index, codes, strict=True))).astype(object)
    if currency:
        known = known.where(known.notna() | values.isna(), currency)
    return Parsed(
        values.map(numbers.to_dict()).astype("float64"),
        select_texts(values, unreadable),
        select_texts(values, missing),
        select_texts(values, unsure),
        decided if unsure else "",
        known if known.notna().any() else None,
    )


def _detect_decimal_mark(amount: str) -> str:
    """Say which mark is the decimal one: '.', ',', '' (none) or '.?' (two readings)."""
    if "e" in amount.lower():
        return "."
    points, commas = amount.count("."), amount.count(",")
    if points and commas:
        return "." if amount.rfind(".") > amount.rfind(",") else ","
    if not points and not commas:
        return ""
    mark, other = (".", ",") if points else (",", ".")
    if points + commas > 1:
        return f"{other}!"  # repeated, so it groups; the other one is the decimal mark
    before, _, after = amount.lstrip("+-").partition(mark)
    three = len(after) == 3 and 1 <= len(before) <= 3 and before != "0"
    return f"{mark}?" if three else mark


def _choose_decimal_mark(
    marks: list[str], decimal: str, thousands: bool
) -> tuple[str, str]:
    """Choose the decimal mark for amounts with two readings, and say why."""
    if decimal != "auto":
        return {"point": ".", "comma": ","}[decimal], ""
    points = sum(m in (".", ".!") for m in marks)
    commas = sum(m in (",", ",!") for m in marks)
    if points == commas:
        if thousands:
            return (
                "",
                "read as thousands separators, nothing in the column says otherwise",
            )
        return ".", "read with a decimal point, nothing in the column says otherwise"
    winner = "." if points > commas else ","
    name = "point" if winner == "." else "comma"
    most, least = max(points, commas), min(points, commas)
    return winner, f"read with a decimal {name}, as {most} of {most + least} clear ones"


def _convert_amount(amount: str, own: str, column: str, decimal: str) -> float:
    """Turn an amount into a number, or NaN when its groups make no sense."""
    if "e" in amount.lower():
        return float(amount)
    amount = amount.rstrip(".,") or "x"
    sure = own.rstrip("!") if not own.endswith("?") else ""
    mark = column if decimal != "auto" or own.endswith("?") else sure
    # with no known decimal mark both marks group
    for group in {".", ","} - {mark}:
        whole = amount.partition(mark)[0] if mark else amount
        if group in amount and not _GROUPED_DIGITS[group].fullmatch(whole):
            return np.nan
        amount = amount.replace(group, "")
    text = amount.replace(",", ".") if mark == "," else amount
    return float(text) if text.count(".") <= 1 and re.search(r"\d", text) else np.nan


@cache
def _read_currency_symbols() -> tuple[re.Pattern[str], dict[str, str | None]]:
    table = pd.read_csv(
        Path(__file__).with_name("currencies.csv"), dtype=str, keep_default_na=False
    )
    codes = {
        symbol: code or None
        for symbol, code in zip(table["symbol"], table["currency"], strict=True)
    }
    longest = sorted(codes, key=len, reverse=True)
    # letters such as "RP" count as a whole word only
    return re.compile("|".join(map(_bound_symbol, longest))), codes


def _bound_symbol(symbol: str) -> str:
    before = r"(?<![^\W\d_])" if symbol[0].isalpha() else ""
    after = r"(?![^\W\d_])" if symbol[-1].isalpha() else ""
    return f"{before}{re.escape(symbol)}{after}"


_CURRENCY_CODES = frozenset(
    [
        "AED",
        "ARS",
        "AUD",
        "BDT",
        "BGN",
        "BHD",
        "BRL",
        "CAD",
        "CHF",
        "CLP",
        "CNY",
        "COP",
        "CZK",
        "DKK",
        "EGP",
        "EUR",
        "GBP",
        "HKD",
        "HUF",
        "IDR",
        "ILS",
        "INR",
        "JOD",
        "JPY",
        "KES",
        "KRW",
        "KWD",
        "KZT",
        "LKR",
        "MAD",
        "MXN",
        "MYR",
        "NGN",
        "NOK",
        "NZD",
        "OMR",
        "PEN",
        "PHP",
        "PKR",
        "PLN",
        "QAR",
        "RON",
        "RSD",
        "RUB",
        "SAR",
        "SEK",
        "SGD",
        "THB",
        "TND",
        "TRY",
        "TWD",
        "UAH",
        "USD",
        "UYU",
        "VND",
        "ZAR",
    ]
)


@cache
def find_currency(text: str) -> str | None:
    """Give the ISO code that the text around an amount states, if unmistakable."""
    for word in re.findall(r"\b[A-Z]{3}\b", text.upper()):
        if word in _CURRENCY_CODES:
            return str(word)
    pattern, codes = _read_currency_symbols()
    found = pattern.search(text.upper())
    return codes[found.group()] if found else None


# Texts that say "there is no value", casefolded; a bare dash is one of them.
MISSING_WORDS = frozenset(
    """n/a
na
n.a.
n.a
#n/a
nan
null
none
nil
-
–
—
--
?
unknown
missing
<na>
(null)
not available
k.a.
n/d
nd
não informado
sem preço
indisponível
no disponible
sin precio
不明
无
なし""".splitlines()
)


@dataclass(frozen=True)
class Parsed:
    """The values of one column after parsing, and what could not be parsed.

    Attributes
    ----------
    values : Series
        Parsed values on the index of the input; missing where there is none.
    unparsed : Series
        The texts that could not be understood (missing in `values`).
    missing_words : Series
        The texts that say in words that there is no value, such as ``N/A``.
    ambiguous : Series
        The texts with two readings, decided by the rest of the column.
    decided : str
        How the ambiguous ones were read, in words.
    currency : Series or None
        ISO code per row where the text itself says it; prices only.
    """

    values: pd.Series
    unparsed: pd.Series
    missing_words: pd.Series
    ambiguous: pd.Series
    decided: str = ""
    currency: pd.Series | None = None


@cache
def _build_digit_table() -> dict[int, str]:
    """Map the digits and separators of every script to ASCII, for str.translate."""
    table = {ord("٫"): ".", ord("٬"): ",", ord("−"): "-", ord("﹣"): "-"}
    for code in range(0x110000):
        character = chr(code)
        if code > 127 and unicodedata.category(character) == "Nd":
            table[code] = str(unicodedata.decimal(character))
    return table


def clean_distinct_texts(values: pd.Series) -> pd.Series:
    """Give distinct texts with ASCII digits and single spaces, missing ones left out.

    Parsing the distinct texts alone makes a column of a million prices cheap.
    """
    texts = pd.Series(values.dropna().unique(), dtype=object)
    clean = texts.map(
        lambda text: " ".join(
            unicodedata.normalize("NFC", str(text)[:200])
            .translate(_build_digit_table())
            .split()
        )
    )
    clean.index = pd.Index(texts, dtype=object)
    return clean[clean != ""]


def split_missing_words(clean: pd.Series) -> tuple[pd.Series, set[str]]:
    """Take the missing words out of distinct texts; give both."""
    words = clean.str.casefold().isin(MISSING_WORDS)
    return clean[~words], set(clean.index[words])


def select_texts(values: pd.Series, texts: set[str]) -> pd.Series:
    """Give the entries of a column whose text is in a set."""
    return values[values.isin(texts)]


def report_currencies(table: str, frame: pd.DataFrame, book: ProblemLog) -> None:
    """Warn where amounts of one table are in several currencies."""
    if "currency" not in frame:
        return
    counts = frame["currency"].value_counts()
    if len(counts) > 1:
        book.add(
            "warning",
            table,
            "currency",
            f"prices are in {len(counts)} currencies, so amounts do not compare",
            "kept; compare within one currency",
            n=int(counts.iloc[1:].sum()),
            examples=[f"{n:,} {code}" for code, n in counts.items()],
        )


def blank_other_currencies(
    table: str, column: str, how: ColumnRule, parsed: Parsed, book: ProblemLog
) -> Parsed:
    """Take amounts that state another currency out of a column of US dollars."""
    header = how.source[0].replace("_", " ") if how.source else ""
    given = how.currency or find_currency(header)
    stated = pd.Series(given, index=parsed.values.index, dtype=object)
    if parsed.currency is not None:
        stated = parsed.currency.combine_first(stated)
    other = stated.notna() & (stated != "USD") & parsed.values.notna()
    if not other.any():
        return parsed
    book.add(
        "warning",
        table,
        column,
        "states another currency than US dollars",
        "set to missing, rows kept; convert it, or leave the column out",
        n=int(other.sum()),
        examples=stated[other].drop_duplicates(),
    )
    return replace(parsed, values=parsed.values.mask(other))
