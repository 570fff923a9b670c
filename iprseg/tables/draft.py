"""Draft a mapping from column names in many languages and from what columns hold."""

from __future__ import annotations

import os
import re

import pandas as pd

from iprseg.errors import TableError
from iprseg.formats import format_percent
from iprseg.tables.contracts import (
    get_column_synonyms,
    get_primary_key,
    get_table_columns,
    get_table_synonyms,
    list_table_names,
    normalise_name,
)
from iprseg.tables.mapping import ColumnMapping, ColumnRule, TableRule
from iprseg.tables.parsing import parse_column, to_text
from iprseg.tables.prices import parse_prices
from iprseg.tables.readers import Source, open_source, strip_file_endings

# How sure a guess is, by its ground.
SURE, BY_NAME, BY_PART, BY_CONTENT = 1.0, 0.9, 0.6, 0.5
_MIN_CONFIDENCE = 0.4
# Only these are taken for a name that merely holds theirs: "preco_atual", "item_title".
_PARTIAL_NAME_COLUMNS = frozenset(
    {"title", "description", "brand_field", "category_path", "price", "list_price"}
)
_SAMPLE_ROWS = 2_000
# What a table's own name is worth beside its columns.
_NAME_WEIGHT = 3.0
# A table without these is not that table; ids in brackets can be made from row numbers.
_NUMBERED_IDS = frozenset({("listings", "listing_id"), ("reviews", "review_id")})
Guess = tuple[str, float, str]


def draft_mapping(path: str | os.PathLike[str]) -> ColumnMapping:
    r"""Guess which source column feeds which canonical column.

    Guesses rest on column names in about fifteen languages, checked against what the
    columns hold; each carries a confidence from 0 to 1 and its ground. A draft is to
    be read and edited by a person.

    Parameters
    ----------
    path : str or path
        A file, folder, DuckDB file or SQLAlchemy URL, as for `load_tables`.

    Returns
    -------
    ColumnMapping
        ``to_yaml()`` writes it with the confidences as comments; `unused` says which
        sources were left out, and why.

    Raises
    ------
    TableError
        When there is nothing to read at that place.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from iprseg.tables import draft_mapping
    >>> folder = tempfile.TemporaryDirectory()
    >>> file = pathlib.Path(folder.name, "anuncios.csv")
    >>> _ = file.write_text("titulo;preco\nBolsa;R$ 64,00\n", encoding="utf-8")
    >>> draft = draft_mapping(file)
    >>> {c: r.source for c, r in draft.tables["listings"].columns.items() if r.source}
    {'title': ('titulo',), 'price': ('preco',)}
    >>> folder.cleanup()
    """
    return draft_from_source(open_source(path))


def draft_from_source(source: Source) -> ColumnMapping:
    """Draft the mapping of an opened source."""
    frames, unused = _read_samples(source)
    best: dict[str, tuple[float, str, dict[str, list[Guess]]]] = {}
    for name, frame in frames.items():
        ranked = [
            (*_score_table(table, name, frame), table) for table in list_table_names()
        ]
        score, guesses, table = max(ranked, key=lambda item: item[0])
        if score > 0:
            best[name] = (score, table, guesses)
    tables = _assign_sources(best, frames, unused)
    for name in frames:
        if name not in best:
            unused[name] = "its columns fit no canonical table"
    return ColumnMapping(tables, unused)


def _read_samples(
    source: Source,
) -> tuple[dict[str, pd.DataFrame], dict[str, str]]:
    """Read the first rows of each source; say why of those that cannot be read."""
    frames: dict[str, pd.DataFrame] = {}
    unreadable: dict[str, TableError] = {}
    for name in source.readers:
        try:
            frame = source.look(name)
        except TableError as error:
            unreadable[name] = error
            continue
        frames[name] = frame.rename(columns=str).head(_SAMPLE_ROWS)
    if unreadable and not frames:
        raise next(iter(unreadable.values()))
    return frames, {name: str(error) for name, error in unreadable.items()}


