"""Pages made at build time: the data model, the signals, the public names, notebooks.

Each is made of what the code itself reads, so none of them can say what is not so.
"""

from __future__ import annotations

import inspect
import json
import re
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

import iprseg
import labeling
from iprseg.signals.registry import signal_families
from iprseg.tables.contracts import (
    get_table_columns,
    list_table_names,
)

ROOT = Path(__file__).parent.parent
ROOMS = {
    "tables": "any source to canonical tables; identities to tokens",
    "brands": "which brands are sold, and where listings name them",
    "signals": "signals of text, price, image, behaviour and more; missing is NaN with a reason",
    "embed": "titles of any script to vectors; image files to hashes",
    "segment": "cohorts by density, their stability, an analyst's edits",
    "pipeline": "the whole path in one call",
    "cohorts": "names, terms, lift, rules, rates, what changed",
    "charts": "pictures of cohorts",
    "survey": "samples with a recorded design; rates with intervals, or a refusal",
    "report": "self-contained pages and sheets",
    "simulate": "synthetic marketplaces whose truth is known",
    "errors": "what is raised where something given cannot be used",
    "labeling": "people to labels: a package of its own",
}
# What a type means for the one who fills the column.
TYPES = {
    "text": "text",
    "number": "number",
    "integer": "whole number",
    "price": "money, in `currency`",
    "date": "date or time, kept in UTC",
    "boolean": "yes or no",
}
# A unit where the type and the meaning leave it open.
UNITS = {
    "gmv_usd": "US dollars",
    "refunded_usd": "US dollars",
    "duration_s": "seconds",
    "duration_ms": "milliseconds",
    "width": "pixels",
    "height": "pixels",
    "stars": "stars, 1 to 5",
    "inclusion_prob": "probability, 0 to 1",
    "pdq_quality": "0 to 100",
    "points": "penalty points",
}
_MOST_NAMES = 5


def write_generated_pages(source: Path) -> None:
    """Write every generated page into the folder of the gathered sources."""
    pages = {
        "data_model.md": make_data_model_page(),
        "signals.md": make_signals_page(),
        "api.md": make_api_page(),
    }
    for name, text in pages.items():
        (source / name).write_text(text, encoding="utf-8")
    copy_notebooks(source / "notebooks")


def list_public_names() -> pd.DataFrame:
    """List what may be used: every name of `iprseg` and `labeling`.

    Returns
    -------
    DataFrame
        One row per name: `package`, `name`, `room`, `kind` (class, function, error or
        value) and `does`, the first sentence of its documentation.
    """
    rows = []
    for package in (iprseg, labeling):
        for name in package.__all__:
            if name == "__version__":
                continue
            rows.append(
                {
                    "package": package.__name__,
                    "name": name,
                    "room": iprseg._ROOMS.get(name, "labeling")
                    if package is iprseg
                    else "labeling",
                    **_describe_public_name(package, name),
                }
            )
    return pd.DataFrame(rows)


def _describe_public_name(package: Any, name: str) -> dict[str, str]:
    value = getattr(package, name)
    if isinstance(value, int):
        return {"kind": "value", "does": f"{value}: {_VALUES[name]}"}
    kind = "function"
    if inspect.isclass(value):
        kind = "error" if issubclass(value, Exception) else "class"
    summary = (inspect.getdoc(value) or "").split("\n\n")[0]
    return {"kind": kind, "does": " ".join(summary.split())}


_VALUES = {
    "NOISE": "the cohort number of what is in no cohort.",
    "UNLABELED": "the class number of what has no label.",
}


def make_api_page() -> str:
    """Make the page of public names: one table a room, a page a name."""
    names = list_public_names()
    parts = [
        "# The public API",
        f"These {len(names)} names are what may be used; whatever else a module holds may "
        "change without notice. They are loaded when first used, so `import iprseg` is "
        "fast. Arguments come in one order everywhere: `marketplace`, `level`, `signals`, "
        "`embeddings`, `assignments`, `cohorts`, `labels`.",
    ]
    for room, does in ROOMS.items():
        here = names[names["room"] == room]
        package = "labeling" if room == "labeling" else "iprseg"
        parts += [f"## {room}", f"{does[0].upper()}{does[1:]}."]
        documented = here[here["kind"] != "value"]
        entries = "\n".join(f"   {package}.{name}" for name in documented["name"])
        parts.append(
            "```{eval-rst}\n.. autosummary::\n   :toctree: api\n   :nosignatures:\n\n"
            f"{entries}\n```"
        )
        values = here[here["kind"] == "value"]
        if len(values):
            listed = "\n\n".join(
                f".. py:data:: iprseg.{row['name']}\n\n   {row['does']}"
                for _, row in values.iterrows()
            )
            parts.append(f"```{{eval-rst}}\n{listed}\n```")
    return "\n\n".join(parts) + "\n"


