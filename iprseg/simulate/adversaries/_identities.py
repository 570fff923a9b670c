"""Raw identities for accounts of adversaries, all from reserved ranges."""

import numpy as np

# what one operator's accounts may have in common, strongest first
KEYS = (
    "bank",
    "device",
    "legal_rep",
    "tax",
    "phone",
    "address",
    "return_addr",
    "warehouse",
    "ip",
)
_NAMES = ["Arden", "Brook", "Calder", "Dale", "Esker", "Firth", "Glen", "Holm"]


def fresh_identity(rng: np.random.Generator) -> dict[str, str]:
    """Invent an identity that nobody has.

    Returns
    -------
    dict of str to str
        The raw columns of ``seller_identity`` but for ``seller_id``.
    """
    n = [int(one) for one in rng.integers(10**9, 10**10, 9)]
    places = [
        f"{n[k] % 900 + 100} Sample Row, {n[k] % 90000 + 10000}" for k in range(3)
    ]
    first, last = (str(rng.choice(_NAMES)) for _ in range(2))
    host = ".".join(str(n[4] // 256**k % 256) for k in range(3))
    return {
        "name": f"{first}{last.lower()} {n[0] % 1000} Shop",
        "address": f"{places[0]} Newtown",
        "phone": f"+999 {n[1]}",
        "email": f"{first.lower()}.{n[2] % 10**7}@example.com",
        "bank": f"XX00SIMU{n[3]:014d}",
        "tax": f"SIM{n[4]}",
        "device": f"sim-device-{n[5]:012d}",
        "ip": f"{240 + n[6] % 15}.{host}",
        "warehouse": f"{places[1]} Dockside",
        "return_addr": f"{places[2]} Backlane",
        "legal_rep": f"{first} {n[7]} {last}",
        "doc": f"SIM-DOC-A{n[8]}",
    }
