"""What was found, dropped and kept while tables were read: one report of it all."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from iprseg.errors import TableError

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
        return "\n".join(lines)

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
    gaps = f", {row['missing_share']:.1%} missing" if row["missing_share"] > 0 else ""
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