def make_data_model_page() -> str:
    """Make the page of every canonical table and column."""
    parts = [_DATA_MODEL_HEAD]
    guesses = _read_guessed_names()
    for table in list_table_names():
        names = guesses.get((table, ""), ())
        parts.append(f"(table-{table})=\n## `{table}`")
        if names:
            parts.append(f"Read from a file or sheet called {_list_codes(names)}.")
        rows = [
            {
                "Column": f"`{column}`",
                "Meaning": _sentence(rule["description"]),
                "Type, unit, key": "; ".join(
                    filter(
                        None, [describe_type(str(column), rule), _describe_key(rule)]
                    )
                ),
                "Example": _code(find_example(table, str(column))),
                "Also read from": _list_codes(guesses.get((table, str(column)), ())),
            }
            for column, rule in get_table_columns(table).iterrows()
        ]
        parts.append(make_markdown_table(pd.DataFrame(rows)))
    return "\n\n".join(parts) + "\n"


def describe_type(column: str, rule: pd.Series) -> str:
    """Say of a column its type, its unit and what its values must be."""
    if column in ("msrp", "price", "list_price"):
        unit = TYPES["price"]
    else:
        unit = TYPES[rule["dtype"]]
        if column in UNITS:
            unit = f"{unit}, {UNITS[column]}"
    limits = []
    for check in filter(None, rule["checks"].split(";")):
        name, _, bound = check.partition(":")
        words = {
            "ge": f"{bound} or more",
            "le": f"{bound} or less",
            "isin": f"one of {_list_codes(bound.split('|'))}",
            "match": f"like `{bound}`",
        }[name.removeprefix("soft_")]
        limits.append(f"usually {words}" if name.startswith("soft_") else words)
    return "; ".join([unit, *limits])


def _describe_key(rule: pd.Series) -> str:
    words = ["required"] if rule["required"] else []
    for part in filter(None, rule["key"].split(";")):
        kind, _, target = part.partition(":")
        table = target.partition(".")[0]
        words.append("key" if kind == "primary" else f"of [`{target}`](#table-{table})")
    if rule["identity"]:
        words.append(f"identity: becomes `{rule['identity']}`")
    return "; ".join(words)


@cache
def _read_guessed_names() -> dict[tuple[str, str], tuple[str, ...]]:
    path = ROOT / "iprseg" / "tables" / "guesses.csv"
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    return {
        (row["table"], row["column"]): tuple(row["names"].split("|")[:_MOST_NAMES])
        for _, row in frame.iterrows()
    }


@cache
def _make_example_tables() -> Any:
    return iprseg.make_marketplace(3000, random_state=3).tables


@cache
def _read_given_examples() -> dict[tuple[str, str], str]:
    frame = pd.read_csv(
        Path(__file__).with_name("column_examples.csv"),
        dtype=str,
        keep_default_na=False,
    )
    return dict(
        zip(
            zip(frame["table"], frame["column"], strict=True),
            frame["example"],
            strict=True,
        )
    )


def find_example(table: str, column: str) -> str:
    """Find a value of a column: a given one, or the first of a synthetic marketplace."""
    given = _read_given_examples().get((table, column))
    if given is not None:
        return given
    if column.endswith("_pid"):
        return "a keyed token"
    values = _make_example_tables()[table][column].dropna()
    value = next(value for value in values if str(value) != "")
    if isinstance(value, pd.Timestamp):
        return (
            f"{value:%Y-%m-%d %H:%M}"
            if value != value.normalize()
            else f"{value:%Y-%m-%d}"
        )
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 60 else text[:59].rstrip() + "…"


def make_signals_page() -> str:
    """Make the page of every signal, a section a family."""
    catalogue, families = iprseg.signal_catalogue(), signal_families()
    built = catalogue["status"] == "built"
    parts = [
        _SIGNALS_HEAD.format(
            n=len(catalogue),
            built=int(built.sum()),
            grouping=int((catalogue["segments"] == "yes").sum()),
        )
    ]
    for family, about in families.iterrows():
        here = catalogue[catalogue["family"] == family]
        if here.empty:
            continue
        title = str(family).replace("_", " ")
        parts.append(f"## {about['letter']}: {title}")
        for key, row in here.iterrows():
            parts.append(_describe_signal(str(key), row))
    return "\n\n".join(parts) + "\n"


