"""Check parsed canonical tables: contracts, ids, links between tables, odd content."""

from __future__ import annotations

import numpy as np
import pandas as pd

from iprseg.tables.access import mask_texts_in
from iprseg.tables.check_report import ProblemLog
from iprseg.tables.contracts import (
    DATE_DTYPE,
    find_contract_failures,
    find_unusual_values,
    get_foreign_keys,
    get_primary_key,
    get_table_columns,
)
from iprseg.tables.parsing import MAX_AHEAD

_MAX_TITLE_LENGTH = 10_000


def inspect_table(table: str, frame: pd.DataFrame, book: ProblemLog) -> pd.DataFrame:
    """Check one table; give it without the rows and values that cannot stay.

    Parameters
    ----------
    table : str
        Canonical name.
    frame : DataFrame
        With canonical types.
    book : Notebook
        Takes every problem, and the rows set aside.

    Returns
    -------
    DataFrame
        With a fresh ``RangeIndex``.
    """
    frame = _enforce_contract(table, frame, book)
    for column, words, values in find_unusual_values(table, frame):
        book.add(
            "note",
            table,
            column,
            f"holds values that {_pluralise_verb(words)}",
            "kept as they are",
            n=len(values),
            examples=values.drop_duplicates(),
        )
    if frame.empty:
        severity = "error" if table == "listings" else "warning"
        book.add(severity, table, "", "has no rows", "there is nothing to work on")
    frame = _keep_first_per_id(table, frame, book)
    _report_copies(table, frame, get_primary_key(table), book)
    _report_currencies(table, frame, book)
    _report_missing_values(table, frame, book)
    report_odd_values(table, frame, book, pd.Timestamp.now("UTC"))
    _report_action_codes(table, frame, book)
    _report_identities(table, frame, book)
    if table == "listings":
        _report_titles(frame, book)
    return frame.reset_index(drop=True)


def _pluralise_verb(words: str) -> str:
    return words.replace("is ", "are ", 1).replace("does not", "do not", 1)


def _enforce_contract(
    table: str, frame: pd.DataFrame, book: ProblemLog
) -> pd.DataFrame:
    failures = find_contract_failures(table, frame)
    of_column = failures["index"].isna()
    for name, checks in failures[of_column].groupby("column", sort=False)["check"]:
        _report_column_failure(table, frame, str(name), str(checks.iloc[0]), book)
    unfit = set(failures.loc[of_column, "column"])
    of_value = failures[~of_column & ~failures["column"].isin(unfit)]
    for (column, check), cases in of_value.groupby(["column", "check"], sort=False):
        hidden = bool(get_table_columns(table)["identity"][str(column)])
        book.add(
            "warning",
            table,
            str(column),
            f"holds values that {_pluralise_verb(str(check))}",
            "set to missing, rows kept",
            n=len(cases),
            examples=[] if hidden else cases["failure_case"].drop_duplicates(),
        )
        rows = frame.index.isin(cases["index"])
        frame = frame.assign(**{str(column): frame[column].mask(rows, np.nan)})
    return frame


def _report_column_failure(
    table: str, frame: pd.DataFrame, column: str, check: str, book: ProblemLog
) -> None:
    """Tell of a column that fails as a whole: it is not there, or of another type."""
    if column in frame:
        what = f"holds {frame[column].dtype}, which the contract does not allow"
        book.add("error", table, column, what, "correct its 'parse' in the mapping")
        return
    there = ", ".join(map(repr, frame.columns[:30])) or "no columns"
    done = f"map a source column to it; the table has {there}"
    book.add("error", table, column, check, done)


def _keep_first_per_id(
    table: str, frame: pd.DataFrame, book: ProblemLog
) -> pd.DataFrame:
    """Keep the first row of each id; the others, and rows without id, go aside."""
    key = get_primary_key(table)
    if key is None or key not in frame:
        return frame
    nameless = frame[key].isna()
    if nameless.any():
        book.add(
            "warning",
            table,
            key,
            "rows without an id",
            "set aside",
            n=int(nameless.sum()),
        )
        book.put_aside(table, frame[nameless], f"no {key}")
        frame = frame[~nameless]
    again = frame[key].duplicated()
    if again.any():
        copies = frame.duplicated() & again
        for rows, what in (
            (copies, "rows repeat an earlier row in full"),
            (again & ~copies, "rows have the id of an earlier row and differ from it"),
        ):
            if rows.any():
                book.add(
                    "warning",
                    table,
                    key,
                    what,
                    "the first row of each id was kept, these were set aside",
                    n=int(rows.sum()),
                    examples=frame.loc[rows, key].drop_duplicates(),
                )
                book.put_aside(table, frame[rows], what)
    return frame[~again]


def _report_copies(
    table: str, frame: pd.DataFrame, key: str | None, book: ProblemLog
) -> None:
    """Tell of rows that are equal but for their id: they may be right, so they stay."""
    content = frame.drop(columns=[key] if key in frame else [])
    if content.shape[1] < 2:
        return  # one value alone repeats by nature
    for column in content:
        # equal rows are equal in each column: those left get fewer with every one
        content = content[content[column].duplicated(keep=False)]
    if n_copies := int(content.duplicated().sum()):
        what = f"rows repeat an earlier row in everything{' but the id' if key else ''}"
        book.add("note", table, "", what, "kept", n=n_copies)


def _report_currencies(table: str, frame: pd.DataFrame, book: ProblemLog) -> None:
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


