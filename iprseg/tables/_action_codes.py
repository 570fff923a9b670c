"""Tell of action codes that signals of past enforcement cannot read."""

import pandas as pd

from iprseg.tables.report import Notebook

# The ladder of actions, and the penalty of a notifier.
_LADDER = r"ACT(?:\d|10)|N1"


def tell_action_codes(table: str, frame: pd.DataFrame, book: Notebook) -> None:
    """Warn of codes of ``actions`` that are not of the ladder ACT0 to ACT10.

    Parameters
    ----------
    table : str
        Canonical name.
    frame : DataFrame
        With canonical types; not changed.
    book : Notebook
        Takes one warning, with the most frequent of the codes.
    """
    if table != "actions" or "action_code" not in frame:
        return
    codes = frame["action_code"].dropna().astype(str).str.strip()
    odd = codes[~codes.str.upper().str.fullmatch(_LADDER)]
    if len(odd):
        book.add(
            "warning",
            table,
            "action_code",
            "is no code of the ladder ACT0 to ACT10 "
            f"({odd.nunique():,} different ones)",
            "kept; figures of past enforcement (G03, G04, G10, C03, H06, I06) are "
            "missing where it counts (unknown_action_code): write the ladder's codes",
            n=len(odd),
            examples=odd.value_counts().index,
        )
