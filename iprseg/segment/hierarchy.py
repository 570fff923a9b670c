"""The density hierarchy of weighted points: built, condensed, and cut into branches.

The steps are those of HDBSCAN* (Campello, Moulavi and Sander 2013,
doi:10.1007/978-3-642-37456-2_14) with a weight per point, so that one point may stand
for many rows. With all weights 1 they are scikit-learn's `HDBSCAN`.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from iprseg.errors import IprsegError
from iprseg.segment.coreset import find_nearest_points
from iprseg.validation import NOISE

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# Times the points of average weight that would gather enough: most find it there.
_SEARCH_FACTOR = 4


def compute_core_distances(
    points: FloatArray, weights: FloatArray, min_samples: float
) -> FloatArray:
    """Return how far each point must reach to gather ``min_samples`` of weight.

    Parameters
    ----------
    points : array, shape (n, d)
    weights : array, shape (n,)
        How many rows each point stands for, 1 or more.
    min_samples : float
        Weight to gather, the point's own included.

    Returns
    -------
    array, shape (n,)
        0 where the point alone is heavy enough; the distance to the farthest point
        where all together are not.

    Examples
    --------
    >>> line = np.array([[0.0], [1.0], [3.0]])
    >>> compute_core_distances(line, np.ones(3), 2).tolist()
    [1.0, 1.0, 2.0]
    >>> compute_core_distances(line, np.array([2.0, 1.0, 1.0]), 2).tolist()
    [0.0, 1.0, 2.0]
    """
    most = min(len(points), int(np.ceil(min_samples)))
    typical = int(np.ceil(_SEARCH_FACTOR * min_samples / weights.mean()))
    core, short = _search_core_distances(
        points, weights, min_samples, min(most, typical)
    )
    if short.any() and typical < most:
        core[short] = _search_core_distances(points, weights, min_samples, most)[0][
            short
        ]
    return core


def _search_core_distances(
    points: FloatArray, weights: FloatArray, min_samples: float, count: int
) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Return the core distances among so many points, and where they were too few."""
    from sklearn.neighbors import NearestNeighbors

    n = len(points)
    distances, rows = np.zeros((n, 1)), np.arange(n)[:, None]
    if count > 1:
        search = NearestNeighbors(n_neighbors=count - 1).fit(points - points.mean(0))
        others = search.kneighbors()
        distances = np.hstack([distances, others[0]])
        rows = np.hstack([rows, others[1]])
    missing = weights[rows].cumsum(axis=1) < min_samples - 1e-9
    enough = np.minimum(missing.sum(axis=1), count - 1)
    return distances[np.arange(n), enough], missing[:, -1]


def build_spanning_tree(
    points: FloatArray, core: FloatArray
) -> tuple[IntArray, IntArray, FloatArray]:
    """Return the minimum spanning tree of mutual reachability, by Prim's algorithm.

    Exact and free of any index structure: n steps over n points, about a second for
    10,000 points of few dimensions and never more than one row of distances in memory.

    Returns
    -------
    heads, tails : arrays, shape (n - 1,)
        Ends of the edges, in the order in which the tree grew.
    lengths : array, shape (n - 1,)
    """
    n = len(points)
    heads, tails = np.zeros(n - 1, np.int64), np.zeros(n - 1, np.int64)
    lengths = np.zeros(n - 1)
    outside = np.arange(1, n)  # not in the tree yet; the arrays below run beside it
    rest, rest_core = points[1:].copy(), core[1:].copy()
    best, source = np.full(n - 1, np.inf), np.zeros(n - 1, np.int64)
    current = 0
    for step in range(n - 1):
        difference = rest - points[current]
        reach = np.sqrt(np.einsum("ij,ij->i", difference, difference))
        np.maximum(reach, rest_core, out=reach)
        np.maximum(reach, core[current], out=reach)
        closer = reach < best
        best[closer] = reach[closer]
        source[closer] = current
        place = int(best.argmin())
        current = int(outside[place])
        heads[step], tails[step], lengths[step] = source[place], current, best[place]
        last = len(outside) - 1
        for array in (outside, rest, rest_core, best, source):
            array[place] = array[last]
        outside, best, source = outside[:last], best[:last], source[:last]
        rest, rest_core = rest[:last], rest_core[:last]
    return heads, tails, lengths


def build_single_linkage(
    heads: IntArray, tails: IntArray, lengths: FloatArray, weights: FloatArray
) -> tuple[IntArray, FloatArray, FloatArray]:
    """Merge along the edges of a spanning tree, shortest first.

    Returns
    -------
    children : array, shape (n - 1, 2)
        The two nodes that merge i joins: below n a point, from n on a merge.
    heights : array, shape (n - 1,)
        Length of the joining edge.
    sizes : array, shape (2 n - 1,)
        Weight under each node.

    Examples
    --------
    >>> children, heights, sizes = build_single_linkage(
    ...     np.array([0, 1]), np.array([1, 2]), np.array([2.0, 1.0]), np.ones(3)
    ... )
    >>> children.tolist(), heights.tolist(), sizes.tolist()
    ([[1, 2], [0, 3]], [1.0, 2.0], [1.0, 1.0, 1.0, 2.0, 3.0])
    """
    n = len(weights)
    parent = np.arange(2 * n - 1)
    sizes = np.concatenate([weights, np.zeros(n - 1)])
    children = np.zeros((n - 1, 2), np.int64)
    order = np.argsort(lengths, kind="stable")
    for merge, edge in enumerate(order):
        left, right = _find_root(parent, heads[edge]), _find_root(parent, tails[edge])
        children[merge] = left, right
        parent[left] = parent[right] = n + merge
        sizes[n + merge] = sizes[left] + sizes[right]
    return children, lengths[order], sizes


