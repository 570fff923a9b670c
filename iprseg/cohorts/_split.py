"""Hold rows out by seller, so that a rule is not praised for knowing a shop."""

import numpy as np
import pandas as pd

HELD_SHARE = 0.3


def held_out_rows(
    inside: np.ndarray, sellers: pd.Series | None, random_state: int
) -> tuple[np.ndarray, str]:
    """Return which rows are held out, and what they are unseen by.

    Parameters
    ----------
    inside : ndarray of bool, shape (n,)
        Which rows are in the cohort; both sides get some of them where possible.
    sellers : pandas.Series, optional
        Seller of each row; a row without one stands for itself.
    random_state : int
        Seed.

    Returns
    -------
    held : ndarray of bool, shape (n,)
        Rows to measure on.
    unit : str
        ``"unseen sellers"``, or ``"unseen rows"`` where no seller is known or a single
        one holds the cohort.

    Examples
    --------
    >>> shops = pd.Series(list("aabbccdd"))
    >>> held, unit = held_out_rows(np.ones(8, bool), shops, 0)
    >>> unit, set(shops[held]) & set(shops[~held])
    ('unseen sellers', set())
    """
    n = len(inside)
    units, unit = np.arange(n), "unseen rows"
    if sellers is not None and sellers[inside].nunique() > 1:
        codes, _ = pd.factorize(sellers)
        units, unit = (
            np.where(codes < 0, codes.max() + 1 + units, codes),
            "unseen sellers",
        )
    weight = pd.Series(np.where(inside, 1.0, 0.0)).groupby(units).agg(["sum", "size"])
    order = np.random.default_rng(random_state).permutation(len(weight))
    held_units: list[int] = []
    for column, mask in (("sum", weight["sum"] > 0), ("size", weight["sum"] == 0)):
        ordered = weight.iloc[order][mask.to_numpy()[order]][column]
        held_units += list(_first_share(ordered))
    return np.isin(units, held_units), unit


def _first_share(sizes: pd.Series) -> pd.Index:
    """First units, in a random order, that make up the held-out share; never all."""
    total, reached, taken = sizes.sum(), 0.0, 0
    for size in sizes.iloc[:-1]:
        if reached >= HELD_SHARE * total:
            break
        reached += size
        taken += 1
    return sizes.index[:taken]
