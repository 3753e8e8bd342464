"""By value, what bounds and phenomena alone observe of cylindrical steering, recomputed sample by sample."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import logsumexp

from corollary.sims.cylindrical_steering import angle_law, axis_gated, geometry, pairs, principal_plane, superposition

jax.config.update("jax_enable_x64", True)
KEY = jax.random.key(0)


@pytest.mark.parametrize(("k", "m"), [(2.0, 0.5), (3.0, 2.2)])
def test_planted_exponents_are_found_where_there_is_no_noise(k: float, m: float) -> None:
    found = jax.jit(angle_law.fit, static_argnums=4)(KEY, k, m, 0.0, 400)
    assert (found["k"], found["m"]) == (pytest.approx(k), pytest.approx(m))
    assert found["peak"] == pytest.approx(1, abs=1e-9)


def test_the_plotted_abscissa_is_read_as_the_script_has_it() -> None:
    """|v|**2 sin**2 is sin**k cos**(2 p - k) at k = 2 and p = 1."""
    found = jax.jit(angle_law.fit, static_argnums=4)(KEY, 2.0, 2.0, 0.0, 400)
    assert (found["plotted_k"], found["plotted_m"]) == (pytest.approx(2), pytest.approx(1))


def test_noise_lowers_the_peak() -> None:
    """By a factor near 1 / sqrt(1 + noise^2 E f^2 / Var f)."""
    found = jax.jit(angle_law.fit, static_argnums=4)(KEY, 2.0, 1.0, 0.5, 20_000)
    theta = np.linspace(0.1, 1.47, 20_001)
    effect = np.sin(theta) * np.cos(theta)
    assert found["peak"] == pytest.approx(1 / np.sqrt(1 + 0.25 * np.mean(effect**2) / effect.var()), abs=0.02)


def test_the_share_of_active_phases() -> None:
    """lam cos theta = lam sin theta = 1 and g (1 - rho) = 1: active where 1 + cos phi >= T."""
    theta, lam = np.pi / 4, np.sqrt(2)
    for threshold, share in ((1.5, 170 / 512), (1.0, 1 / 2), (0.5, 342 / 512), (2.1, 0)):
        assert axis_gated.active_share(lam, theta, threshold, 2.0, 0.5) == pytest.approx(share, abs=1e-12)


def test_pairs_within_concepts_are_those_of_one_concept_alone() -> None:
    d, concepts, n = 12, 5, 4
    found = jax.jit(pairs.within_concepts, static_argnums=(1, 2, 3))(KEY, d, concepts, n)
    axis, steering, sensitive = (np.asarray(part) for part in pairs.axes(KEY, concepts * n, d))
    cosines = pairs.determined_cosines(*map(jnp.asarray, (axis, steering, sensitive)))
    strength = np.asarray(axis_gated.first_active(pairs.THETA, cosines, pairs.T, pairs.G, 0.0))
    rows = [
        (2 * axis[i] @ (2 * axis[j]), abs(strength[i] - strength[j]))
        for concept in range(concepts)
        for i, j in itertools.combinations(range(n * concept, n * concept + n), 2)
        if np.isfinite(strength[[i, j]]).all()
    ]
    x, y = np.array(rows).T
    assert 5 < len(rows) < 30
    assert found["correlation"] == pytest.approx(np.corrcoef(x, y)[0, 1], rel=1e-9)
    assert found["p"] == pytest.approx(float(pairs.naive_p(found["correlation"], len(rows))), rel=1e-9)


@pytest.mark.parametrize("shared", [0.0, 0.8])
def test_angles_of_pc1_to_that_of_fewer_concepts_and_to_the_centred_one(shared: float) -> None:
    found = jax.jit(principal_plane.refitted, static_argnums=(1, 2))(KEY, 6, 20, shared)
    drawn, signs = jax.random.split(KEY)
    rows = np.array(geometry.unit_vectors(drawn, (20, 6)))
    rows[:, 0] += shared * np.asarray(jax.random.rademacher(signs, (20,), jnp.float64))

    def leading(rows: np.ndarray) -> np.ndarray:
        return np.linalg.eigh(rows.T @ rows)[1][:, -1]

    for name, others in (("left_out", rows[2:]), ("centred", rows - rows.mean(0))):
        angle = np.degrees(np.arccos(abs(leading(rows) @ leading(others))))
        assert found[name] == pytest.approx(angle, abs=1e-5)
        assert angle > 0.1


@pytest.mark.parametrize(("dictionary", "d", "count"), [("random", 8, 14), ("orthonormal", 12, 12)])
def test_steered_samples_one_at_a_time(dictionary: str, d: int, count: int) -> None:
    found = jax.jit(superposition.steer, static_argnums=(1, 2, 3, 4))(KEY, d, count, 6, dictionary)
    axes, drawn = jax.random.split(KEY)
    build = {"random": geometry.random_directions, "orthonormal": geometry.orthonormal_directions}[dictionary]
    directions = build(axes, d, count)
    direction, (base, difference, active) = superposition.trained_and_tested(drawn, directions, 6)
    A, v = np.asarray(directions), np.asarray(direction)
    assert np.linalg.norm(v) == pytest.approx(1, rel=1e-12)

    def odds(x: np.ndarray, columns: np.ndarray) -> float:
        logits = superposition.SHARPNESS * (x @ columns)
        return logits[0] - logsumexp(logits[1:])

    def rate(x: np.ndarray, along: np.ndarray, columns: np.ndarray) -> float:
        return (odds(x + 1e-5 * along, columns) - odds(x - 1e-5 * along, columns)) / 2e-5

    for row, (r, change, concepts) in enumerate(
        zip(np.asarray(base), np.asarray(difference), np.asarray(active), strict=True)
    ):
        rival = concepts[np.argmax(r @ A[:, concepts])]
        assert found["cosine"][row] == pytest.approx(v @ change / np.linalg.norm(change), rel=1e-10)
        assert found["start"][row] == pytest.approx(odds(r, A), rel=1e-10)
        assert found["slope"][row] == pytest.approx(rate(r, v, A), rel=1e-5)
        own = rate(r, A[:, 0], A[:, [0, rival]]) / superposition.SHARPNESS
        assert found["own_slope"][row] == pytest.approx(own, rel=1e-5)
        if odds(r + superposition.LONGEST * v, A) > 0 > odds(r, A):
            length = brentq(lambda t, r=r: odds(r + t * v, A), 0, superposition.LONGEST)
            assert found["length"][row] == pytest.approx(length, abs=1e-5)
    assert np.isfinite(found["length"]).any()


@pytest.mark.parametrize("reads", ["concepts", "difference"])
@pytest.mark.parametrize("start", ["its own", "of another sample"])
def test_what_explains_the_length_is_a_regression(reads: str, start: str) -> None:
    point = {"d": 8, "N": 14, "reads": reads, "start": start}
    found = superposition.regressions(KEY, point)
    rows = {name: np.asarray(values) for name, values in superposition.steer(KEY, 8, 14).items()}
    slopes, lengths, odds = rows["slope"], rows["length"], rows["start"]
    if reads == "difference":
        slopes = superposition.SHARPNESS * rows["cosine"]
        lengths = np.array(
            [max(-one, 0) / rate if rate > 0 else np.inf for one, rate in zip(odds, slopes, strict=True)]
        )
    lengths = np.minimum(lengths, superposition.LONGEST)
    if start == "of another sample":
        odds = np.asarray(jax.random.permutation(jax.random.fold_in(KEY, 1), rows["start"]))

    def explained(target: np.ndarray, *predictors: np.ndarray) -> float:
        design = np.stack([np.ones(len(target)), *predictors], axis=1)
        return 1 - np.linalg.lstsq(design, target)[1][0] / ((target - target.mean()) ** 2).sum()

    assert found["angle_slope"] == pytest.approx(explained(slopes, rows["cosine"]), abs=1e-6)
    assert found["angle_length"] == pytest.approx(explained(lengths, rows["cosine"]), abs=1e-5)
    assert found["start_length"] == pytest.approx(explained(lengths, odds), abs=1e-5)
    assert found["both_length"] == pytest.approx(explained(lengths, odds, slopes), abs=1e-5)