def _find_root(parent: IntArray, node: int) -> int:
    root = node
    while parent[root] != root:
        root = parent[root]
    while parent[node] != root:  # shorten the path for the next look-up
        parent[node], node = root, parent[node]
    return root


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


def condense_tree(
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
        From `build_single_linkage`.
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
    return _add_stability(result, sizes[:n])


def _add_stability(tree: CondensedTree, weights: FloatArray) -> CondensedTree:
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


def select_branches(tree: CondensedTree, selection: str, most: float = 1.0) -> IntArray:
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


def find_selected_ancestors(tree: CondensedTree, chosen: IntArray) -> IntArray:
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
    return find_selected_ancestors(tree, chosen)[tree.point_branch]


def _mask_points_below(model: Any, branch: int) -> NDArray[np.bool_]:
    """Return which coreset points lie in a branch or below it.

    Parameters
    ----------
    model : SegmentModel
    branch : int

    Returns
    -------
    array of bool, shape (m,)
    """
    parent = model.tree["parent"].to_numpy()
    inside = np.zeros(len(parent), dtype=bool)
    inside[branch] = True
    for one in range(branch + 1, len(parent)):  # parents come before their children
        inside[one] = parent[one] >= 0 and inside[parent[one]]
    return inside[model.point_branch]


def find_dividing_branches(
    model: Any, members: NDArray[np.bool_]
) -> list[tuple[int, NDArray[np.bool_]]]:
    """Return the branches that hold some of the points and not all, coarse to fine.

    Parameters
    ----------
    model : SegmentModel
    members : array of bool, shape (m,)
        The points of a cohort.

    Returns
    -------
    list of (branch, array of bool, shape (m,))
        With which of the points it holds.
    """
    found = []
    for branch in model.tree.index[model.tree["parent"] >= 0]:
        held = _mask_points_below(model, int(branch)) & members
        if held.any() and (held != members).any():
            found.append((int(branch), held))
    return found


def divide_cohort(
    model: Any, members: NDArray[np.bool_], branch: int
) -> NDArray[np.bool_]:
    """Return which points of a cohort leave with a branch.

    Points of the cohort that lie in no finer branch, neither in this one nor beside
    it, go with the nearest point that does.

    Returns
    -------
    array of bool, shape (m,)
    """
    leaves = _mask_points_below(model, branch) & members
    above = [branch]
    while above[-1] >= 0:
        above.append(int(model.tree["parent"].iloc[above[-1]]))
    open_ = members & np.isin(model.point_branch, above[1:])
    stays = members & ~leaves & ~open_
    if open_.any() and stays.any():
        sure = np.flatnonzero(leaves | stays)
        near = find_nearest_points(model.points[open_], model.points[sure], 1).found[
            :, 0
        ]
        leaves[open_] = leaves[sure[near]]
    return leaves


def find_split_branches(
    model: Any, members: NDArray[np.bool_], cohort: int, branch: int | None, size: int
) -> list[int]:
    """Return the branches that may leave a cohort, the likeliest first.

    Parameters
    ----------
    model : SegmentModel
    members : array of bool, shape (m,)
        The points of the cohort.
    cohort : int
    branch : int, optional
        The one asked for.
    size : int
        Least rows of a cohort at the fit.

    Raises
    ------
    IprsegError
        When there is none, or the one asked for does not divide the cohort.
    """
    found = dict(find_dividing_branches(model, members))
    if branch is not None:
        if branch not in found:
            inside = ", ".join(map(str, list(found)[:12])) or "none"
            raise IprsegError(
                f"Branch {branch} does not divide cohort {cohort}; branches of tree_ "
                f"that do: {inside}."
            )
        return [int(branch)]
    # others only reach into it: points of theirs that joined it as labels spread
    own = [
        one
        for one, held in found.items()
        if 2 * held.sum() >= _mask_points_below(model, one).sum()
    ]
    if not own:
        raise make_no_branch_error(cohort, size)
    depth = model.tree["depth"]
    return sorted(own, key=lambda one: (int(depth[one]), int(found[one].sum()), one))


def make_no_branch_error(cohort: int, size: int) -> IprsegError:
    """Return what to tell whoever wants to split a cohort that no branch divides."""
    return IprsegError(
        f"Cohort {cohort} has no finer branch in tree_, along which it could be split: "
        f"find cohorts with a smaller min_cohort_size=… (below {size}), or "
        "fit another Segmenter on its members alone."
    )
