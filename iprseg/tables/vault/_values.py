"""What the values of a column say: e-mail addresses and telephone numbers."""

import re
from collections.abc import Iterable

import pandas as pd

from iprseg.tables.vault._names import hints_phone

_SHARE = 0.5
_SAMPLE = 2_000  # about so many values are looked at, spread over the column
_EMAIL = re.compile(r"(?:mailto:)?[^@\s]+@[^@\s]+\.[^@\s.]{2,}")
_PHONE = re.compile(r"(?:\+|00)?\(?\d[\d\s().\-/]{5,22}")
_DATE = re.compile(r"\d{4}([-/.])\d\d?\1\d\d?|\d\d?([-/.])\d\d?\2\d{4}")


def look_of(values: pd.Series) -> str | None:
    """Give ``email`` or ``phone`` when more than half of the values look like one.

    Telephone numbers are looked for only where the column's name hints at them, since
    product numbers are as long.

    Parameters
    ----------
    values : Series of shape (n_rows,)
        A column, with its name.

    Examples
    --------
    >>> look_of(pd.Series(["a@mail.example", "b@mail.example", "-"], name="info"))
    'email'
    >>> look_of(pd.Series(["+49 170 1234567"], name="mobile"))
    'phone'
    """
    number = pd.api.types.is_numeric_dtype(values.dtype)
    if not (number or pd.api.types.is_string_dtype(values.dtype)):
        return None
    contact = hints_phone(str(values.name))
    if number and not contact:
        return None
    given = values.dropna()
    texts = [_text(value) for value in given[:: 1 + len(given) // _SAMPLE]]
    if _most(_EMAIL.fullmatch(text) is not None for text in texts):
        return "email"
    if contact and _most(map(_is_phone, texts)):
        return "phone"
    return None


def _text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _is_phone(text: str) -> bool:
    digits = sum(char.isdigit() for char in text)
    return (
        7 <= digits <= 15
        and _PHONE.fullmatch(text) is not None
        and _DATE.fullmatch(text) is None
    )


def _most(answers: Iterable[bool]) -> bool:
    listed = list(answers)
    return bool(listed) and sum(listed) > _SHARE * len(listed)
