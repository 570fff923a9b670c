"""The canonical tables: their columns and contracts, and the names they go by.

Columns are data (`columns.csv`), as are their names in many languages (`guesses.csv`)
and the names that say whose identity a column holds (`identity_names.csv`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from iprseg.validation import check_option

if TYPE_CHECKING:
    from pandera.pandas import DataFrameSchema
import unicodedata

# NaN-backed strings: what `str` means in pandas 3, spelled so that 2.3 agrees.
TEXT_DTYPE = pd.StringDtype(na_value=np.nan)
DATE_DTYPE = pd.DatetimeTZDtype("us", "UTC")

# canonical dtype -> the pandas dtypes a checked frame may have
_DTYPE_TESTS = {
    "text": lambda dtype: dtype == TEXT_DTYPE,
    "number": lambda dtype: dtype == np.float64,
    "price": lambda dtype: dtype == np.float64,
    "integer": lambda dtype: dtype in (np.int64, np.float64),
    "date": lambda dtype: dtype == DATE_DTYPE,
    "boolean": lambda dtype: dtype in (np.dtype(bool), pd.BooleanDtype()),
}

_VALUE_TESTS: dict[str, Callable[[pd.Series, str], pd.Series]] = {
    "ge": lambda values, bound: values >= float(bound),
    "le": lambda values, bound: values <= float(bound),
    "isin": lambda values, names: values.isin(names.split("|")),
    "match": lambda values, pattern: values.str.match(pattern),
}
_FAILURE_WORDS = {
    "ge": "is below {}",
    "le": "is above {}",
    "isin": "is none of {}",
    "match": "does not look like {}",
}


@cache
def canonical_columns() -> pd.DataFrame:
    """Give every column of every canonical table.

    Returns
    -------
    DataFrame
        One row per column, indexed by (`table`, `column`): `dtype` (text, number,
        price, integer, date or boolean), `required` (bool), `key` (``primary`` or
        ``foreign:table.column``), `checks`, `identity` (the token column that
        replaces a raw identity, or ``""``), `description`.

    Examples
    --------
    >>> from iprseg.tables.contracts import canonical_columns
    >>> canonical_columns().loc[("listings", "title"), "required"]
    np.True_
    """
    frame = pd.read_csv(
        Path(__file__).with_name("columns.csv"), dtype=str, keep_default_na=False
    )
    frame["required"] = frame["required"] == "yes"
    return frame.set_index(["table", "column"])


def list_table_names() -> list[str]:
    """Give the names of the canonical tables, in the order of the specification."""
    return list(dict.fromkeys(canonical_columns().index.get_level_values("table")))


def get_table_columns(table: str) -> pd.DataFrame:
    """Give the columns of one canonical table, indexed by `column`."""
    frame = canonical_columns()
    return frame[frame.index.get_level_values("table") == table].droplevel("table")


def get_primary_key(table: str) -> str | None:
    """Give the column whose values name the rows of a table, if it has one."""
    keys = get_table_columns(table)["key"]
    names = keys.index[keys.str.contains("primary")]
    return names[0] if len(names) else None


def get_foreign_keys(table: str) -> list[tuple[str, str, str]]:
    """Give (column, other table, other column) for each reference of a table."""
    found = []
    for column, key in get_table_columns(table)["key"].items():
        for part in key.split(";"):
            if part.startswith("foreign:"):
                other, _, name = part.removeprefix("foreign:").partition(".")
                found.append((str(column), other, name))
    return found


def contract(table: str) -> DataFrameSchema:
    """Build the pandera contract of one canonical table.

    Columns that the contract does not name are allowed. Checks whose name starts
    with ``soft`` are left out: they make a note, not a failure (`find_unusual_values`).

    Parameters
    ----------
    table : str
        Name of a canonical table, such as ``"listings"``.

    Returns
    -------
    pandera.pandas.DataFrameSchema
        Validate with ``lazy=True`` to get every failure in one exception.

    Raises
    ------
    IprsegError
        When there is no such canonical table.

    Examples
    --------
    >>> from iprseg.tables import contract
    >>> sorted(contract("orders_daily").columns)[:2]
    ['clicks', 'date']
    """
    import pandera.pandas as pa

    check_option("table", table, list_table_names(), "contract")
    return pa.DataFrameSchema(
        {
            str(name): pa.Column(
                checks=[
                    _build_dtype_check(rule["dtype"]),
                    *(
                        _build_value_check(*part)
                        for part in _split_checks(rule["checks"])
                    ),
                ],
                required=bool(rule["required"]),
                nullable=True,
            )
            for name, rule in get_table_columns(table).iterrows()
        },
        name=table,
        strict=False,
    )


def _split_checks(text: str, soft: bool = False) -> list[tuple[str, str]]:
    """Split ``ge:0;soft_isin:a|b`` into (name, argument), hard or soft ones.

    Examples
    --------
    >>> _split_checks("ge:0;soft_isin:a|b", soft=True)
    [('isin', 'a|b')]
    """
    parts = [part.partition(":")[::2] for part in text.split(";") if part]
    return [
        (name.removeprefix("soft_"), argument)
        for name, argument in parts
        if name.startswith("soft_") == soft
    ]


def _build_dtype_check(dtype: str) -> Any:
    import pandera.pandas as pa

    return pa.Check(
        lambda values: bool(_DTYPE_TESTS[dtype](values.dtype)),
        name=f"is stored as {dtype}",
    )


def _build_value_check(name: str, argument: str) -> Any:
    import pandera.pandas as pa

    return pa.Check(
        lambda values: _VALUE_TESTS[name](values, argument).astype(bool),
        name=_FAILURE_WORDS[name].format(argument),
        ignore_na=True,
    )


def find_contract_failures(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Validate a frame against its contract and give every failure at once.

    Returns
    -------
    DataFrame
        Columns `column`, `check` (words), `failure_case`, `index` (the row's index
        label, missing when the column as a whole fails); empty when all is well.
    """
    from pandera.errors import SchemaErrors

    try:
        contract(table).validate(frame, lazy=True)
    except SchemaErrors as error:
        cases = error.failure_cases
        absent = cases["check"] == "column_in_dataframe"
        cases.loc[absent, "column"] = cases.loc[absent, "failure_case"]
        cases.loc[absent, "check"] = "is required and not there"
        return cases[["column", "check", "failure_case", "index"]]
    return pd.DataFrame(columns=["column", "check", "failure_case", "index"])


