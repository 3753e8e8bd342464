"""Loss against the learning rates' common multiplier, at every width."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from corollary.figures.steering_scaling.width_sweep import EXPONENTS
from corollary.figures.style import COLOURS, figure, small_print
from corollary.point import Depths
from corollary.storage.results import Results
from corollary.theory.steering_scaling import parameterisations


def transfer(results: Results) -> Figure:
    """Loss after training against the common multiplier of both rates, at several widths."""
    from corollary.sims.steering_scaling.transfer import SCALES

    widths = results.at(Depths([64, 256], [64, 256, 1024, 4096], [64, 256, 1024, 4096, 16384]))
    shown = (
        ("paper", "Adam, the paper's"),
        ("unscaled rates", "Adam, unscaled rates"),
        ("sgd, paper's start", "SGD, its own law"),
        ("sgd, paper's rates", "SGD, Adam's exponents"),
    )
    networks = results.at(Depths(2, 8))
    drawn, axes = figure("text", 2.3, 1, len(shown), sharey=True)
    for axis, (name, title) in zip(axes, shown, strict=True):
        one = parameterisations.PARAMETERISATIONS[name]
        exponents = tuple(float(getattr(one, key)) for key in EXPONENTS)
        for colour, n in zip(COLOURS, widths, strict=False):
            setting = {"n": n, "optimizer": one.optimizer, "exponents": exponents}
            loss = results.computed(scale_losses, **setting, seed=results.seed, networks=networks)["loss"]
            best = int(np.nanargmin(loss))
            axis.plot(SCALES, loss, color=colour, label=f"$n = {n}$")
            axis.plot(SCALES[best], loss[best], "o", color=colour)
        axis.set(xlabel="multiplier of the rates", title=title, ylim=(0, 2.2))
        axis.set_xscale("log", base=2)
    axes[0].set_ylabel("loss after 20 steps (nats)")
    drawn.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=len(widths))
    small_print(
        drawn,
        f"""means of {networks} networks a width, the same at every rate; points: the best rate; simulation alone""",
    )
    return drawn


def scale_losses(
    n: int, optimizer: str, exponents: tuple[float, float, float, float], seed: int, networks: int
) -> dict[str, np.ndarray]:
    """Losses after training at every scale of the learning rates."""
    from corollary.sims.steering_scaling.transfer import losses

    return {"loss": losses(n, optimizer, exponents, seed, networks)}
