"""From weighted points to a density hierarchy: core distances, spanning tree, linkage.

The steps are those of HDBSCAN* (Campello, Moulavi and Sander 2013,
doi:10.1007/978-3-642-37456-2_14) with a weight per point, so that one point may stand
for many rows. With all weights 1 they are scikit-learn's `HDBSCAN`.
"""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# Times the points of average weight that would gather enough: most find it there.
_AMPLE = 4


def core_distances(
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
    >>> core_distances(line, np.ones(3), 2).tolist()
    [1.0, 1.0, 2.0]
    >>> core_distances(line, np.array([2.0, 1.0, 1.0]), 2).tolist()
    [0.0, 1.0, 2.0]
    """
    most = min(len(points), int(np.ceil(min_samples)))
    typical = int(np.ceil(_AMPLE * min_samples / weights.mean()))
    core, short = _gathered(points, weights, min_samples, min(most, typical))
    if short.any() and typical < most:
        core[short] = _gathered(points, weights, min_samples, most)[0][short]
    return core


def _gathered(
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


def spanning_tree(
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


def single_linkage(
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
    >>> children, heights, sizes = single_linkage(
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
        left, right = _root(parent, heads[edge]), _root(parent, tails[edge])
        children[merge] = left, right
        parent[left] = parent[right] = n + merge
        sizes[n + merge] = sizes[left] + sizes[right]
    return children, lengths[order], sizes


def _root(parent: IntArray, node: int) -> int:
    root = node
    while parent[root] != root:
        root = parent[root]
    while parent[node] != root:  # shorten the path for the next look-up
        parent[node], node = root, parent[node]
    return root
