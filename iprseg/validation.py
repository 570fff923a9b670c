"""Values every room agrees on: two labels that name no cohort, and checks with one wording."""

from collections.abc import Collection, Iterable
from numbers import Real
from typing import Any

import pandas as pd

from iprseg.errors import IprsegError, TableError

NOISE = -1  # looked at, and like nothing else
UNLABELED = -2  # not looked at: no label for this row


def check_option(name: str, value: Any, options: Collection[Any], owner: str) -> None:
    """Refuse a value that is not one of the options.

    Examples
    --------
    >>> check_option("level", "shop", ("listing", "seller"), "compute_signals")
    Traceback (most recent call last):
    ...
    iprseg.errors.IprsegError: The 'level' parameter of compute_signals must be one of \
'listing', 'seller'; got 'shop'.
    """
    if value not in options:
        allowed = ", ".join(repr(option) for option in options)
        raise IprsegError(
            f"The {name!r} parameter of {owner} must be one of {allowed}; "
            f"got {format_value(value)}."
        )


def check_interval(
    name: str,
    value: Any,
    owner: str,
    *,
    low: float | None = None,
    high: float | None = None,
    low_open: bool = False,
    high_open: bool = False,
) -> None:
    """Refuse a number outside an interval (bounds are closed unless said otherwise).

    Examples
    --------
    >>> check_interval("n", 0, "draw_sample", low=1)
    Traceback (most recent call last):
    ...
    iprseg.errors.IprsegError: The 'n' parameter of draw_sample must be a number >= 1; \
got 0.
    """
    real = isinstance(value, Real) and not isinstance(value, bool)
    above = low is None or (real and (value > low if low_open else value >= low))
    below = high is None or (real and (value < high if high_open else value <= high))
    if real and above and below:
        return
    bounds = []
    if low is not None:
        bounds.append(f"{'>' if low_open else '>='} {low}")
    if high is not None:
        bounds.append(f"{'<' if high_open else '<='} {high}")
    raise IprsegError(
        f"The {name!r} parameter of {owner} must be a number {' and '.join(bounds)}; "
        f"got {format_value(value)}."
    )


def format_value(value: Any) -> str:
    """Write a value as a person would: numpy calls its own ``np.int64(3)``.

    Examples
    --------
    >>> format_value(pd.Index([3])[0]), format_value("a")
    ('3', "'a'")
    """
    plain = hasattr(value, "item") and getattr(value, "ndim", None) == 0
    return repr(value.item() if plain else value)


def check_columns(frame: pd.DataFrame, columns: Iterable[str], owner: str) -> None:
    """Refuse a frame that lacks columns, naming them all at once.

    Examples
    --------
    >>> check_columns(pd.DataFrame({"a": [1]}), ["a", "price"], "listings")
    Traceback (most recent call last):
    ...
    iprseg.errors.TableError: listings needs the column 'price', which is not there; \
columns present: 'a'.
    """
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        names = ", ".join(repr(column) for column in missing)
        present = ", ".join(repr(str(column)) for column in frame.columns) or "none"
        plural, verb = ("s", "are") if len(missing) > 1 else ("", "is")
        raise TableError(
            f"{owner} needs the column{plural} {names}, which {verb} not there; "
            f"columns present: {present}."
        )


def check_whole_number(
    name: str, value: Any, owner: str, *, low: int, high: int | None = None
) -> None:
    """Refuse what is no whole number within bounds.

    Examples
    --------
    >>> check_whole_number("stability", 1.5, "find_cohorts", low=0)
    Traceback (most recent call last):
    ...
    iprseg.errors.IprsegError: The 'stability' parameter of find_cohorts must be a \
whole number; got 1.5.
    """
    check_interval(name, value, owner, low=low, high=high)
    if not float(value).is_integer():
        raise IprsegError(
            f"The {name!r} parameter of {owner} must be a whole number; "
            f"got {format_value(value)}."
        )