def find_unusual_values(
    table: str, frame: pd.DataFrame
) -> list[tuple[str, str, pd.Series]]:
    """Give (column, words, values) for values that are allowed but unusual."""
    found = []
    rules = get_table_columns(table)["checks"]
    for column in rules.index.intersection(frame.columns):
        for name, argument in _split_checks(rules[column], soft=True):
            values = frame[column].dropna()
            unusual = values[~_VALUE_TESTS[name](values, argument).astype(bool)]
            if len(unusual):
                words = _FAILURE_WORDS[name].format(re.sub(r"\|", ", ", argument))
                found.append((str(column), words, unusual))
    return found


def normalise_name(name: str) -> str:
    """Write a name as words: lower case, no accents, ``camelCase`` cut.

    Examples
    --------
    >>> normalise_name("priceWithCurrency"), normalise_name("Preço_Original")
    ('price with currency', 'preco original')
    """
    cut = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    plain = "".join(
        c for c in unicodedata.normalize("NFKD", cut) if not unicodedata.combining(c)
    )
    return " ".join(re.findall(r"[^\W_]+", plain.casefold()))


@cache
def _read_synonyms() -> pd.DataFrame:
    frame = pd.read_csv(
        Path(__file__).with_name("guesses.csv"), dtype=str, keep_default_na=False
    )
    frame["words"] = [
        tuple(dict.fromkeys(normalise_name(n) for n in names.split("|")))
        for names in frame["names"]
    ]
    return frame


@cache
def get_column_synonyms(table: str) -> dict[str, tuple[str, ...]]:
    """Give the names each column of a table goes by, the usual ones first."""
    rows = _read_synonyms()
    rows = rows[(rows["table"] == table) & (rows["column"] != "")]
    return dict(zip(rows["column"], rows["words"], strict=True))


