"""Look past the name of the goods between a brand and a word for a copy."""

from functools import cache

from iprseg.reference import load_reference

# "copie de sac à main X"
_MOST = 3


def past_goods(before: str, after: str) -> tuple[list[str], list[str]]:
    """Return what stands before and after a term once the goods are left out.

    Parameters
    ----------
    before, after : str
        The phrase around the term, folded by `soften`.

    Returns
    -------
    heads, tails : list of str
        What may end, or begin, with a brand; empty where the word beside the term
        names no goods, or the term is of what they are made of.

    Examples
    --------
    >>> past_goods("zephyra tasche", "")
    (['zephyra'], [])
    >>> past_goods("", "sac zephyra")
    ([], ['zephyra'])
    >>> past_goods("zephyra sac", "cuir")
    ([], [])
    """
    goods, materials, links = _words()
    head, tail = before.split(), after.split()
    while tail and tail[0] in links:
        del tail[0]
    of_stuff = not materials.isdisjoint(tail[:1])
    heads, tails = [], []
    if head and head[-1] in goods and not of_stuff:
        heads = [" ".join(head[:-n]) for n in range(1, _MOST + 1) if len(head) > n]
    if tail and tail[0] in goods:
        tails = [" ".join(tail[n:]) for n in range(1, _MOST + 1) if len(tail) > n]
    return heads, tails


@cache
def _words() -> tuple[frozenset[str], ...]:
    file = load_reference("goods_between")
    return tuple(frozenset(file[name]) for name in ("goods", "materials", "links"))
