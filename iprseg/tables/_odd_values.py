"""Tell of dates and prices that can be read but can hardly be meant."""

import pandas as pd

from iprseg.tables.contracts import DATE, table_columns
from iprseg.tables.report import Notebook

_EARLIEST = pd.Timestamp("1990-01-01", tz="UTC")
_HIGHEST = 1e9
# The end of a right or a policy lies ahead by nature.
_MAY_LIE_AHEAD = frozenset({"valid_to", "end_date", "launch_date", "valid_from"})


def tell_odd_values(
    table: str, frame: pd.DataFrame, book: Notebook, today: pd.Timestamp
) -> None:
    """Note dates after today or before 1990, and prices of 0 or above a milliard.

    Prices below 0 break the contract of a price, which is told apart.

    Parameters
    ----------
    table : str
        Canonical name.
    frame : DataFrame
        With canonical types; not changed.
    book : Notebook
        Takes a note for each kind of odd value.
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
                odd["lies in the future"] = values > today
        for what, rows in odd.items():
            if rows.any():
                cases = values[rows]
                shown = cases.drop_duplicates().head(3)
                shown = shown.dt.strftime("%Y-%m-%d") if dtype == "date" else shown
                done = "kept as it is"
                book.add(
                    "note", table, str(column), what, done, n=len(cases), examples=shown
                )
