"""What figures, notebooks and reports draw from: results that are computed once, kept, and found again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from corollary.measure import measure_name
from corollary.point import DEPTHS, Depths, Point, at_depth
from corollary.runtime import prepare
from corollary.storage.address import code_address, versions
from corollary.storage.store import Store, digest
from corollary.trials.confidence import mean_radius
from corollary.trials.moments import Moments


class Results:
    """Access to stored results; what is missing is computed and stored.

    store: where they are kept. depth: how much to compute. seed: of every random number.
    Raises ValueError on an unknown depth.
    """

    def __init__(self, store: Store, depth: str = "standard", seed: int = 0):
        if depth not in DEPTHS:
            raise ValueError(f"depth={depth!r}; allowed: {', '.join(DEPTHS)}")
        self.store, self.depth, self.seed = store, depth, seed
        prepare(str(store.path / "compiled"))

    def at(self, setting: Depths[Any]) -> Any:
        """The setting's value at this depth."""
        return at_depth(setting, self.depth)

    def moments(self, measure: Callable[..., Any], point: Point, chunks: int) -> Moments:
        """Moments of at least `chunks` chunks of a measure at a point: the very samples that `verify` draws."""
        from corollary.trials.monte_carlo import Trajectory, forget, looks

        forget()  # a function edited since in this process is traced anew
        return Trajectory(measure, point, self.seed, self.store).at(next(look for look in looks() if look >= chunks))

    def means(
        self, measure: Callable[..., Any], points: Sequence[Point], chunks: int, alpha: float = 0.05
    ) -> tuple[np.ndarray, np.ndarray]:
        """(means, half-widths), each [points, components]; the half-widths are of time-uniform 1 - alpha intervals."""
        found = [self.moments(measure, point, chunks) for point in points]
        radii = [mean_radius(m.count, alpha, m.count) * np.sqrt(np.diag(m.covariance)) for m in found]
        return np.array([m.mean for m in found]), np.array(radii)

    def computed(self, function: Callable[..., dict[str, Any]], **inputs: Any) -> dict[str, np.ndarray]:
        """The arrays that a function returns, by name. Kept under the code that it reaches and its inputs. Raises
        ValueError for a function with a random part that is not told the seed."""
        name = f"computed/{digest(measure_name(function), code_address(function), inputs, versions())}.npz"
        stored = self.store.read_arrays(name)
        if stored is None:
            stored = {key: np.asarray(value) for key, value in function(**inputs).items()}
            self.store.write_arrays(name, stored)
        return stored

    def training(self, run: Any, seeds: Sequence[int], **settings: Any) -> Any:
        """A finished training of a `Run` over seeds, resumed or found if it was begun before."""
        from corollary.training.run import train

        return train(run, settings, seeds, self.store.path)
