"""Plant adversarial behaviours in a synthetic marketplace."""

import inspect
from collections.abc import Iterable, Mapping
from numbers import Integral
from typing import Any

import pandas as pd

from iprseg._check import check_interval, check_option
from iprseg.errors import IprsegError
from iprseg.simulate._marketplace import Simulated
from iprseg.simulate.adversaries._draft import TRUTH, Draft
from iprseg.simulate.adversaries._registry import BEHAVIOURS, planter

_OWNER = "add_adversaries"


def add_adversaries(
    simulated: Simulated,
    behaviours: Mapping[str, float | Mapping[str, Any]] | Iterable[str],
    random_state: int = 0,
) -> Simulated:
    """Plant adversarial behaviours in a synthetic marketplace, and say where.

    Parameters
    ----------
    simulated : Simulated
        From `make_marketplace`; it is not changed.
    behaviours : mapping of str to float or mapping, list of str, or str
        Code of a behaviour (see `adversary_catalogue`) to the share, in (0, 1], of the
        entities it could befall that carry it (at least one does), or to a mapping of
        ``share`` and of the behaviour's own options. Of several behaviours each takes
        listings and sellers that no earlier one has taken. Codes alone, one or a list,
        divide what they could befall evenly: one carries a share of 1, each of four
        0.25.
    random_state : int, default 0
        Seed. Each behaviour has a stream of its own.

    Returns
    -------
    Simulated
        New ``tables`` and ``truth``; ``truth["adversaries"]`` has one row per entity
        that carries a behaviour: ``behaviour``, ``variant`` (how), ``entity_type``,
        ``entity_id``, and where there is another end (the listing that was put up
        again, the account before, the photograph's first owner) ``linked_type`` and
        ``linked_id``; ``detail`` says what was written or done. Rows that were there
        and name neither are as they were; AD14 and AD20 also add honest labels.

    Raises
    ------
    IprsegError
        If a behaviour, share or option is unknown or out of range, or the marketplace
        holds nothing that a behaviour could befall.
    TableError
        If a table is missing.
    MissingExtraError
        For AD09, whose images are drawn and hashed, without the extra ``image``.

    Notes
    -----
    The behaviours are those of domain-spec section 6.1. Words, look-alikes and leet
    of this module are its own; no detector reads them, nor are they taken from one.

    Examples
    --------
    >>> from iprseg.simulate import make_marketplace
    >>> plain = make_marketplace(n_listings=300, n_sellers=60)
    >>> found = add_adversaries(plain, {"AD17": 0.1})
    >>> planted = found.truth["adversaries"]
    >>> planted["entity_type"].unique().tolist(), len(planted)
    (['listing'], 30)
    """
    if not isinstance(simulated, Simulated):
        raise IprsegError(
            f"{_OWNER} needs what make_marketplace returns; got "
            f"{type(simulated).__name__}."
        )
    check_interval("random_state", random_state, _OWNER, low=0)
    if not isinstance(random_state, Integral):
        raise IprsegError(
            f"The 'random_state' parameter of {_OWNER} must be a whole number; "
            f"got {random_state!r}."
        )
    asked = {code: _options(code, given) for code, given in _shares(behaviours)}
    draft = Draft(dict(simulated.tables), dict(simulated.truth))
    for code in sorted(asked):
        draft.begin(code, int(random_state))
        planter(code)(draft, **asked[code])
    notes = draft.notes or [pd.DataFrame(columns=TRUTH, dtype=object)]
    truth = pd.concat(notes, ignore_index=True)
    return Simulated(draft.tables, {**draft.truth, "adversaries": truth})


def _shares(behaviours: Any) -> list[tuple[str, Any]]:
    """Pair each behaviour with what is asked of it; codes alone share evenly."""
    if isinstance(behaviours, Mapping):
        return list(behaviours.items())
    codes = [behaviours] if isinstance(behaviours, str) else behaviours
    if isinstance(codes, Iterable) and not isinstance(codes, bytes | pd.DataFrame):
        codes = list(codes)
        if all(isinstance(code, str) for code in codes):
            return [(code, 1 / len(set(codes))) for code in dict.fromkeys(codes)]
    raise IprsegError(
        f"The 'behaviours' parameter of {_OWNER} must be codes such as 'AD01', one "
        "alone or a list, or each with its share, such as {'AD01': 0.1}; got "
        f"{behaviours!r:.60}."
    )


def _options(code: str, given: Any) -> dict[str, Any]:
    """Check what is asked of one behaviour."""
    check_option("behaviours", code, list(BEHAVIOURS), _OWNER)
    options = dict(given) if isinstance(given, Mapping) else {"share": given}
    known = list(inspect.signature(planter(code)).parameters)[1:]
    unknown = [name for name in options if name not in known]
    if unknown:
        raise IprsegError(
            f"{code} has no option {unknown[0]!r}; its options are "
            f"{', '.join(map(repr, known))}."
        )
    share = options.setdefault("share", 1.0)
    check_interval(f"{code} share", share, _OWNER, low=0, high=1, low_open=True)
    return options
