"""Plant adversarial behaviours in a synthetic marketplace, and list which there are."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from importlib.resources import files
from io import StringIO
from numbers import Integral
from typing import Any

import pandas as pd

from iprseg.errors import IprsegError
from iprseg.simulate.adversaries.actors import (
    plant_abusive_notices,
    plant_forged_papers,
    plant_fronts,
    plant_label_poisoning,
    plant_new_accounts,
    plant_review_farms,
)
from iprseg.simulate.adversaries.circumvention import (
    plant_displacement,
    plant_jurisdictions,
    plant_loopholes,
    plant_price_camouflage,
    plant_probing,
    plant_relisting,
)
from iprseg.simulate.adversaries.disguises import plant_brand_disguise
from iprseg.simulate.adversaries.draft import TRUTH_COLUMNS, Draft
from iprseg.simulate.adversaries.images import plant_image_edits, plant_logo_hiding
from iprseg.simulate.adversaries.wording import (
    plant_bait_and_switch,
    plant_coded_speech,
    plant_decoy_pages,
    plant_dupe_norms,
    plant_prompts,
)
from iprseg.simulate.marketplace import SimulatedMarketplace
from iprseg.validation import check_interval, check_option

_OWNER = "add_adversaries"
_PLANTERS: dict[str, Callable[..., None]] = {
    "AD01": plant_brand_disguise,
    "AD02": plant_logo_hiding,
    "AD03": plant_decoy_pages,
    "AD04": plant_coded_speech,
    "AD05": plant_bait_and_switch,
    "AD06": plant_relisting,
    "AD07": plant_new_accounts,
    "AD08": plant_review_farms,
    "AD09": plant_image_edits,
    "AD10": plant_price_camouflage,
    "AD11": plant_forged_papers,
    "AD12": plant_loopholes,
    "AD13": plant_probing,
    "AD14": plant_label_poisoning,
    "AD15": plant_abusive_notices,
    "AD16": plant_fronts,
    "AD17": plant_prompts,
    "AD18": plant_displacement,
    "AD19": plant_jurisdictions,
    "AD20": plant_dupe_norms,
}


def add_adversaries(
    simulated: SimulatedMarketplace,
    behaviours: Mapping[str, float | Mapping[str, Any]] | Iterable[str],
    random_state: int = 0,
) -> SimulatedMarketplace:
    """Plant adversarial behaviours in a synthetic marketplace, and say where.

    Parameters
    ----------
    simulated : SimulatedMarketplace
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
    SimulatedMarketplace
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
    if not isinstance(simulated, SimulatedMarketplace):
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
    asked = {
        code: _check_options(code, given)
        for code, given in _pair_with_shares(behaviours)
    }
    draft = Draft(dict(simulated.tables), dict(simulated.truth))
    for code in sorted(asked):
        draft.begin(code, int(random_state))
        _PLANTERS[code](draft, **asked[code])
    notes = draft.notes or [pd.DataFrame(columns=TRUTH_COLUMNS, dtype=object)]
    truth = pd.concat(notes, ignore_index=True)
    return SimulatedMarketplace(draft.tables, {**draft.truth, "adversaries": truth})


def _pair_with_shares(behaviours: Any) -> list[tuple[str, Any]]:
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


def _check_options(code: str, given: Any) -> dict[str, Any]:
    """Check what is asked of one behaviour."""
    check_option("behaviours", code, list(_PLANTERS), _OWNER)
    options = dict(given) if isinstance(given, Mapping) else {"share": given}
    known = list(inspect.signature(_PLANTERS[code]).parameters)[1:]
    unknown = [name for name in options if name not in known]
    if unknown:
        raise IprsegError(
            f"{code} has no option {unknown[0]!r}; its options are "
            f"{', '.join(map(repr, known))}."
        )
    share = options.setdefault("share", 1.0)
    check_interval(f"{code} share", share, _OWNER, low=0, high=1, low_open=True)
    return options


def adversary_catalogue() -> pd.DataFrame:
    """Return the adversarial behaviours that `add_adversaries` can plant.

    Returns
    -------
    DataFrame
        Indexed by ``code`` (AD01 to AD20): ``name``; ``befalls``, what a share is a
        share of; ``variants``; ``options`` beside ``share``; ``signals`` that
        domain-spec section 6.1 sets against it, ``;`` between them; ``built``, those
        of them (or others) that exist, "" where there is none yet.

    Examples
    --------
    >>> adversary_catalogue().loc["AD06", "signals"]
    'E07;C03'
    """
    text = (files(__package__) / "behaviours.csv").read_text(encoding="utf-8")
    return pd.read_csv(StringIO(text), dtype=str, keep_default_na=False).set_index(
        "code"
    )
