"""Linear and logistic probes of activations, in float64, with the accuracy of shuffled labels beside their own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from numpy.typing import ArrayLike
from scipy.optimize import minimize


@dataclass(frozen=True)
class Probe:
    """x weights + bias. weights: [width, outputs]; bias: [outputs]: predicted values, or logits of classes."""

    weights: Float[np.ndarray, "width outputs"]
    bias: Float[np.ndarray, " outputs"]

    def __call__(self, x: ArrayLike) -> Float[np.ndarray, "*batch outputs"]:
        return np.asarray(x, np.float64) @ self.weights + self.bias

    def classes(self, x: ArrayLike) -> Int[np.ndarray, "*batch"]:
        """The likeliest class."""
        return self(x).argmax(-1)


@dataclass(frozen=True)
class Probed:
    """probe: trained on the first part of the data. held_out: its accuracy (or share of variance explained) on the
    rest. shuffled: the same for a probe of shuffled labels, which says what the probe can do without the activations'
    help."""

    probe: Probe
    held_out: float
    shuffled: float


def linear_probe(x: ArrayLike, y: ArrayLike, penalty: float = 1e-6) -> Probe:
    """Least squares with `penalty` * |weights|^2 an example, the bias not penalised. x: [examples, width]; y:
    [examples] or [examples, outputs]."""
    inputs, targets = _data(x, y, penalty)
    targets = targets.reshape(len(inputs), -1).astype(np.float64)
    middle, mean = inputs.mean(0), targets.mean(0)
    centred = inputs - middle
    gram = centred.T @ centred + penalty * len(inputs) * np.eye(inputs.shape[1])
    weights = (
        np.linalg.solve(gram, centred.T @ (targets - mean)) if penalty else np.linalg.lstsq(centred, targets - mean)[0]
    )
    return Probe(weights, mean - middle @ weights)


def logistic_probe(x: ArrayLike, y: ArrayLike, penalty: float = 1e-3) -> Probe:
    """The softmax classifier with the least mean cross entropy + penalty/2 * |weights|^2, the bias not penalised,
    found to a gradient of 1e-8. y: [examples], classes 0, 1, ...; penalty: > 0, or separable classes would drive it
    to infinity."""
    inputs, labels = _data(x, y, penalty)
    if labels.ndim != 1 or not np.issubdtype(labels.dtype, np.integer) or labels.min() < 0:
        raise ValueError(f"y of shape {labels.shape}, {labels.dtype}; allowed: [examples], integers >= 0")
    if penalty <= 0:
        raise ValueError(f"penalty={penalty} is not allowed; allowed: a number > 0")
    count, width = inputs.shape
    classes = int(labels.max()) + 1
    right = np.eye(classes)[labels]
    spread = inputs.std(0)
    spread[spread == 0] = 1  # channels of unlike size would make the problem ill-conditioned
    middle = inputs.mean(0)
    scaled = (inputs - middle) / spread

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        weights, bias = flat[:-classes].reshape(width, classes), flat[-classes:]
        logits = scaled @ weights + bias
        top = logits.max(1, keepdims=True)
        raised = np.exp(logits - top)
        total = raised.sum(1, keepdims=True)
        true = weights / spread[:, None]
        value = np.mean(np.log(total) + top - (logits * right).sum(1, keepdims=True)) + penalty / 2 * np.sum(true**2)
        off = (raised / total - right) / count
        slope = scaled.T @ off + penalty * true / spread[:, None]
        return float(value), np.concatenate([slope.ravel(), off.sum(0)])

    options = {"maxiter": 5000, "gtol": 1e-8, "ftol": 0.0}
    found = minimize(loss, np.zeros((width + 1) * classes), jac=True, method="L-BFGS-B", options=options)
    weights = found.x[:-classes].reshape(width, classes) / spread[:, None]
    return Probe(weights, found.x[-classes:] - middle @ weights)


def probe(
    x: ArrayLike, y: ArrayLike, *, kind: str = "logistic", penalty: float = 1e-3, held_out: float = 0.3, seed: int = 0
) -> Probed:
    """Trains on a random part of the examples, and measures on the rest: accuracy for logistic, share of variance
    explained for linear. Raises ValueError for another kind, or a share outside (0, 1)."""
    if kind not in ("logistic", "linear"):
        raise ValueError(f"kind={kind!r} is not allowed; allowed: logistic, linear")
    if not 0 < held_out < 1:
        raise ValueError(f"held_out={held_out} is not allowed; allowed: a number in (0, 1)")
    inputs, targets = _data(x, y, penalty)
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(inputs))
    cut = min(len(inputs) - 1, max(1, round(len(inputs) * (1 - held_out))))
    train, test = order[:cut], order[cut:]
    make = logistic_probe if kind == "logistic" else linear_probe

    def measured(labels: np.ndarray) -> tuple[Probe, float]:
        made = make(inputs[train], labels[train], penalty)
        if kind == "logistic":
            return made, float(np.mean(made.classes(inputs[test]) == labels[test]))
        truth = labels[test].reshape(len(test), -1)
        return made, float(1 - np.sum((made(inputs[test]) - truth) ** 2) / np.sum((truth - truth.mean(0)) ** 2))

    made, own = measured(targets)
    return Probed(made, own, measured(targets[rng.permutation(len(targets))])[1])


def _data(x: ArrayLike, y: ArrayLike, penalty: float) -> tuple[np.ndarray, np.ndarray]:
    inputs, targets = np.asarray(x, np.float64), np.asarray(y)
    if inputs.ndim != 2 or len(inputs) < 2:
        raise ValueError(f"x of shape {inputs.shape} is not allowed; allowed: [examples, width], at least 2 examples")
    if len(targets) != len(inputs):
        raise ValueError(f"y of {len(targets)} rows is not allowed; allowed: {len(inputs)}, as x has")
    if not np.isfinite(inputs).all():
        raise ValueError("x with a number that is not finite is not allowed; allowed: finite numbers")
    if penalty < 0:
        raise ValueError(f"penalty={penalty} is not allowed; allowed: a number >= 0")
    return inputs, targets
