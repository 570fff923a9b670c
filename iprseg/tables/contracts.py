"""The canonical tables as data (`columns.csv`), and as pandera contracts."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from iprseg._check import check_option

if TYPE_CHECKING:
    from pandera.pandas import DataFrameSchema

__all__ = ["canonical_columns", "contract", "hard_failures", "soft_failures"]

# NaN-backed strings: what `str` means in pandas 3, spelled so that 2.3 agrees.
TEXT = pd.StringDtype(na_value=np.nan)
DATE = pd.DatetimeTZDtype("us", "UTC")

# canonical dtype -> the pandas dtypes a checked frame may have
_STORED = {
    "text": lambda dtype: dtype == TEXT,
    "number": lambda dtype: dtype == np.float64,
    "price": lambda dtype: dtype == np.float64,
    "integer": lambda dtype: dtype in (np.int64, np.float64),
    "date": lambda dtype: dtype == DATE,
    "boolean": lambda dtype: dtype in (np.dtype(bool), pd.BooleanDtype()),
}

_TESTS: dict[str, Callable[[pd.Series, str], pd.Series]] = {
    "ge": lambda values, bound: values >= float(bound),
    "le": lambda values, bound: values <= float(bound),
    "isin": lambda values, names: values.isin(names.split("|")),
    "match": lambda values, pattern: values.str.match(pattern),
}
_WORDS = {
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


def table_names() -> list[str]:
    """Give the names of the canonical tables, in the order of the specification."""
    return list(dict.fromkeys(canonical_columns().index.get_level_values("table")))


def table_columns(table: str) -> pd.DataFrame:
    """Give the columns of one canonical table, indexed by `column`."""
    frame = canonical_columns()
    return frame[frame.index.get_level_values("table") == table].droplevel("table")


def primary_key(table: str) -> str | None:
    """Give the column whose values name the rows of a table, if it has one."""
    keys = table_columns(table)["key"]
    names = keys.index[keys.str.contains("primary")]
    return names[0] if len(names) else None


def foreign_keys(table: str) -> list[tuple[str, str, str]]:
    """Give (column, other table, other column) for each reference of a table."""
    found = []
    for column, key in table_columns(table)["key"].items():
        for part in key.split(";"):
            if part.startswith("foreign:"):
                other, _, name = part.removeprefix("foreign:").partition(".")
                found.append((str(column), other, name))
    return found


def contract(table: str) -> DataFrameSchema:
    """Build the pandera contract of one canonical table.

    Columns that the contract does not name are allowed. Checks whose name starts
    with ``soft`` are left out: they make a note, not a failure (`soft_failures`).

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

    check_option("table", table, table_names(), "contract")
    return pa.DataFrameSchema(
        {
            str(name): pa.Column(
                checks=[
                    _dtype_check(rule["dtype"]),
                    *(_check(*part) for part in split_checks(rule["checks"])),
                ],
                required=bool(rule["required"]),
                nullable=True,
            )
            for name, rule in table_columns(table).iterrows()
        },
        name=table,
        strict=False,
    )


def split_checks(text: str, soft: bool = False) -> list[tuple[str, str]]:
    """Split ``ge:0;soft_isin:a|b`` into (name, argument), hard or soft ones.

    Examples
    --------
    >>> split_checks("ge:0;soft_isin:a|b", soft=True)
    [('isin', 'a|b')]
    """
    parts = [part.partition(":")[::2] for part in text.split(";") if part]
    return [
        (name.removeprefix("soft_"), argument)
        for name, argument in parts
        if name.startswith("soft_") == soft
    ]


def _dtype_check(dtype: str) -> Any:
    import pandera.pandas as pa

    return pa.Check(
        lambda values: bool(_STORED[dtype](values.dtype)), name=f"is stored as {dtype}"
    )


def _check(name: str, argument: str) -> Any:
    import pandera.pandas as pa

    return pa.Check(
        lambda values: _TESTS[name](values, argument).astype(bool),
        name=_WORDS[name].format(argument),
        ignore_na=True,
    )


def hard_failures(table: str, frame: pd.DataFrame) -> pd.DataFrame:
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


def soft_failures(table: str, frame: pd.DataFrame) -> list[tuple[str, str, pd.Series]]:
    """Give (column, words, values) for values that are allowed but unusual."""
    found = []
    rules = table_columns(table)["checks"]
    for column in rules.index.intersection(frame.columns):
        for name, argument in split_checks(rules[column], soft=True):
            values = frame[column].dropna()
            unusual = values[~_TESTS[name](values, argument).astype(bool)]
            if len(unusual):
                words = _WORDS[name].format(re.sub(r"\|", ", ", argument))
                found.append((str(column), words, unusual))
    return found
