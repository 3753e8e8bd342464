"""Grokking and the singular feature machine on trial (arXiv 2603.29262): exact theory, runs, and instruments."""

from corollary.paper import Paper

PAPER = Paper(
    "grokking",
    title="Grokking: from abstraction to intelligence",
    arxiv="2603.29262",
    quantities={
        "drift-factor": "what an ungated step multiplies the train residual by",
        "target-support": "modes of the target on the full grid",
        "gate-threshold": "threshold that minimises the penalised loss",
        "split-energies": "mean energies of a one-hot memoriser's spurious and true modes",
        "gate-survivors": "spurious modes of a single channel that pass the first gate",
        "phase-edges": "betas between which a constant gate generalises, one-hot target",
        "time-to-generalise": "iteration of generalisation under the rising gate, one-hot target",
        "literal-release": "iteration in which eq 6's literal schedule fits and generalises at once",
        "crossover": "sample sizes between which generalising is cheaper, by the paper's free energies",
        "paper-crossover": "n* as printed; memorising is the cheaper one beyond it",
        "interpolator-crossover": "sample size from which generalising beats interpolation with n coefficients",
        "mode-detection": "sample size from which the gate keeps a mode for good",
        "two-basins": "sample sizes between which the simple basin has the lower free energy",
        "mode-free-energy": "mean spike-and-slab free energy of a mode, nats",
        "inclusion-threshold": "squared estimate from which a mode is likelier active",
        "description-length": "bits of a sparse set of weights",
        "paper-description-length": "bits by eq 8",
    },
    derivations={
        "ungated-drift": "without a gate the machine is a lookup table",
        "label-spectrum": "the modes of the label decay as 1 / sin",
        "gate-threshold": "where a mode of the full grid is worth its penalty",
        "proximal-threshold": "the threshold must shrink with the step",
        "split-variance": "how a sum over a random half of the pairs fluctuates",
        "off-support-energy": "what memorising a random split spills on every other mode",
        "diagonal-energy": "what memorising leaves on a true mode",
        "survivor-variance": "the number of spurious modes above the threshold",
        "phase-edges": "below which beta the memoriser survives, and how wide the window is",
        "generalising-window": "some penalty generalises from 1/(p + 2) of the pairs on",
        "time-to-generalise": "delayed generalisation: exponential in 1 / beta",
        "threshold-peak": "eq 6's threshold falls from the third sample on",
        "literal-release": "when eq 6's literal gate opens for the true modes",
        "crossover": "generalising is cheaper between two sample sizes, not beyond the larger",
        "mode-detection": "how many samples a mode needs to pass the gate",
        "bayes-factor": "what the data say for a mode",
        "active-mode-cost": "a mode that is there costs (1/2) ln n",
        "null-mode-cost": "a mode that is not there costs nothing that grows",
        "inclusion-threshold": "the posterior's own gate has beta = 1/2",
        "address-bits": "addresses of a small set cost half of what eq 8 charges",
    },
    figures={
    },
    runs={
    },
)
