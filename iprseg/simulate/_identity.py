"""Raw identities of sellers, all from reserved ranges, and who shares them."""

from typing import Any

import numpy as np
import pyarrow as pa

from iprseg.simulate._arrow import ids, join, take
from iprseg.simulate._random import Bools, Ints, mix64, mix_uniform
from iprseg.simulate._world import World

# keys that members of one operator may share, strongest first
KEYS = [
    "bank",
    "device",
    "legal_rep",
    "tax",
    "phone",
    "address",
    "return_addr",
    "warehouse",
    "ip",
    "email_stem",
]
_HUBS = 25  # fulfilment centres that honest sellers share by the dozen
_FORGERS = 4  # sources of forged papers


def shared_keys(world: World, sellers: Ints) -> Bools:
    """Which identity keys a seller has in common with the operator's other shops.

    Parameters
    ----------
    world : World
        The marketplace's frame; more evasion leaves fewer keys.
    sellers : ndarray of int, shape (n,)
        Numbers of sellers.

    Returns
    -------
    ndarray of bool, shape (n, len(KEYS))
        All False outside networks; at least one True inside.
    """
    scrambled = world.constants.rates["evasion"]["key_scrambled"][world.evasion]
    u = np.stack([mix_uniform(sellers, 200 + k) for k in range(len(KEYS))], axis=1)
    kept = (u >= scrambled) | (u == u.max(axis=1, keepdims=True))
    return kept & (world.network[sellers] >= 0)[:, None]


def identity_table(world: World, sellers: Ints) -> pa.Table:
    """Make ``seller_identity``: raw values, to be replaced by tokens on loading."""
    kept = shared_keys(world, sellers)
    operator = world.n_sellers + world.network[sellers]
    who = {key: np.where(kept[:, k], operator, sellers) for k, key in enumerate(KEYS)}
    hub = mix_uniform(sellers, 231) < 0.3
    center = 2 * world.n_sellers + (mix_uniform(sellers, 232) * _HUBS).astype(np.int64)
    bad = world.flags("bad")[world.cohort[sellers]]
    who["warehouse"] = np.where(hub & ~bad, center, who["warehouse"])
    who["doc"] = np.where(
        forged_papers(world, sellers), -sellers % _FORGERS, sellers + 100
    )
    words = world.constants.words_any
    number = ids("", sellers, 6)
    # accounts of one operator are numbered from one stem
    stem = _pick(words["last_names"], who["email_stem"], 241)
    return pa.table(
        {
            "seller_id": ids("S", sellers, 6),
            "name": join(
                _label(world, sellers), " ", _pick(words["kinds"], sellers, 242)
            ),
            "address": _address(words, who["address"]),
            "phone": join("+999 ", _digits(who["phone"], 243, 10)),
            "email": join(
                stem, _digits(who["email_stem"], 244, 5), "+", number, "@example.com"
            ),
            "bank": join("XX00SIMU", _digits(who["bank"], 245, 14)),
            "tax": join("SIM", _digits(who["tax"], 246, 10)),
            "device": join("sim-device-", _digits(who["device"], 247, 12)),
            "ip": _reserved_ip(who["ip"]),
            "warehouse": _address(words, who["warehouse"] + 7_000_000),
            "return_addr": _address(words, who["return_addr"] + 14_000_000),
            "legal_rep": _person(world, who["legal_rep"]),
            "doc": join("SIM-DOC-", _digits(who["doc"], 248, 9)),
        }
    )


def forged_papers(world: World, sellers: Ints) -> Bools:
    """Tell sellers whose papers come from a forger (some of those who claim brands)."""
    honest_field = np.array(world.column("brand_field")) == "honest"
    claims = (honest_field & world.flags("evades"))[world.cohort[sellers]]
    return claims & (mix_uniform(sellers, 233) < 0.4)


def _pick(words: list[str], who: Ints, salt: int) -> pa.Array:
    return take(words, (mix_uniform(who, salt) * len(words)).astype(np.int64))


def _digits(who: Ints, salt: int, width: int) -> pa.Array:
    number = (mix64(who, salt) % np.uint64(10**width)).astype(np.int64)
    return ids("", number, width)


def _label(world: World, who: Ints) -> pa.Array:
    pool = world.vocabulary.pools["label"]
    code = pool.start[0, 0] + (mix_uniform(who, 41) * pool.count[0, 0]).astype(np.int64)
    return take(world.vocabulary.words, code)


def _person(world: World, who: Ints) -> pa.Array:
    words: dict[str, Any] = world.constants.words_any
    middle = _label(world, who + 3_000_000)
    first = _pick(words["first_names"], who, 251)
    return join(first, " ", middle, " ", _pick(words["last_names"], who, 252))


def _address(words: dict[str, Any], who: Ints) -> pa.Array:
    street, city = _pick(words["streets"], who, 253), _pick(words["cities"], who, 254)
    house = _digits(who, 255, 3)
    return join(house, " ", street, ", ", _digits(who, 256, 5), " ", city)


def _reserved_ip(who: Ints) -> pa.Array:
    """Addresses of 240.0.0.0/4, which no one is ever given."""
    parts = [240 + mix64(who, 257) % np.uint64(15)]
    parts += [mix64(who, salt) % np.uint64(256) for salt in (258, 259, 260)]
    text = [pa.array(part.astype(np.int64)).cast(pa.string()) for part in parts]
    return join(text[0], ".", text[1], ".", text[2], ".", text[3])
