"""How JAX is set up for a run: float64, every core a device, compiled programs kept between runs."""

from __future__ import annotations

import os
from contextlib import suppress
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

LIBRARIES = ("corollary", "jax", "jaxlib", "numpy", "sympy")


def prepare(cache: str | None = None, batches_linear_algebra: bool = True) -> None:
    """Enables float64 and, on a machine without an accelerator, makes each core a device of its own, since chunks are
    too small to keep several busy. cache: folder for compiled programs. batches_linear_algebra: whether anything in
    this process may factorise matrices in batches; without, matrix products are up to 1.5 times faster. Does nothing
    twice; a setting that the user made through JAX's own variables stays.
    """
    # XLA's CPU threads: with few more of them than devices, batched linear algebra on every device waits for ever for
    # a thread to work on; with many more than cores, they get into each other's way. The variable is XLA's, and read
    # once, when the first device starts.
    if batches_linear_algebra:
        os.environ.setdefault("NPROC", str(max(16, 4 * (os.cpu_count() or 1))))
    import jax

    jax.config.update("jax_enable_x64", True)
    chosen = "xla_force_host_platform_device_count" in os.environ.get("XLA_FLAGS", "")
    if not chosen and not os.environ.get("JAX_NUM_CPU_DEVICES"):
        with suppress(RuntimeError):  # JAX already runs: the mesh takes the devices that there are
            jax.config.update("jax_num_cpu_devices", min(os.cpu_count() or 1, 16))
    _one_blas_thread_a_device()
    if cache is not None and not os.environ.get("JAX_COMPILATION_CACHE_DIR"):
        jax.config.update("jax_compilation_cache_dir", cache)
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.05)
        jax.config.update("jax_persistent_cache_min_entry_size_bytes", 0)


def _one_blas_thread_a_device() -> None:
    """XLA's linear algebra on a CPU is SciPy's, whose own threads only get into each other's way on small matrices,
    several times slower, while every core already works on chunks. NumPy's threads stay."""
    import scipy.linalg  # noqa: F401 -- loads the library
    from threadpoolctl import ThreadpoolController

    for library in ThreadpoolController().lib_controllers:
        if "scipy" in os.path.basename(os.path.dirname(library.filepath)):
            library.set_num_threads(1)


_own_only = False


def use_own_devices() -> None:
    """Of several hosts, each computes on its own devices alone, and what they share out is points."""
    global _own_only
    _own_only = True


def has_own_devices() -> bool:
    return _own_only


def devices() -> list[Any]:
    """The devices to compute on: those of all hosts, unless each host has points of its own."""
    import jax

    return list(jax.local_devices() if _own_only else jax.devices())


def in_float32(asked: bool | None) -> bool:
    """Whether measures are computed in float32. asked: so or not, or None for what suits the default backend: a TPU
    only emulates float64. Starts JAX only where there may be a TPU."""
    if asked is not None:
        return asked
    if find_spec("libtpu") is None and "TPU_LIBRARY_PATH" not in os.environ:
        return False
    prepare()
    import jax

    return jax.default_backend() == "tpu"


def environment() -> dict[str, Any]:
    """What a record says of where it was made: versions of the libraries, and the device."""
    import jax

    devices = jax.devices()
    return {
        "versions": {name: version(name) for name in LIBRARIES},
        "device": f"{len(devices)} x {devices[0].device_kind}",
        "hosts": jax.process_count(),
    }