def _report_missing_values(table: str, frame: pd.DataFrame, book: ProblemLog) -> None:
    for column, rule in get_table_columns(table).iterrows():
        if column not in frame or frame.empty:
            continue
        missing = int(frame[column].isna().sum())
        if missing == len(frame) and (table, column) == ("listings", "title"):
            done = "fill it, or map another column to it: a title is required"
            book.add("error", table, "title", "is empty in every row", done, n=missing)
        elif missing == len(frame):
            kind = "warning" if rule["required"] else "note"
            book.add(kind, table, str(column), "is empty in every row", "kept empty")
        elif missing and rule["required"]:
            book.add(
                "warning", table, str(column), "is missing", "rows kept", n=missing
            )


def _report_identities(table: str, frame: pd.DataFrame, book: ProblemLog) -> None:
    """Tell which columns the vault will replace, and that it needs a key for that."""
    from iprseg.tables.vault import plan_tokens

    plan = plan_tokens(frame, table)
    if plan:
        what = f"holds identities ({', '.join(map(repr, plan))})"
        done = "kept as tokens only, for which `segment` needs a vault key (--key-file)"
        book.add("note", table, "", what, done)
    for column, item in plan.items():
        tokens = ", ".join(maker.name for maker in item.makers)
        if item.look:
            kind = {"email": "e-mail addresses", "phone": "telephone numbers"}[
                item.look
            ]
            what = f"most values look like {kind}"
            book.add("note", table, str(column), what, "taken for an identity")
        if item.beside:
            what = f"gives the same token as {item.beside!r}"
            book.add("note", table, str(column), what, f"has its own: {tokens}")


def _report_titles(frame: pd.DataFrame, book: ProblemLog) -> None:
    if "title" not in frame:
        return
    titles = frame["title"].dropna()
    if len(titles) > 1 and titles.nunique() == 1:
        book.add(
            "warning",
            "listings",
            "title",
            "all titles are equal, so text tells no two listings apart",
            "kept",
            n=len(titles),
            examples=titles[:1],
        )
    long = titles[titles.str.len() > _MAX_TITLE_LENGTH]
    if len(long):
        book.add(
            "note",
            "listings",
            "title",
            f"is longer than {_MAX_TITLE_LENGTH:,} characters",
            "kept in full",
            n=len(long),
            examples=long,
        )


def inspect_links(frames: dict[str, pd.DataFrame], book: ProblemLog) -> None:
    """Tell of references that lead nowhere, and of sellers without listings."""
    for table, frame in frames.items():
        for column, other, name in get_foreign_keys(table):
            if other not in frames or column not in frame or name not in frames[other]:
                continue
            given = frame[column].dropna()
            lost = given[~mask_texts_in(given, frames[other][name])]
            if len(lost):
                book.add(
                    "warning",
                    table,
                    column,
                    f"refers to {other} that are not there "
                    f"({lost.nunique():,} different ones)",
                    "rows kept",
                    n=len(lost),
                    examples=lost.drop_duplicates(),
                )
    _report_idle_sellers(frames, book)


def _report_idle_sellers(frames: dict[str, pd.DataFrame], book: ProblemLog) -> None:
    sellers, listings = frames.get("sellers"), frames.get("listings")
    if sellers is None or listings is None or "seller_id" not in sellers:
        return
    if "seller_id" not in listings:
        book.add(
            "warning",
            "listings",
            "seller_id",
            "there are sellers, but no listing says whose it is",
            "kept; no seller figure can be given",
        )
        return
    idle = ~mask_texts_in(sellers["seller_id"], listings["seller_id"])
    if idle.any():
        book.add(
            "note",
            "sellers",
            "seller_id",
            "sellers have no listing",
            "kept",
            n=int(idle.sum()),
            examples=sellers.loc[idle, "seller_id"],
        )


_EARLIEST_DATE = pd.Timestamp("1990-01-01", tz="UTC")
_HIGHEST_PRICE = 1e9
# The end of a right or a policy lies ahead by nature.
_FUTURE_COLUMNS = frozenset({"valid_to", "end_date", "launch_date", "valid_from"})


def report_odd_values(
    table: str, frame: pd.DataFrame, book: ProblemLog, today: pd.Timestamp
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
    for column, dtype in get_table_columns(table)["dtype"].items():
        if column not in frame or dtype not in ("date", "price"):
            continue
        values = frame[column].dropna()
        fits = values.dtype == (DATE_DTYPE if dtype == "date" else "float64")
        if not fits:
            continue  # of another type than its contract's, which is told apart
        if dtype == "price":
            odd = {
                "is 0": values == 0,
                "is above 1,000,000,000": values > _HIGHEST_PRICE,
            }
        else:
            odd = {"lies before 1990": values < _EARLIEST_DATE}
            if column not in _FUTURE_COLUMNS:
                _report_future_dates(
                    table, str(column), values[values > today + MAX_AHEAD], book
                )
        for what, rows in odd.items():
            if rows.any():
                cases = values[rows]
                shown = (
                    _format_dates(cases) if dtype == "date" else cases.drop_duplicates()
                )
                done = "kept as it is"
                book.add(
                    "note", table, str(column), what, done, n=len(cases), examples=shown
                )


def _report_future_dates(
    table: str, column: str, ahead: pd.Series, book: ProblemLog
) -> None:
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
        examples=_format_dates(ahead),
    )


def _format_dates(dates: pd.Series) -> pd.Series:
    return dates.drop_duplicates().head(3).dt.strftime("%Y-%m-%d")


# The ladder of actions, and the penalty of a notifier.
_ACTION_CODE_PATTERN = r"ACT(?:\d|10)|N1"


def _report_action_codes(table: str, frame: pd.DataFrame, book: ProblemLog) -> None:
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
    odd = codes[~codes.str.upper().str.fullmatch(_ACTION_CODE_PATTERN)]
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
