"""Turn one column of text into its canonical type."""

from __future__ import annotations

import pandas as pd

from iprseg.tables.contracts import TEXT
from iprseg.tables.dates import parse_dates
from iprseg.tables.parsed import Parsed, pick, plain_text, split_missing
from iprseg.tables.prices import parse_numbers, parse_prices

__all__ = ["as_text", "parse_booleans", "parse_integers"]

_TRUE = frozenset(
    "1 true t yes y sim s si sí oui ja да 是 はい ya evet tak verdadeiro".split()  # noqa: SIM905
)
_FALSE = frozenset(
    "0 false f no n não nao non nein нет 否 いいえ tidak hayır nie falso".split()  # noqa: SIM905
)


def as_text(values: pd.Series) -> pd.Series:
    """Give a column as text; whole numbers lose a ``.0`` that storage gave them.

    Examples
    --------
    >>> as_text(pd.Series([4006381333931.0, None])).tolist()
    ['4006381333931', nan]
    """
    if values.dtype == TEXT:
        return values
    if pd.api.types.is_float_dtype(values) and (values.dropna() % 1 == 0).all():
        values = values.astype("Int64")
    if values.dtype == object:
        values = values.map(_cell_text, na_action="ignore")
    return values.astype(TEXT)


def _cell_text(cell: object) -> object:
    """Write one cell: lists joined by ';', whole floats without '.0'."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, list | tuple) or hasattr(cell, "tolist"):
        return ";".join(str(item) for item in cell)  # type: ignore[attr-defined]
    return str(cell)


def parse_integers(values: pd.Series, decimal: str = "auto") -> Parsed:
    """Read whole numbers; grouping marks are understood, fractions are refused.

    Returns
    -------
    Parsed
        `values` is int64, or float64 when any is missing.

    Examples
    --------
    >>> import pandas as pd
    >>> from iprseg.tables import parse_integers
    >>> parse_integers(pd.Series(["3,836", "12"])).values.tolist()
    [3836, 12]
    """
    read = parse_prices(values, decimal)
    broken = read.values.notna() & (read.values % 1 != 0)
    numbers = read.values.mask(broken)
    unparsed = pd.concat([read.unparsed, values[broken]])
    whole = numbers if numbers.isna().any() else numbers.astype("int64")
    return Parsed(whole, unparsed, read.missing_words, read.ambiguous, read.decided)


def parse_booleans(values: pd.Series) -> Parsed:
    """Read yes and no in several languages, ``true``/``false``, ``1``/``0``.

    Returns
    -------
    Parsed
        `values` is bool, or the nullable boolean when any is missing.

    Examples
    --------
    >>> import pandas as pd
    >>> from iprseg.tables import parse_booleans
    >>> parse_booleans(pd.Series(["Sim", "não", "perhaps"])).values.tolist()
    [True, False, <NA>]
    """
    none = values[:0]
    if pd.api.types.is_bool_dtype(values):
        return Parsed(_tight(values.astype("boolean")), none, none, none)
    clean, missing = split_missing(plain_text(as_text(values)))
    words = clean.str.casefold()
    known = words[words.isin(_TRUE | _FALSE)].isin(_TRUE)
    texts = as_text(values)
    answers = texts.map(known.to_dict()).astype("boolean")
    unparsed = pick(texts, set(clean.index) - set(known.index))
    return Parsed(_tight(answers), unparsed, pick(texts, missing), none)


def _tight(answers: pd.Series) -> pd.Series:
    return answers if answers.isna().any() else answers.astype(bool)


def parse_column(values: pd.Series, dtype: str, rule: dict) -> Parsed:
    """Parse a column to its canonical dtype with the options of its mapping rule."""
    decimal = rule.get("decimal", "auto")
    none = values[:0]
    if dtype == "text":
        return Parsed(as_text(values), none, none, none)
    if dtype == "price":
        return parse_prices(values, decimal, rule.get("currency"))
    if dtype == "number":
        return parse_numbers(values, decimal)
    if dtype == "integer":
        return parse_integers(values, decimal)
    if dtype == "boolean":
        return parse_booleans(values)
    return parse_dates(values, rule.get("format"), rule.get("timezone"))
