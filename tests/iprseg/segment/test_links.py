import numpy as np
import pytest

from iprseg.segment.coreset import (
    build_neighbour_graph,
    compute_closeness,
    find_nearest_points,
    link_points,
    spread_labels,
)
from iprseg.validation import NOISE

RNG = np.random.default_rng(0)


def linked(n=600, m=80, width=4):
    rows = RNG.normal(size=(n, width))
    counts = RNG.integers(1, 4, n).astype(float)
    points = rows[:m]
    near = find_nearest_points(rows, points, 17)
    return link_points(near, counts, m), near, counts


def test_each_row_is_shared_out_whole():
    links, _, counts = linked()
    assert links.sum() == pytest.approx(counts.sum())
    assert abs(links - links.T).max() < 1e-9


def test_links_of_parts_add_up_to_those_of_the_whole():
    links, near, counts = linked()
    parts = [
        link_points(type(near)(near.found[part], near.distance[part]), counts[part], 80)
        for part in np.array_split(RNG.permutation(600), 3)
    ]
    assert abs(sum(parts) - links).max() < 1e-9


def test_links_are_what_two_loops_would_count():
    links, near, counts = linked(40, 12)
    expected = np.zeros((12, 12))
    for found, distance, count in zip(near.found, near.distance, counts, strict=True):
        close = np.maximum(1 - (distance[:8] / distance[8]) ** 2, 1e-9)
        close /= close.sum()
        for i, one in zip(found, close, strict=False):
            for j, other in zip(found, close, strict=False):
                expected[i, j] += count * one * other
    np.testing.assert_allclose(links.toarray(), expected, atol=1e-8)


def test_points_equally_far_are_linked():
    corners = np.eye(12)
    near = find_nearest_points(corners, corners, 12)
    graph = build_neighbour_graph(link_points(near, np.ones(12), 12), 5)
    assert (graph.toarray().sum(axis=1) > 0).all()


def test_memberships_are_symmetric_and_each_has_a_full_one():
    links, _, _ = linked()
    graph = build_neighbour_graph(links, 5).toarray()
    np.testing.assert_allclose(graph, graph.T)
    assert graph.max() <= 1
    np.testing.assert_allclose(graph.max(axis=1), 1)
    assert not graph.diagonal().any()
    assert ((graph > 0).sum(axis=1) >= 5).all()


def test_a_point_among_others_joins_them_and_a_border_is_less_sure():
    points = np.linspace(0, 10, 60)[:, None]
    near = find_nearest_points(points, points, 17)
    links = link_points(near, np.ones(60), 60)
    labels = np.repeat([0, 1], 30)
    labels[[10, 45]] = 1, NOISE
    spread, trust = spread_labels(labels, links, np.zeros(60, dtype=bool))
    assert spread.tolist() == [0] * 30 + [1] * 30
    assert trust[29] < 0.8 < trust[20]
    assert trust[45] < trust[55]
    settled, sure = spread_labels(labels, links, np.arange(60) == 10)
    assert (settled[10], sure[10]) == (1, 1.0)


def test_noise_alone_stays_noise():
    links, _, _ = linked()
    spread, trust = spread_labels(np.full(80, NOISE), links, np.ones(80, dtype=bool))
    assert (spread == NOISE).all()
    assert (trust == 1).all()


def test_where_all_are_equally_far_the_first_is_closest():
    close = compute_closeness(np.ones((1, 4)), 3)
    assert close[0].argmax() == 0
    assert close[0].max() > 0
