"""Check parsed tables, and tell in one report what was found, dropped and kept."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from iprseg.errors import TableError
from iprseg.formats import format_percent, strip_control_characters
from iprseg.tables.access import mask_texts_in
from iprseg.tables.contracts import (
    DATE_DTYPE,
    find_contract_failures,
    find_unusual_values,
    get_foreign_keys,
    get_primary_key,
    get_table_columns,
)
from iprseg.tables.parsing import MAX_AHEAD
from iprseg.tables.prices import report_currencies

if TYPE_CHECKING:
    from iprseg.tables.mapping import ColumnMapping


SEVERITIES = ("error", "warning", "note")
PROBLEM_COLUMNS = [
    "table",
    "column",
    "severity",
    "what",
    "n",
    "examples",
    "what_was_done",
]
TABLE_COLUMNS = ["table", "sources", "rows_read", "rows_kept", "rows_set_aside"]
COLUMN_COLUMNS = ["table", "column", "taken_from", "dtype", "missing_share", "distinct"]
_MAX_EXAMPLES = 3
_MAX_EXAMPLE_LENGTH = 60
# Problems are worded for several rows; of one row they speak so.
_SINGULAR_WORDS = {
    r"^rows (repeat|stand)\b": r"row \1s",
    r"\brows have\b": "row has",
    r"\bdiffer from\b": "differs from",
    r"\brows (with|without|kept)\b": r"row \1",
    r"\bsellers have\b": "seller has",
    r"^holds values that are\b": "holds a value that is",
    r"^holds values that do not\b": "holds a value that does not",
    r"^columns not used": "column not used",
    r"\bthese were set aside": "this one was set aside",
    r"^NUL characters": "NUL character",
    r"^kept as they are": "kept as it is",
    r"map them if they are canonical ones": "map it if it is a canonical one",
    r"kept under their own names": "kept under its own name",
}


@dataclass(frozen=True, repr=False)
class CheckReport:
    """Everything noticed about a set of tables, in one place.

    Attributes
    ----------
    source : str
        What was read.
    problems : DataFrame
        One row per problem, worst first: `table`, `column`, `severity`, `what`, `n`
        (rows or values concerned; 0 where there is nothing to count), `examples`,
        `what_was_done`. An ``error`` stops the table from being used; a ``warning``
        changed or set aside something, or asks for a look; a ``note`` only tells.
    tables : DataFrame
        One row per table: `sources`, `rows_read`, `rows_kept`, `rows_set_aside`.
    columns : DataFrame
        One row per column: `taken_from`, `dtype`, `missing_share`, `distinct`.
    set_aside : dict of str to DataFrame
        Per table, the rows that were not kept, with the column `why`: nothing is
        dropped without a trace. Identity columns are left out of it.
    mapping : ColumnMapping or None
        The mapping that was applied.
    """

    source: str
    problems: pd.DataFrame
    tables: pd.DataFrame
    columns: pd.DataFrame
    set_aside: dict[str, pd.DataFrame] = field(default_factory=dict)
    mapping: ColumnMapping | None = None

    @property
    def ok(self) -> bool:
        """Whether nothing stops the tables from being used."""
        return not (self.problems["severity"] == "error").any()

    def raise_for_errors(self) -> None:
        """Refuse tables that cannot be used, naming every error.

        Raises
        ------
        TableError
            When the report holds at least one error.
        """
        errors = self.problems[self.problems["severity"] == "error"]
        if len(errors):
            raise TableError(
                " ".join(_format_problem(row) for _, row in errors.iterrows())
            )

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        counts = self.problems["severity"].value_counts()
        numbers = {s: int(counts.get(s, 0)) for s in SEVERITIES}
        head = ", ".join(f"{n} {s}{'s' * (n != 1)}" for s, n in numbers.items())
        lines = [f"Check of {self.source}: {head}"]
        for _, row in self.tables.iterrows():
            lines.append(
                f"  {row['table']}: {row['rows_kept']:,} of {row['rows_read']:,} rows "
                f"kept, {row['rows_set_aside']:,} set aside; from {row['sources']}"
            )
        for _, row in self.problems.iterrows():
            lines += [f"{row['severity'].upper():8}{_format_problem(row)}"]
        for table in self.tables["table"]:
            own = self.columns[self.columns["table"] == table]
            lines.append(f"Columns of {table}:")
            lines += [f"    {_format_column(column)}" for _, column in own.iterrows()]
        # names and examples are the tables': a terminal must not obey them
        return "\n".join(map(strip_control_characters, lines))

    def _repr_html_(self) -> str:
        """Show the same in a notebook; every text from the tables is escaped."""
        # to_html escapes cells and headers (its default), the source is escaped here
        return (
            f"<h4>Check of {html.escape(self.source)}: "
            f"{'can be used' if self.ok else 'cannot be used yet'}</h4>"
            + self.tables.to_html(index=False)
            + self.problems.to_html(index=False)
            + self.columns.to_html(index=False)
        )


def _format_column(row: pd.Series) -> str:
    source = f" ← {row['taken_from']}" if row["taken_from"] != row["column"] else ""
    gaps = (
        f", {format_percent(row['missing_share'])} missing"
        if row["missing_share"] > 0
        else ""
    )
    return (
        f"{row['column']}{source} ({row['dtype']}{gaps}, {row['distinct']:,} distinct)"
    )


def _format_problem(row: pd.Series) -> str:
    place = f"{row['table']}.{row['column']}" if row["column"] else row["table"]
    count = f" ({row['n']:,})" if row["n"] else ""
    examples = f", e.g. {row['examples']}" if row["examples"] else ""
    what, done = row["what"], row["what_was_done"]
    if row["n"] == 1:
        for several, one in _SINGULAR_WORDS.items():
            what = re.sub(several, one, what)
            done = re.sub(several, one, done)
    return f"{place}: {what}{count}{examples}; {done}."


class ProblemLog:
    """Collects problems and counts while tables are read; `report` closes it."""

    def __init__(self, source: str) -> None:
        self.source = source
        self._problems: list[dict[str, Any]] = []
        self.set_aside: dict[str, list[pd.DataFrame]] = {}

    def add(
        self,
        severity: str,
        table: str,
        column: str,
        what: str,
        done: str,
        *,
        n: int = 0,
        examples: Iterable[Any] = (),
    ) -> None:
        """Write one problem down; `n` is 0 where nothing is counted."""
        shown = ", ".join(
            _quote_example(value) for value in list(examples)[:_MAX_EXAMPLES]
        )
        values = (table, column, severity, what, int(n), shown, done)
        self._problems.append(dict(zip(PROBLEM_COLUMNS, values, strict=True)))

    def take(self, other: ProblemLog) -> None:
        """Take over what another book holds."""
        self._problems += other._problems
        for table, rows in other.set_aside.items():
            self.set_aside.setdefault(table, []).extend(rows)

    def put_aside(self, table: str, rows: pd.DataFrame, why: str) -> None:
        """Keep rows that the table does without, with the reason, identities apart."""
        from iprseg.tables.vault import identity_columns

        if len(rows):
            rows = rows.drop(columns=identity_columns(rows, table))
            self.set_aside.setdefault(table, []).append(rows.assign(why=why))

    def count_aside(self, table: str) -> int:
        """Count the rows of a table that were set aside so far."""
        return sum(len(rows) for rows in self.set_aside.get(table, []))

    def report(
        self, tables: pd.DataFrame, columns: pd.DataFrame, mapping: ColumnMapping | None
    ) -> CheckReport:
        """Close the book: problems worst first, in the order met."""
        problems = pd.DataFrame(self._problems, columns=PROBLEM_COLUMNS)
        order = problems["severity"].map(SEVERITIES.index)
        problems = problems.iloc[order.argsort(kind="stable")].reset_index(drop=True)
        aside = {t: pd.concat(rows) for t, rows in self.set_aside.items()}
        return CheckReport(self.source, problems, tables, columns, aside, mapping)


def _quote_example(value: Any) -> str:
    """Quote one value for a report: one line, cut short."""
    text = str(value)
    if len(text) <= _MAX_EXAMPLE_LENGTH:
        return repr(text)
    return f"{text[:_MAX_EXAMPLE_LENGTH] + '…'!r} ({len(text):,} characters)"


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
    report_currencies(table, frame, book)
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
        done = "kept as tokens only, for which reading needs a vault key"
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
