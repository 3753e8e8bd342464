"""Loops: invariances, and a simple computation of the same bars."""

import sys
import types

import numpy as np
import pytest

from corollary.sims.instruments import embeddings, persistence


def test_loops_do_not_depend_on_order_or_rotation_and_scale_with_size():
    points = np.random.default_rng(0).normal(size=(40, 2))
    bars = persistence.h1_bars(points)
    assert np.allclose(persistence.h1_bars(points[::-1] @ np.array([[0.0, 1.0], [-1.0, 0.0]])), bars)
    assert np.allclose(persistence.h1_bars(2 * points), 2 * bars)
    assert (bars[:, 1] > bars[:, 0]).all()


def test_two_circles_have_two_loops_and_a_line_none():
    circle = embeddings.polygon(12)
    bars = persistence.h1_bars(np.concatenate([circle, circle + 10]))
    assert np.allclose(bars[:2], persistence.h1_bars(circle)[0])
    assert np.ptp(bars[2:], axis=1).max(initial=0) < 0.02  # between the circles
    assert persistence.longest_bar(np.arange(9.0)[:, None]) == 0.0


def test_many_points_go_to_ripser_where_it_is(monkeypatch):
    seen = {}

    def fake(distances, maxdim, distance_matrix):
        seen["points"] = len(distances)
        return {"dgms": [None, np.array([[0.5, 1.5], [0.1, 0.2]])]}

    monkeypatch.setitem(sys.modules, "ripser", types.SimpleNamespace(ripser=fake, __spec__=object()))
    bars = persistence.h1_bars(np.random.default_rng(0).normal(size=(persistence.RIPSER_FROM, 2)))
    assert seen == {"points": persistence.RIPSER_FROM}
    assert bars[0].tolist() == [0.5, 1.5]


def bars_by_columns(points):
    """The textbook's reduction of the boundary matrix, column by column, over all simplices up to triangles."""
    count = len(points)
    lengths = np.linalg.norm(points[:, None] - points, axis=-1)
    simplices = [(0.0, (i,)) for i in range(count)]
    simplices += [(lengths[i, j], (i, j)) for i in range(count) for j in range(i)]
    simplices += [
        (max(lengths[i, j], lengths[i, k], lengths[j, k]), (i, j, k))
        for i in range(count)
        for j in range(i)
        for k in range(j)
    ]
    simplices.sort(key=lambda one: (one[0], len(one[1])))
    place = {frozenset(vertices): number for number, (_, vertices) in enumerate(simplices)}
    columns, bars = {}, []
    for length, vertices in simplices:
        if len(vertices) == 1:
            continue
        column = {place[frozenset(vertices) - {vertex}] for vertex in vertices}
        while column and max(column) in columns:
            column ^= columns[max(column)]
        if column:
            columns[max(column)] = column
            born, edge = simplices[max(column)]
            if len(edge) == 2 and length > born:
                bars.append((born, length))
    return np.array(sorted(bars, key=lambda bar: bar[0] - bar[1])).reshape(-1, 2)


@pytest.mark.parametrize("features", [2, 3])
def test_bars_are_those_of_the_textbooks_reduction(features):
    for seed in range(4):
        points = np.random.default_rng(seed).normal(size=(24, features))
        found, expected = persistence.h1_bars(points), bars_by_columns(points)
        assert found.shape == expected.shape
        assert found == pytest.approx(expected)
        assert len(expected) >= 1
        assert persistence.longest_bar(points) == pytest.approx(expected[0, 1] - expected[0, 0])


def test_points_that_are_none_are_named():
    for points in (np.zeros((2, 2)), np.array([[0.0], [1.0], [np.inf]]), np.zeros(5)):
        with pytest.raises(ValueError, match="allowed"):
            persistence.h1_bars(points)


def test_noise_shortens_the_loop_and_every_seed_is_another_ring():
    quiet, noisy = (persistence.noisy_ring(23, noise, 0) for noise in (0.01, 1.0))
    assert np.ptp(quiet["bars"][0]) > 1.3 > 2 * np.ptp(noisy["bars"][0])
    assert quiet["frequency"] in (5, 23 - 5), "the circle goes 5 times round"
    assert quiet["circular_correlation"] > 0.99 > noisy["circular_correlation"]
    assert quiet["homomorphism_error"] < 0.05 < noisy["homomorphism_error"]
    assert not np.allclose(quiet["plane"], persistence.noisy_ring(23, 0.01, 1)["plane"])
