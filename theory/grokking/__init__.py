"""Grokking and the singular feature machine, derived (arXiv 2603.29262).

`sfm_symbols` holds the machine's notation. Its subjects and their modules:

| subject | module |
|---|---|
| the drift without a gate | `sfm_drift` |
| where the modes of the four operations lie | `sfm_spectra` |
| what the gate minimises | `sfm_gate` |
| what a random split does to the spectrum | `sfm_splits` |
| phases, rising and literal schedules | `sfm_phases` |
| crossovers of the free energies | `sfm_crossover` |
| exact Bayesian free energy | `sfm_bayes` |
| description lengths | `sfm_description` |
"""

from collections.abc import Callable

from corollary import Derivation
from corollary.theory.calculus import finite_population
from corollary.theory.grokking import (
    sfm_bayes,
    sfm_crossover,
    sfm_description,
    sfm_drift,
    sfm_gate,
    sfm_phases,
    sfm_spectra,
    sfm_splits,
)
from corollary.theory.grokking.sfm_quantities import QUANTITIES

DERIVATIONS: dict[str, Callable[[], Derivation]] = {
    "ungated-drift": sfm_drift.ungated,
    "label-spectrum": sfm_spectra.label_mode,
    "gate-threshold": sfm_gate.paper_threshold,
    "proximal-threshold": sfm_gate.proximal_threshold,
    "split-variance": finite_population.variance,
    "off-support-energy": sfm_splits.off_energy,
    "diagonal-energy": sfm_splits.diagonal_energy,
    "survivor-variance": sfm_splits.survivors,
    "phase-edges": sfm_phases.lower_edge,
    "generalising-window": sfm_phases.window,
    "time-to-generalise": sfm_phases.rising_gate,
    "threshold-peak": sfm_phases.threshold_peak,
    "literal-release": sfm_phases.release,
    "crossover": sfm_crossover.crossings_derivation,
    "mode-detection": sfm_crossover.detection,
    "bayes-factor": sfm_bayes.bayes_factor,
    "active-mode-cost": sfm_bayes.active_cost,
    "null-mode-cost": sfm_bayes.null_cost,
    "inclusion-threshold": sfm_bayes.inclusion,
    "address-bits": sfm_description.address_bits,
}

__all__ = ["DERIVATIONS", "QUANTITIES"]
