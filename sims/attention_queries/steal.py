"""Train a small one-layer Transformer, then steal it through the oracle, beside passive distillation on as many random
examples as the theft asked queries, and on four times as many.

    corollary train attention-queries/steal

Cost: about a minute on two CPU cores (mostly the students). Expected: the stolen map agrees with the trained one to
1e-8 or better; the students, told the architecture and given as many labels or four times as many, come to within 1 or
2 percent: passive learning is not hopeless here, but has no guarantee.
Reconstructed: arXiv 2601.16873 has no experiments.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float

from corollary.measure import needs_float64
from corollary.sims.attention_queries.models import hidden, transformer
from corollary.sims.attention_queries.oracle import Oracle
from corollary.sims.attention_queries.relu_network import NotRecovered
from corollary.sims.attention_queries.transformer import learn_attention_first
from corollary.sims.training.step import State, begin, descend, fit
from corollary.training.run import Run
from corollary.training.settings import Config, Setting

Parameters = dict[str, Array]
TEST_SEQUENCES = 1024
STUDENT_RATE = 1e-2


def _init(key: Array, config: Config) -> State:
    task_key, key = jax.random.split(key)
    parameters = _fresh(key, config)
    d = config["d"]
    match, read = jax.random.split(task_key)
    task = {
        "match": jax.random.normal(match, (d, d), jnp.float64) / jnp.sqrt(d),
        "read": jax.random.normal(read, (2, d), jnp.float64) / jnp.sqrt(d),
    }
    return begin(parameters, _optimizer(config), task=task)


def _step(state: State, key: Array, config: Config) -> tuple[State, dict[str, Array]]:
    X = _sequences(key, config, config["batch"])
    targets = _task(state["task"], X)
    return descend(state, lambda parameters: _loss(parameters, X, targets), _optimizer(config))


def _evaluate(state: State, key: Array, config: Config) -> dict[str, Array]:
    """The trained parameters, its outputs on test sequences, and those of the students."""
    test_key, one, four = jax.random.split(key, 3)
    X = _sequences(test_key, config, TEST_SEQUENCES)
    teacher = state["parameters"]
    found = {"X": X, "outputs": transformer(teacher, X), "targets": _task(state["task"], X), **teacher}
    for name, share, student_key in (("student", 1, one), ("student_4", 4, four)):
        student = _distilled(student_key, teacher, config, share * config["examples"])
        found[f"{name}_outputs"], found[f"{name}_W"] = transformer(student, X), student["W"]
    return found


def _measure(arrays: dict[str, np.ndarray], config: Config) -> dict[str, float]:
    """Relative errors over the test sequences, and the theft's queries."""
    X, true = arrays["X"], arrays["outputs"]

    def error(outputs: np.ndarray) -> float:
        return float(np.linalg.norm(outputs - true) / np.linalg.norm(true))

    def distance(W: np.ndarray) -> float:
        return float(np.linalg.norm(W - arrays["W"]) / np.linalg.norm(arrays["W"]))

    oracle = Oracle(hidden(transformer, {name: arrays[name] for name in ("W", "A", "o")}))
    try:
        stolen = learn_attention_first(oracle, np.random.default_rng(0))
        theft = {"stolen_error": error(stolen(X)), "stolen_W_error": distance(stolen.W)}
    except NotRecovered:
        theft = {"stolen_error": np.inf, "stolen_W_error": np.inf}
    return {
        **theft,
        "queries": float(oracle.queries),
        "examples": float(config["examples"]),
        "student_error": error(arrays["student_outputs"]),
        "student_W_error": distance(arrays["student_W"]),
        "student_4_error": error(arrays["student_4_outputs"]),
        "student_4_W_error": distance(arrays["student_4_W"]),
        "trained_loss": float(np.mean((true - arrays["targets"]) ** 2)),
        "target_variance": float(np.var(arrays["targets"])),
    }


def _distilled(key: Array, teacher: Parameters, config: Config, examples: int) -> Parameters:
    """A student of the teacher's form, trained on labelled random sequences by mini-batches drawn from them."""
    data_key, init_key, batch_key = jax.random.split(key, 3)
    X = _sequences(data_key, config, examples)
    labels = transformer(teacher, X)
    optimizer = optax.adam(optax.cosine_decay_schedule(STUDENT_RATE, config["student_steps"]))

    def loss(parameters: Parameters, t: Array) -> Array:
        rows = jax.random.randint(jax.random.fold_in(batch_key, t), (config["batch"],), 0, examples)
        return _loss(parameters, X[rows], labels[rows])

    return fit(_fresh(init_key, config), loss, optimizer, jnp.arange(config["student_steps"]))[0]


def _fresh(key: Array, config: Config) -> Parameters:
    W, A, o = jax.random.split(key, 3)
    d, m = config["d"], config["m"]
    return {
        "W": jax.random.normal(W, (d, d), jnp.float64) / d,
        "A": jax.random.normal(A, (m, d), jnp.float64) / jnp.sqrt(d),
        "o": jax.random.normal(o, (m,), jnp.float64) / jnp.sqrt(m),
    }


def _optimizer(config: Config) -> optax.GradientTransformation:
    return optax.adam(config["rate"])


def _sequences(key: Array, config: Config, count: int) -> Float[Array, "count tokens d"]:
    return jax.random.normal(key, (count, config["tokens"], config["d"]), jnp.float64)


def _task(task: dict[str, Array], X: Float[Array, "count tokens d"]) -> Float[Array, " count"]:
    """Retrieval: of the token that matches the last one best, the difference of two rectified projections."""
    scores = jnp.einsum("ctd,de,ce->ct", X, task["match"], X[:, -1])
    best = jnp.take_along_axis(X, jnp.argmax(scores, axis=1)[:, None, None], axis=1)[:, 0]
    positive, negative = jax.nn.relu(best @ task["read"].T).T
    return positive - negative


def _loss(parameters: Parameters, X: Float[Array, "count tokens d"], targets: Float[Array, " count"]) -> Array:
    return jnp.mean((transformer(parameters, X) - targets) ** 2)


RUN = Run(
    name="attention-queries/steal",
    says="A trained one-layer Transformer is stolen through its oracle, beside passive distillation.",
    cost="about a minute on two CPU cores",
    expects="relative error of the stolen map below 1e-8, of the students about 1e-2 (reconstructed)",
    settings={
        "steps": Setting(2000, "training steps of the model to steal", within=(1, 1e6)),
        "d": Setting(16, "width", within=(2, 128)),
        "m": Setting(32, "neurons", within=(1, 256)),
        "tokens": Setting(8, "sequence length", within=(1, 64)),
        "batch": Setting(128, "sequences a step", within=(1, 4096)),
        "rate": Setting(3e-3, "learning rate", within=(1e-6, 1.0)),
        "examples": Setting(4096, "labelled sequences for the student", within=(1, 1e6)),
        "student_steps": Setting(3000, "training steps of each student", within=(1, 1e6)),
    },
    init=_init,
    step=_step,
    evaluate=_evaluate,
    measure=_measure,
)
needs_float64("learners recover weights to below the rounding of float32")(RUN)
