import numpy as np

from iprseg.segment.clustering import find_nearest_others, lay_out_graph
from iprseg.segment.coreset import (
    build_neighbour_graph,
    find_nearest_points,
    link_points,
)


def rings(n=200, seed=0):
    """Two linked rings in three dimensions: no projection to a line keeps them apart."""
    angle = np.random.default_rng(seed).uniform(0, 2 * np.pi, n)
    flat = np.column_stack([np.cos(angle), np.sin(angle), 0 * angle])
    upright = np.column_stack([1 + np.cos(angle), 0 * angle, np.sin(angle)])
    return np.vstack([flat, upright]), np.repeat([0, 1], n)


def graph_of(points):
    near = find_nearest_points(points, points, 17)
    return build_neighbour_graph(
        link_points(near, np.ones(len(points)), len(points)), 10
    )


def test_nearest_leaves_the_point_itself_out_even_among_twins():
    points = np.zeros((4, 2))
    points[3] = 1
    distances, found = find_nearest_others(points, 2)
    assert (found != np.arange(4)[:, None]).all()
    assert distances[:3].tolist() == [[0, 0]] * 3


def test_neighbours_stay_neighbours():
    points, truth = rings()
    start = points[:, :2] * 10
    placed = lay_out_graph(graph_of(points), start, 100, 0)
    _, found = find_nearest_others(placed, 10)
    _, before = find_nearest_others(start, 10)
    kept = (truth[found] == truth[:, None]).mean()
    assert kept > 0.97
    assert kept > (truth[before] == truth[:, None]).mean()


def test_one_seed_one_layout():
    points, _ = rings(60)
    graph = graph_of(points)
    first = lay_out_graph(graph, points[:, :2], 20, 5)
    np.testing.assert_array_equal(first, lay_out_graph(graph, points[:, :2], 20, 5))
    assert np.abs(first - lay_out_graph(graph, points[:, :2], 20, 6)).max() > 0
