import os
import subprocess
import sys

import pytest

PROGRAM = """
from corollary.runtime import prepare
prepare()
import jax, jax.numpy as jnp
from corollary.trials.monte_carlo import Trajectory
def measure(key, point):
    x = jax.random.normal(key, (256, 40, 20), jnp.float64)
    return jnp.linalg.cholesky(jnp.einsum("rni,rnj->rij", x, x)).sum((1, 2))
for seed in range(3):
    Trajectory(measure, {}, seed).at(13)
"""


def test_batched_linear_algebra_on_every_device_ends():
    """It deadlocks when XLA has no more threads than devices."""
    subprocess.run([sys.executable, "-c", PROGRAM], check=True, timeout=120)


COUNT = """
from corollary.training.run import Run, train
from corollary.training.settings import Setting
import jax, jax.numpy as jnp
def step(state, key, config):
    return state + 1, {"loss": state}
run = Run("test/run", "", "", "", {"steps": Setting(2, "steps")}, lambda key, config: jnp.zeros(()), step,
          lambda state, key, config: {"x": state}, lambda arrays, config: {})
train(run, out=None)
print(jax.device_count())
"""


@pytest.mark.parametrize(("given", "devices"), [({}, min(os.cpu_count() or 1, 16)), ({"JAX_NUM_CPU_DEVICES": "3"}, 3)])
def test_training_from_python_has_every_core_or_as_many_as_were_asked_for(given, devices):
    plain = {name: value for name, value in os.environ.items() if name not in ("JAX_NUM_CPU_DEVICES", "XLA_FLAGS")}
    told = subprocess.run([sys.executable, "-c", COUNT], env=plain | given, check=True, capture_output=True, text=True)
    assert int(told.stdout) == devices