def _describe_signal(key: str, row: pd.Series) -> str:
    facts = [
        ("Formula", _plain(row["formula"])),
        ("Why", _sentence(row["rationale"])),
        ("Level", _plain(row["level"].replace(";", ", "))),
        ("Known from", row["stage"]),
        ("Direction", row["direction"]),
        ("Needs", _list_codes(row["columns"].split(";"))),
        ("Source", _plain(row["source"])),
        ("Leaks the label", _plain(row["leak_risk"].replace(";", ", "))),
        ("Used for grouping", "yes" if row["segments"] == "yes" else "no"),
    ]
    if row["status"] != "built":
        facts.append(("Not built", "the tables have no column for it"))
    lines = [f"- **{name}**: {text}" for name, text in facts if text]
    return f"### {key} {_plain(row['name'])}\n\n" + "\n".join(lines)


def copy_notebooks(folder: Path) -> None:
    """Copy the notebooks with the outputs they keep, and write the page before them.

    A link to a file of the repository that is no page becomes plain text.
    """
    folder.mkdir(parents=True, exist_ok=True)
    listed = []
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        book = json.loads(path.read_text(encoding="utf-8"))
        for cell in book["cells"]:
            if cell["cell_type"] == "markdown":
                cell["source"] = _unlink_files("".join(cell["source"]))
        (folder / path.name).write_text(json.dumps(book), encoding="utf-8")
        listed.append(path.stem)
    entries = "\n".join(listed)
    (folder / "index.md").write_text(
        f"{_NOTEBOOKS_HEAD}\n\n```{{toctree}}\n:maxdepth: 1\n\n{entries}\n```\n",
        encoding="utf-8",
    )


def _unlink_files(text: str) -> str:
    # links among notebooks stay, as do those to addresses and headings
    return re.sub(
        r"(?<!!)\[([^\]]+)\]\((?![a-z]+:|#|\d\d_\w+\.ipynb)[^)]+\)", r"\1", text
    )


def make_markdown_table(frame: pd.DataFrame) -> str:
    """Make a Markdown table of a frame of texts."""
    rows: defaultdict[int, list[str]] = defaultdict(list)
    for column in frame:
        for place, text in enumerate(frame[column]):
            rows[place].append(str(text).replace("|", "\\|").replace("\n", " "))
    lines = [list(map(str, frame)), ["---"] * len(frame.columns), *rows.values()]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _plain(text: Any) -> str:
    """Write text so that Markdown takes none of its signs for its own."""
    return re.sub(r"([\\`*_<>\[\]{}#$|~])", r"\\\1", str(text))


def _sentence(text: str) -> str:
    # descriptions mark names as code, and the rest is prose
    parts = re.split(r"(`[^`]+`)", text)
    said = "".join(p if p.startswith("`") else _plain(p) for p in parts)
    return said[:1].upper() + said[1:]


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def _list_codes(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names if name)


_DATA_MODEL_HEAD = """# Data model

Whatever your tables look like, they are read into these tables and columns. Only `listings` with a title is needed; each further column gives more [signals](signals.md). This page is
made from the contract that the tables are checked by, when the site is built.

## How your columns find their place

1. `iprseg columns PATH --out mapping.yaml` drafts which of your columns is which. It knows the names under "Also read from" in many languages, and looks at values where names say nothing.
2. Read the draft, and correct it: a line is `canonical column: your column`.
3. `iprseg check PATH --mapping mapping.yaml` lists every problem at once.

Columns you do not map stay as they are. A missing column is no error: the signals that need it are missing, with the reason. `''` in a text is a value known to be empty; a missing
value is unknown. Times without a zone are read as UTC. A decimal comma, a currency sign and thousands are understood in money and numbers. Where "identity" stands, the raw
value never leaves the reader: a keyed token takes its place (see [Your own tables](start.md#your-own-tables)).

The examples are from a synthetic marketplace."""

_SIGNALS_HEAD = """# Signals

A signal is one number of a listing, seller, creator or rights owner that may speak for or against a suspicion. The catalogue names {n}; {built} are built, and the others need columns that
the tables do not hold. Cohorts are found and named by {grouping} of them, by what is said and shown; the rest stand on cards, and can be labeled and measured. A value that cannot be
known is NaN with a reason, never 0. `iprseg signals list` shows this in a terminal, [signals of your own](own_signals.md) join in.

*Known from* says when a signal can be known: T0 onboarding, T1 listing creation, T2 live before the first sale, T3 after sales and reviews, T4 after notices and enforcement. *Direction* is `+` where
more is more suspicious, `-` where less is. Under *Needs*, a column with `?` can be missing. *Leaks the label* names what a model must not learn from."""

_NOTEBOOKS_HEAD = """# Notebooks

They are shown with the outputs they keep; `make lab` opens them to run. The interactive map and the label card are live, so they show in JupyterLab only."""
