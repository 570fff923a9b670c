"""From a single-linkage hierarchy to clusters: condense, choose, label."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from iprseg._labels import NOISE

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class CondensedTree:
    """Branches heavy enough to be a cluster; branch 0 is the whole.

    Attributes
    ----------
    parent : array of int, shape (n_branches,)
        -1 for the whole.
    distance : array of float, shape (n_branches,)
        Length of the edge at which the branch splits off; ``inf`` for the whole.
    birth : array of float, shape (n_branches,)
        Density there: distance to the power of minus ``power``.
    size : array of float, shape (n_branches,)
        Weight at birth.
    stability : array of float, shape (n_branches,)
        Weight times the density gained, summed over what the branch holds.
    point_branch : array of int, shape (n_points,)
        The last branch that the point belongs to.
    point_density : array of float, shape (n_points,)
        Density at which the point leaves it.
    """

    parent: IntArray
    distance: FloatArray
    birth: FloatArray
    size: FloatArray
    stability: FloatArray
    point_branch: IntArray
    point_density: FloatArray


def condense(
    children: IntArray,
    heights: FloatArray,
    sizes: FloatArray,
    min_size: float,
    power: float = 1.0,
) -> CondensedTree:
    """Keep the splits whose both sides weigh ``min_size`` or more.

    Parameters
    ----------
    children, heights, sizes : arrays
        From `single_linkage`.
    min_size : float
        Least weight of a branch.
    power : float, default=1.0
        A place is as dense as the distance there to the power of ``-power``; 1 is
        HDBSCAN*'s. The smaller, the more a wide gap counts against a fine split.
    """
    n = len(heights) + 1
    branch = np.full(2 * n - 1, -1, np.int64)
    branch[-1] = 0
    parent, distance, birth, size = [-1], [np.inf], [0.0], [float(sizes[-1])]
    density = np.maximum(heights, np.finfo(np.float64).tiny ** 0.5) ** -power
    left_at = np.zeros(n)
    # nodes come after their children, so backwards is from the whole to the points
    falling = np.zeros(2 * n - 1)  # > 0: the node fell out, at this density
    for node in range(2 * n - 2, n - 1, -1):
        here, split = branch[node], density[node - n]
        pair = children[node - n]
        heavy = sizes[pair] >= min_size
        if falling[node]:
            branch[pair], falling[pair] = here, falling[node]
        elif heavy.all():
            for child in pair:
                branch[child] = len(parent)
                parent.append(int(here))
                distance.append(float(heights[node - n]))
                birth.append(float(split))
                size.append(float(sizes[child]))
        else:
            branch[pair] = here
            falling[pair[~heavy]] = split
        for child in pair[pair < n]:
            # a point heavy enough to be a branch never dissolves: it is as dense as
            # the densest place there is
            left_at[child] = falling[child] or (density[0] if heavy.all() else split)
    result = CondensedTree(
        np.array(parent),
        np.array(distance),
        np.array(birth),
        np.array(size),
        np.zeros(len(parent)),
        branch[:n],
        left_at,
    )
    return _with_stability(result, sizes[:n])


def _with_stability(tree: CondensedTree, weights: FloatArray) -> CondensedTree:
    inner = tree.parent[1:]
    stability = np.bincount(
        tree.point_branch,
        weights * (tree.point_density - tree.birth[tree.point_branch]),
        len(tree.parent),
    )
    stability += np.bincount(
        inner, tree.size[1:] * (tree.birth[1:] - tree.birth[inner]), len(tree.parent)
    )
    return replace(tree, stability=stability.astype(np.float64))


def choose(tree: CondensedTree, selection: str, most: float = 1.0) -> IntArray:
    """Choose the branches that are clusters, never the whole.

    Parameters
    ----------
    tree : CondensedTree
    selection : {"eom", "leaf"}
        ``"eom"`` (excess of mass): the branches of largest total stability;
        ``"leaf"``: the finest ones.
    most : float, default=1.0
        Of a branch that holds more than this share of the weight the stability counts
        by the share outside it: a cohort of nearly all rows sets nothing apart.

    Returns
    -------
    array of int
        Chosen branches in ascending order.
    """
    n = len(tree.parent)
    chosen = np.ones(n, dtype=bool)
    share = tree.size / tree.size[0]
    worth = np.where(share > most, 1 - share, 1) * tree.stability
    if selection == "leaf":
        worth = np.full(n, -1.0)
    below = np.zeros(n)  # largest total stability of the branches below
    for branch in range(n - 1, 0, -1):  # parents come before their children
        leaf = below[branch] == 0
        chosen[branch] = leaf or worth[branch] >= below[branch]
        best = max(worth[branch], np.finfo(float).tiny)
        below[tree.parent[branch]] += best if chosen[branch] else below[branch]
    covered = np.zeros(n, dtype=bool)
    chosen[0] = False
    for branch in range(1, n):  # of two chosen ones above each other, the upper
        above = tree.parent[branch]
        covered[branch] = covered[above] or chosen[above]
    return np.flatnonzero(chosen & ~covered)


def owning_branch(tree: CondensedTree, chosen: IntArray) -> IntArray:
    """Return for each branch the position in ``chosen`` of the one it is part of.

    Branches that belong to no chosen one get `NOISE`.
    """
    owner = np.full(len(tree.parent), NOISE, np.int64)
    owner[chosen] = np.arange(len(chosen))
    for branch in range(1, len(owner)):
        if owner[branch] == NOISE:
            owner[branch] = owner[tree.parent[branch]]
    return owner


def label_points(tree: CondensedTree, chosen: IntArray) -> IntArray:
    """Label the points by the chosen branches: 0 to ``len(chosen) - 1``, or `NOISE`."""
    return owning_branch(tree, chosen)[tree.point_branch]