def _score_table(
    table: str, name: str, frame: pd.DataFrame
) -> tuple[float, dict[str, list[Guess]]]:
    """Say how well a source fits a canonical table, and which columns fit where."""
    guesses = _guess_columns(table, frame)
    label = normalise_name(strip_file_endings(name.partition("#")[0]))
    sheet = normalise_name(name.partition("#")[2])
    named = get_table_synonyms(table) & {label, sheet, *label.split(), *sheet.split()}
    own = normalise_name(table)
    named_weight = _NAME_WEIGHT * (2 if own in (label, sheet) else bool(named))
    required = get_table_columns(table)["required"]
    for column in required.index[required]:
        if column not in guesses and (table, column) not in _NUMBERED_IDS:
            return 0.0, {}
    total = sum(max(c for _, c, _ in found) for found in guesses.values())
    # a title that is called so makes listings, even alone
    titled = table == "listings" and guesses["title"][0][1] > BY_PART
    few = len(guesses) < 2 and not (named or titled)
    return (0.0, {}) if few else (total + named_weight, guesses)


def _guess_columns(table: str, frame: pd.DataFrame) -> dict[str, list[Guess]]:
    """Give, per canonical column, the source columns that may feed it, best first."""
    rules = get_table_columns(table)
    pairs: list[tuple[float, str, str, str]] = []
    for column in rules.index:
        for source in frame.columns:
            confidence, why = _match_name(table, str(column), source)
            if confidence:
                share = _compute_readable_share(
                    frame[source], str(rules.loc[column, "dtype"])
                )
                confidence = round(confidence * share, 2)
                why += (
                    ""
                    if share > 0.95
                    else f", {format_percent(share)} of it can be read so"
                )
            if confidence >= _MIN_CONFIDENCE:
                pairs.append((confidence, str(column), source, why))
    guesses: dict[str, list[Guess]] = {}
    taken: set[str] = set()
    for confidence, column, source, why in sorted(pairs, key=lambda p: -p[0]):
        several = column == "category_path" and confidence > BY_PART
        if source in taken or (column in guesses and not several):
            continue
        guesses.setdefault(column, []).append((source, confidence, why))
        taken.add(source)
    if table == "listings":
        _guess_by_content(frame, guesses, taken)
    return guesses


def _match_name(table: str, column: str, source: str) -> tuple[float, str]:
    # "Price (EUR)": what stands in brackets is the unit, not the name
    name = normalise_name(re.sub(r"[(\[][^)\]]*[)\]]\s*$", "", source) or source)
    if name == normalise_name(column):
        return SURE, "the canonical name"
    known = get_column_synonyms(table).get(column, ())
    if name in known:
        # the first names of a list are the usual ones; ties go to them
        return BY_NAME - 0.005 * min(known.index(name), 20), f"{source!r} means it"
    words = set(name.split())
    for other in known if column in _PARTIAL_NAME_COLUMNS else ():
        parts = set(other.split())
        if len(other) > 3 and parts < words:
            return BY_PART, f"{source!r} has {other!r} in it"
    return 0.0, ""


def _compute_readable_share(values: pd.Series, dtype: str) -> float:
    """Give the share of the values at hand that can be read as a type."""
    given = values.dropna()
    if dtype == "text" or given.empty:
        return 1.0
    return float(parse_column(given, dtype, {}).values.notna().mean())


def _guess_by_content(
    frame: pd.DataFrame, guesses: dict[str, list[Guess]], taken: set[str]
) -> None:
    """Find a title and a price by what columns hold, where no name told; in place."""
    free = [c for c in frame.columns if c not in taken and frame[c].notna().any()]
    texts = {c: to_text(frame[c]).dropna() for c in free}
    if "currency" not in guesses:
        _guess_price_column(frame, texts, guesses)
    if "title" not in guesses:
        lengths = {
            c: v.nunique() / len(v) * min(v.str.len().mean(), 100)
            for c, v in texts.items()
            if v.str.contains(" ").mean() > 0.5
        }
        if lengths:
            column = max(lengths, key=lengths.__getitem__)
            why = f"{column!r} holds the longest distinct texts"
            guesses["title"] = [(column, BY_CONTENT, why)]


