"""H11: e-mail addresses as programs make them."""

import numpy as np
import pandas as pd

from iprseg.reference import load_reference
from iprseg.signals._inputs import Inputs
from iprseg.signals._result import Column, empty, full

_DOMAIN = "seller_identity.email_domain"
# Sellers with one pattern at one domain, from which they count as a cluster; one
# household or one firm has fewer.
_CLUSTER = 5
# A domain of more sellers than this is a provider's, whether or not the list names it.
_COMMON = 50


def email_pattern(inputs: Inputs, sellers: pd.Index) -> Column:
    """H11: 1 if the domain is a disposable one, or the address is one of a cluster.

    A cluster is five or more sellers whose addresses have the same pattern of letters
    and digits (``email_template_pid``, where the tables have it) at one domain that is
    no public provider's.
    """
    absent = inputs.lacks("seller_identity.seller_id") or inputs.lacks(_DOMAIN)
    held = inputs.table("seller_identity")
    if absent is not None or held is None:
        return empty(len(sellers), absent or inputs.no_table("seller_identity"))
    held = held.reset_index() if held.index.name == "seller_id" else held
    domain = held["email_domain"].astype("string").str.strip().str.casefold()
    domain = domain.str.strip(".")
    known = held["seller_id"].notna() & domain.notna() & (domain != "")
    held = held.assign(domain=domain)[known.to_numpy(dtype=bool)]
    listed = load_reference("email_domains")
    found = _is_of(held["domain"], frozenset(listed["disposable"]))
    if "email_template_pid" in held.columns:
        found |= _clustered(held, frozenset(listed["public"]))
    values = pd.Series(found * 1.0).groupby(held["seller_id"].to_numpy()).max()
    column = full(values.reindex(sellers).to_numpy(dtype=float))
    return column.missing(np.isnan(column.values), "no_email_domain")


def _is_of(domains: pd.Series, listed: frozenset[str]) -> np.ndarray:
    """Tell which domains are listed, themselves or as a part of a listed one."""
    return np.array([_listed(domain, listed) for domain in domains], dtype=bool)


def _listed(domain: str, listed: frozenset[str]) -> bool:
    while "." in domain:
        if domain in listed:
            return True
        domain = domain.partition(".")[2]
    return False


def _clustered(held: pd.DataFrame, public: frozenset[str]) -> np.ndarray:
    pattern = held["email_template_pid"].astype("string").str.strip()
    pattern = pattern.where(pattern != "")
    at_domain = held.groupby("domain")["seller_id"].transform("nunique")
    # groupby leaves out addresses without a pattern: they are alike in nothing
    alike = held.groupby(["domain", pattern])["seller_id"].transform("nunique")
    own = ~_is_of(held["domain"], public) & (at_domain <= _COMMON).to_numpy()
    return own & (alike.fillna(0) >= _CLUSTER).to_numpy(dtype=bool)