@cache
def get_table_synonyms(table: str) -> frozenset[str]:
    """Give the names a table goes by."""
    rows = _read_synonyms()
    rows = rows[(rows["table"] == table) & (rows["column"] == "")]
    return frozenset(
        {w for words in rows["words"] for w in words} | {normalise_name(table)}
    )


def match_identity_column(source: str) -> str | None:
    """Give the raw identity column that a name in any language stands for.

    Examples
    --------
    >>> match_identity_column("Telefone"), match_identity_column("city")
    ('phone', None)
    """
    rules = get_table_columns("seller_identity")
    words = normalise_name(source)
    for column, names in get_column_synonyms("seller_identity").items():
        if rules["identity"][column] and words in (normalise_name(column), *names):
            return column
    return None


_SELLER_TABLES = ("seller_identity", "sellers", "creators")


def find_identity_attribute(table: str, column: str) -> str | None:
    """Give what a column identifies by its name, such as ``phone``; None for nobody.

    Case, accents, spaces and a number at the end do not matter. Words such as ``name``
    or ``phone`` mean a person only among the sellers or beside an owner: elsewhere a
    phone is what a case is made for, and a brand has a name.

    Parameters
    ----------
    table : str
        Canonical table name.
    column : str
        Column name, as its source writes it.

    Examples
    --------
    >>> find_identity_attribute("listings", "Seller name")
    'name'
    >>> find_identity_attribute("listings", "E-mail")
    'email'
    >>> find_identity_attribute("listings", "Phone model") is None
    True
    >>> find_identity_attribute("sellers", "phone")
    'phone'
    """
    word = _fold_name(column)
    places = [table, "any"]
    if table in _SELLER_TABLES:
        places += ["sellers", "owned"]
    if found := _look_up_attribute(word, places):
        return found
    while (rest := _strip_owner(word)) != word:
        word = rest
        if found := _look_up_attribute(word, ["any", "owned"]):
            return found
    return None


def hints_at_phone(column: str) -> bool:
    """Say whether a column may hold telephone numbers, by its name.

    >>> hints_at_phone("Phone model"), hints_at_phone("gtin")
    (True, False)
    """
    word = _fold_name(column)
    return any(hint in word for hint in _fold_scope_names("phone_hint"))


def _fold_name(column: str) -> str:
    """Write a name in one word: no case, accents, marks, particles or end number.

    >>> _fold_name("E-mail do Vendedor 2"), _fold_name("sellerPhone1")
    ('emailvendedor', 'sellerphone')
    """
    particles = _select_names("particle")
    words = [word for word in normalise_name(column).split() if word not in particles]
    return "".join(words).rstrip("0123456789")


def _strip_owner(word: str) -> str:
    # the longest first, so that 联系人 is not cut to 人; a shop at the end is no owner
    # ("phone shop" sells phones)
    both, first = _fold_scope_names("owner"), _fold_scope_names("first_owner")
    for owner in sorted(both | first, key=lambda owner: (-len(owner), owner)):
        if word.startswith(owner):
            return word.removeprefix(owner)
        if owner in both and word.endswith(owner):
            return word.removesuffix(owner)
    return word


def _look_up_attribute(word: str, places: list[str]) -> str | None:
    table = _index_attributes()
    return next(
        (table[place, word] for place in places if (place, word) in table), None
    )


@cache
def _read_identity_names() -> pd.DataFrame:
    path = Path(__file__).with_name("identity_names.csv")
    return pd.read_csv(path, dtype=str, keep_default_na=False)


@cache
def _select_names(scope: str) -> frozenset[str]:
    names = _read_identity_names().loc[
        _read_identity_names()["scope"] == scope, "names"
    ]
    return frozenset(name for row in names for name in row.split("|"))


@cache
def _fold_scope_names(scope: str) -> frozenset[str]:
    return frozenset(map(_fold_name, _select_names(scope)))


@cache
def _index_attributes() -> dict[tuple[str, str], str]:
    return {
        (row["scope"], _fold_name(name)): row["means"]
        for _, row in _read_identity_names().iterrows()
        if row["means"]
        for name in row["names"].split("|")
    }