def _guess_price_column(
    frame: pd.DataFrame, texts: dict[str, pd.Series], guesses: dict[str, list[Guess]]
) -> None:
    """Prefer a price that states its currency; in place, and off the free texts."""
    now = guesses.get("price", [("", 0.0, "")])[0][0]
    amounts = parse_prices(frame[now]) if now else None
    if amounts is not None and amounts.currency is not None:
        return
    for column, values in texts.items():
        parsed = parse_prices(frame[column])
        if parsed.currency is None:
            continue
        stated = parsed.currency.notna().sum() / len(values)
        same = amounts is None or (parsed.values == amounts.values).mean() > 0.9
        if stated > 0.5 and same:
            why = f"{format_percent(stated)} of {column!r} state a currency"
            why += f", amounts as in {now!r}" if now else ""
            guesses["price"] = [(column, BY_NAME if now else BY_CONTENT, why)]
            del texts[column]
            return


def _assign_sources(
    best: dict[str, tuple[float, str, dict[str, list[Guess]]]],
    frames: dict[str, pd.DataFrame],
    unused: dict[str, str],
) -> dict[str, TableRule]:
    """Give each canonical table its sources: the best one and those shaped like it."""
    tables: dict[str, TableRule] = {}
    for table in list_table_names():
        fits = sorted(
            (name for name, item in best.items() if item[1] == table),
            key=lambda name: -best[name][0],
        )
        if not fits:
            continue
        first = frames[fits[0]]
        same = [n for n in fits if list(frames[n].columns) == list(first.columns)]
        for name in fits:
            if name not in same:
                unused[name] = f"{fits[0]} was taken for {table}; this one differs"
        columns = _build_column_rules(
            table, best[fits[0]][2], first, several=len(same) > 1
        )
        tables[table] = TableRule(tuple(sorted(same)), columns)
    _move_identities(tables, frames)
    return tables


def _build_column_rules(
    table: str, guesses: dict[str, list[Guess]], frame: pd.DataFrame, several: bool
) -> dict[str, ColumnRule]:
    rules: dict[str, ColumnRule] = {}
    key = get_primary_key(table)
    for column in get_table_columns(table).index:
        if column in guesses:
            found = sorted(guesses[column], key=lambda g: list(frame).index(g[0]))
            rules[str(column)] = ColumnRule(
                source=tuple(source for source, _, _ in found),
                confidence=min(c for _, c, _ in found),
                why="; ".join(why for _, _, why in found),
            )
        elif column == key and (table, column) in _NUMBERED_IDS:
            prefix = "{file}-" if several else f"{table.rstrip('s')}-"
            rules[str(column)] = ColumnRule(
                row_number=True,
                prefix=prefix,
                confidence=SURE,
                why="no column looks like an id, so the row's number is it",
            )
    return rules


def _move_identities(
    tables: dict[str, TableRule], frames: dict[str, pd.DataFrame]
) -> None:
    """Move identities that lie among the sellers to the vault's table; in place."""
    sellers = tables.get("sellers")
    if sellers is None or "seller_identity" in tables:
        return
    taken = {c for rule in sellers.columns.values() for c in rule.source}
    frame = frames[sellers.sources[0]].drop(columns=list(taken), errors="ignore")
    guesses = _guess_columns("seller_identity", frame)
    rules = get_table_columns("seller_identity")
    found = {
        str(column): guesses[column][0]
        for column in rules.index[rules["identity"] != ""].intersection(list(guesses))
        if guesses[column][0][1] > BY_PART
    }
    if not found or "seller_id" not in sellers.columns:
        return
    columns = {"seller_id": sellers.columns["seller_id"]}
    for column, (source, confidence, why) in found.items():
        why = f"{why}; the vault turns it into tokens"
        columns[column] = ColumnRule((source,), confidence=confidence, why=why)
    private = tuple(source for source, _, _ in found.values())
    tables["sellers"] = TableRule(sellers.sources, sellers.columns, private)
    own = (*private, *columns["seller_id"].source)
    rest = tuple(c for c in frames[sellers.sources[0]].columns if c not in own)
    tables["seller_identity"] = TableRule(sellers.sources, columns, rest)
