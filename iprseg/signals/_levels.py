"""Which signals are computed at a level, and over whom."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pandas as pd

from iprseg.signals._catalogue import STAGES, signal_catalogue
from iprseg.signals._entities import others_index
from iprseg.signals._inputs import Inputs
from iprseg.signals._result import Column
from iprseg.signals._sql import run_sql_signal, sql_signals
from iprseg.signals.behaviour import _built as behaviour
from iprseg.signals.catalogue_fit import _built as catalogue_fit
from iprseg.signals.composite import _built as composite
from iprseg.signals.creator import _built as creator
from iprseg.signals.feedback import _built as feedback
from iprseg.signals.image import _built as image
from iprseg.signals.network import _built as network
from iprseg.signals.price import _built as price
from iprseg.signals.seller_aggregates import (
    aggregate_by_creator,
    aggregate_by_seller,
    promotes,
    seller_index,
)
from iprseg.signals.text import _built as text

_FAMILIES = (text, price, behaviour, catalogue_fit, feedback, image, network, creator)
_COMPOSITE = "composite"
# signals that are a function; all others are a query, in a file of their own
_LISTING: dict[str, Callable[[Inputs], Column]] = {
    key: one for family in _FAMILIES for key, one in family.LISTING.items()
}
_SELLER: dict[str, Callable[[Inputs, pd.Index], Column]] = {
    key: one for family in _FAMILIES for key, one in family.SELLER.items()
}
# the same at the level of creators and of rights owners, where a family has any
_OTHER: dict[str, dict[str, Callable[[Inputs, pd.Index], Column]]] = {
    level: {
        key: one
        for family in _FAMILIES
        for key, one in getattr(family, level.upper(), {}).items()
    }
    for level in ("creator", "rights_owner")
}


@dataclass(frozen=True)
class Choice:
    """Which signals are asked for: known by a stage, of some families (None: all)."""

    max_stage: str | None = None
    families: frozenset[str] | None = None

    def has(self, family: str) -> bool:
        """Tell whether a family is asked for."""
        return self.families is None or family in self.families

    def all_families(self) -> "Choice":
        """Return the same stage with every family."""
        return Choice(self.max_stage)


def signal_columns(
    inputs: Inputs, level: str, choice: Choice
) -> tuple[dict[str, Column], pd.Index]:
    """Compute all signals of a level, with the entities they are of."""
    # composites are made of all the others
    wide = choice.all_families() if choice.has(_COMPOSITE) else choice
    if level == "listing":
        entities = inputs.listings.index
        columns = _listing_columns(inputs, wide, set())
        if choice.has(_COMPOSITE):
            columns |= composite.of_listings(inputs, columns)
    elif level == "seller":
        entities = seller_index(inputs)
        columns = _seller_columns(inputs, entities, wide)
    else:
        entities = others_index(inputs, level)
        columns = _other_columns(inputs, level, entities, wide)
    if choice.families is None:
        return columns, entities
    family = signal_catalogue()["family"]
    kept = {n: c for n, c in columns.items() if choice.has(family[n.partition("_")[0]])}
    return kept, entities


def _other_columns(
    inputs: Inputs, level: str, entities: pd.Index, choice: Choice
) -> dict[str, Column]:
    functions = _OTHER[level]
    chosen = _ids(functions, level, choice)
    columns = {name: functions[key](inputs, entities) for key, name in chosen.items()}
    columns |= _query_columns(inputs, level, entities, choice)
    if level == "creator" and promotes(inputs, choice.max_stage):
        listing = _listing_columns(inputs, choice, {*functions, *_queried(level)})
        columns |= aggregate_by_creator(inputs, listing, entities, choice.max_stage)
    return columns


def _listing_columns(
    inputs: Inputs, choice: Choice, without: set[str]
) -> dict[str, Column]:
    chosen = _ids(_LISTING, "listing", choice)
    columns = {
        name: _LISTING[key](inputs)
        for key, name in chosen.items()
        if key not in without
    }
    entities = inputs.listings.index
    return columns | _query_columns(inputs, "listing", entities, choice, without)


def _seller_columns(
    inputs: Inputs, sellers: pd.Index, choice: Choice
) -> dict[str, Column]:
    chosen = _ids(_SELLER, "seller", choice)
    columns = {name: _SELLER[key](inputs, sellers) for key, name in chosen.items()}
    columns |= _query_columns(inputs, "seller", sellers, choice)
    # signals with a formula of their own for sellers are not averaged
    listing = _listing_columns(inputs, choice, {*_SELLER, *_queried("seller")})
    if choice.has(_COMPOSITE):
        columns |= composite.of_sellers(inputs, sellers, columns, listing)
    return columns | aggregate_by_seller(inputs, listing, sellers, choice.max_stage)


def _queried(level: str) -> set[str]:
    return {key for key, of in sql_signals() if of == level}


def _query_columns(
    inputs: Inputs,
    level: str,
    entities: pd.Index,
    choice: Choice,
    without: Iterable[str] = (),
) -> dict[str, Column]:
    queries = {key: one for (key, of), one in sql_signals().items() if of == level}
    columns: dict[str, Column] = {}
    for key in _ids(queries, level, choice):
        if key not in without:
            columns |= run_sql_signal(queries[key], inputs, entities)
    return columns


def _ids(built: Iterable[str], level: str, choice: Choice) -> dict[str, str]:
    """Return id and column name of the chosen signals of a level."""
    catalogue = signal_catalogue()
    last = STAGES.index(choice.max_stage) if choice.max_stage else len(STAGES)
    rows = catalogue.loc[catalogue.index.isin(list(built))]
    return {
        str(key): f"{key}_{row['name']}"
        for key, row in rows.iterrows()
        if level in row["level"].split(";")
        and STAGES.index(row["stage"]) <= last
        and choice.has(row["family"])
    }
