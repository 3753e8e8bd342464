"""The paper: what it offers, declared without loading it."""

from corollary.paper import Paper

PAPER = Paper(
    "steering-scaling",
    title="Towards steering without sacrifice: principled training of steering vectors for prompt-only interventions",
    arxiv="2605.05983",
    quantities={
        "exponents": "exponents of n in every increment, in z and in the loss changes, step by step",
        "first-step": "sizes of z_0 and of the first step's increments in the paper's scaling",
        "output": "signSGD's output change after t steps at infinite width",
        "trap-probability": "probability that signSGD with alpha_0 < eta_alpha never learns",
        "escape-slope": "steps per ln n that SGD spends at alpha_0 = 0",
        "kept-by-eps": "share of Adam's first step of v that eps leaves",
    },
    derivations={
        "adam-law": "Adam: p + q = 0, a0 <= p, b0 <= q, by max-plus algebra",
        "sgd-law": "SGD: a product of rates n^(2 kappa - 1)",
        "loss-law": "Adam in function space: p + q = kappa - 1",
        "random-branch": "the other branch makes z grow",
        "positions": "how the number of positions enters",
        "fan-in": "a factor with many inputs, as in LoRA",
        "adam-gauge": "what Adam does not notice",
        "sgd-gauge": "what SGD does not notice",
        "reduction": "under a linear readout the direction is one number",
        "infinite-width-output": "signSGD's output is quadratic in time",
        "trap": "signSGD's circle of period two, and how likely it is",
        "stability": "the multiplier of an error near a minimum",
        "invariant": "how much the gradient flow's invariant drifts",
    },
    figures={
        "exponent-table": "every exponent of fourteen parameterisations, predicted and measured",
        "slopes": "local slopes against width, settling on their exponents",
        "coordinate-check": "sizes of z against width, step by step",
        "transfer": "loss against the rates' multiplier at every width, for Adam and SGD",
        "trajectories": "signSGD's output at finite and infinite width",
        "trap": "how often signSGD circles for ever, and Adam flips the factor's sign",
        "toy-front": "the toy: score and robustness against the utility that is left, over strengths",
        "toy-positions": "the toy: utility and score at every placement and depth",
        "toy-baselines": "the toy: score against utility of prompting, fixed factors and the difference of means",
        "toy-factor-map": "the toy: loss and sign flips over the factor's start and learning rate",
    },
    runs={"toy": "corollary.sims.steering_scaling.toy:RUN"},
    applications={"checkpoint": "corollary.sims.steering_scaling.checkpoint:APPLICATION"},
    finding="A scaling that is stable and efficient by the theory need not learn: where the factor starts below its "
    "learning rate, sign descent circles for ever from nearly half of all starts.",
    picture="trap",
)
