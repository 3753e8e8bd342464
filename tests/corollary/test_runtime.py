import subprocess
import sys

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
