"""One decision of an analyst about cohorts, by members, and how it is written down."""

import json
import math
from dataclasses import dataclass
from typing import Any

from iprseg.errors import IprsegError

FORMAT = 1


@dataclass(frozen=True)
class Exemplars:
    """Members that stand for one side of a choice.

    Attributes
    ----------
    ids : tuple of str or int, or None
        Their ids; None where the data had none.
    rows : tuple of tuple of float or None
        Their values; None is missing.
    """

    ids: tuple[Any, ...] | None
    rows: tuple[tuple[float | None, ...], ...]


@dataclass(frozen=True)
class Choice:
    """One decision: these belong together, or these belong apart.

    Attributes
    ----------
    kind : {"merge", "split"}
    told : str
        What was done, in words.
    groups : tuple of Exemplars
        The sides: two for a split, two or more for a merge.
    columns : tuple of str, or None
        Names of the values; None where the data had none.
    """

    kind: str
    told: str
    groups: tuple[Exemplars, ...]
    columns: tuple[str, ...] | None = None


def read_choices(text: str, what: str) -> tuple[Choice, ...]:
    """Read choices from JSON.

    Parameters
    ----------
    text : str
    what : str
        What holds it, for the error.

    Raises
    ------
    IprsegError
        When it is not what `CohortEdits.to_json` gives, or of another format.
    """
    try:
        held = json.loads(text)
        version = held["format"]
        choices = tuple(_choice(one) for one in held["choices"])
    except (
        ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError,
    ) as error:  # fmt: skip
        raise IprsegError(
            f"{what} cannot be read ({type(error).__name__}): give what "
            "CohortEdits.save wrote."
        ) from error
    if version != FORMAT:
        raise IprsegError(
            f"{what} are of format {version!r}, and this version of iprseg reads "
            f"format {FORMAT}: make them again."
        )
    return choices


def _choice(held: dict[str, Any]) -> Choice:
    kind, groups = held["kind"], tuple(_exemplars(one) for one in held["groups"])
    sides = {"merge": len(groups) >= 2, "split": len(groups) == 2}
    names = held.get("columns")
    columns = None if names is None else tuple(str(name) for name in names)
    widths = {len(row) for group in groups for row in group.rows}
    if columns is not None:
        widths.add(len(columns))
    if not sides[kind] or len(widths) != 1:
        raise ValueError(kind)
    return Choice(kind, str(held["told"]), groups, columns)


def _exemplars(held: dict[str, Any]) -> Exemplars:
    rows = tuple(tuple(map(_value, row)) for row in held["rows"])
    ids = None if held["ids"] is None else tuple(held["ids"])
    named = ids is None or all(isinstance(one, str | int) for one in ids)
    if not rows or not named or (ids is not None and len(ids) != len(rows)):
        raise ValueError("rows and their ids")
    return Exemplars(ids, rows)


def _value(held: Any) -> float | None:
    if held is not None and not math.isfinite(held):
        raise ValueError("no finite number")
    return held
