"""Tell of dates and prices that can be read but can hardly be meant."""

import pandas as pd

from iprseg.tables._times import AHEAD
from iprseg.tables.contracts import DATE, table_columns
from iprseg.tables.report import Notebook

_EARLIEST = pd.Timestamp("1990-01-01", tz="UTC")
_HIGHEST = 1e9
# The end of a right or a policy lies ahead by nature.
_MAY_LIE_AHEAD = frozenset({"valid_to", "end_date", "launch_date", "valid_from"})


def tell_odd_values(
    table: str, frame: pd.DataFrame, book: Notebook, today: pd.Timestamp
) -> None:
    """Tell of dates ahead or before 1990, and of prices of 0 or above a milliard.

    A date more than a day after today is a warning, the others are notes.

    Prices below 0 break the contract of a price, which is told apart.

    Parameters
    ----------
    table : str
        Canonical name.
    frame : DataFrame
        With canonical types; not changed.
    book : Notebook
        Takes a problem for each kind of odd value.
    today : Timestamp
        With time zone.
    """
    for column, dtype in table_columns(table)["dtype"].items():
        if column not in frame or dtype not in ("date", "price"):
            continue
        values = frame[column].dropna()
        fits = values.dtype == (DATE if dtype == "date" else "float64")
        if not fits:
            continue  # of another type than its contract's, which is told apart
        if dtype == "price":
            odd = {"is 0": values == 0, "is above 1,000,000,000": values > _HIGHEST}
        else:
            odd = {"lies before 1990": values < _EARLIEST}
            if column not in _MAY_LIE_AHEAD:
                _tell_ahead(table, str(column), values[values > today + AHEAD], book)
        for what, rows in odd.items():
            if rows.any():
                cases = values[rows]
                shown = _shown(cases) if dtype == "date" else cases.drop_duplicates()
                done = "kept as it is"
                book.add(
                    "note", table, str(column), what, done, n=len(cases), examples=shown
                )


def _tell_ahead(table: str, column: str, ahead: pd.Series, book: Notebook) -> None:
    """Warn of times that have not come: what is counted by days leaves them out."""
    if ahead.empty:
        return
    book.add(
        "warning",
        table,
        column,
        f"lies in the future, the latest on {ahead.max():%Y-%m-%d}",
        "kept as it is, but windows of days end at the last time that is past",
        n=len(ahead),
        examples=_shown(ahead),
    )


def _shown(dates: pd.Series) -> pd.Series:
    return dates.drop_duplicates().head(3).dt.strftime("%Y-%m-%d")
