"""The least credit: the augmentation program solved by hand, and what it says of the hard family (arXiv 2605.01425)."""

from fractions import Fraction
from typing import Any

from claims.cca_barriers import PAPER

RATIOS = (Fraction(1), Fraction(3, 2), Fraction(3))
GAMMAS = (Fraction(1, 5), Fraction(3, 5), Fraction(9, 10))


def _draw_laws(generator: Any) -> dict[str, Any]:
    """Two random laws in 64ths with some zeros, E = e^eps a rational, delta in [0, 1/2]."""
    size = int(generator.integers(2, 7))
    p, q = (generator.multinomial(64, generator.dirichlet([0.7] * size)) for _ in range(2))
    return {"p": p, "q": q, "E": float(generator.choice([1.0, 1.125, 1.5, 3.0])),
            "delta": float(generator.choice([0.03125, 0.125, 0.25]))}


def _exact(counts: Any) -> dict[int, Fraction]:
    return {y: Fraction(int(count), 64) for y, count in enumerate(counts)}


@PAPER.claim("least-credit", "Identity", where="program B.4", status="reconstructed",
             says="The least credit of an (eps, 0)-CCA augmentation, in closed form, is the linear program's optimum.")
def least_credit(stated: dict[str, Any]) -> Any:
    import math

    from corollary import Identity
    from sims.cca_barriers import linear_programs
    from theory.cca_barriers import augmentation, laws

    def solved(p: Any, q: Any, E: float) -> float:
        return linear_programs.least_credit(p / 64, q / 64, math.log(E))

    def ends(p: Any, q: Any, E: float) -> tuple[Fraction, Fraction]:
        args = _exact(p), _exact(q), Fraction(E), Fraction(0)
        return augmentation.backward_end(*args), augmentation.forward_end(*args)

    def stating(survival: Any) -> Any:
        return lambda p, q, E: float(1 - survival(*ends(p, q, E)))

    return Identity(**stated, left=solved, right=stating(min), draw=_draw_laws, digits=8, wrong={
        "rare outputs alone bind": stating(lambda backward, forward: backward),
        "mass alone binds": stating(lambda backward, forward: forward),
        "roles of the laws exchanged": lambda p, q, E: float(1 - min(ends(q, p, E))),
        "total variation": lambda p, q, E: float(laws.total_variation(_exact(p), _exact(q)))})


@PAPER.claim("least-credit-relaxed", "Identity", where="program B.4 with slacks", status="reconstructed",
             says="With delta > 0 the least credit still has a closed form: two conditions, each an interval of R.")
def least_credit_relaxed(stated: dict[str, Any]) -> Any:
    import math

    from corollary import Identity
    from sims.cca_barriers import linear_programs
    from theory.cca_barriers import augmentation

    def solved(p: Any, q: Any, E: float, delta: float) -> float:
        return linear_programs.least_credit(p / 64, q / 64, math.log(E), delta)

    def stating(chosen: Any, spent: int = 1) -> Any:
        def value(p: Any, q: Any, E: float, delta: float) -> float:
            args = _exact(p), _exact(q), Fraction(E), Fraction(delta) * spent
            return float(1 - chosen(augmentation.backward_end(*args), augmentation.forward_end(*args)))

        return value

    return Identity(**stated, left=solved, right=stating(min), draw=_draw_laws, digits=8, wrong={
        "condition (ii) dropped": stating(lambda backward, forward: backward),
        "condition (i) dropped": stating(lambda backward, forward: forward), "delta ignored": stating(min, 0)})


@PAPER.claim("least-credit-events", "Identity", where="program B.4, by duality", status="reconstructed",
             says="The least credit is a minimum over events that collect the smallest p/q: the float64 jit path agrees with "
                  "rationals.")
def least_credit_events(stated: dict[str, Any]) -> Any:
    import jax
    import jax.numpy as jnp
    import numpy as np

    from corollary import Identity
    from sims.cca_barriers.credit import largest_survival
    from theory.cca_barriers import augmentation

    survival = jax.jit(largest_survival)

    def padded(counts: Any) -> Any:
        return jnp.asarray(np.pad(counts, (0, 6 - len(counts))) / 64)

    def by_events(p: Any, q: Any, E: float, delta: float) -> float:
        return float(survival(padded(p), padded(q), np.log(E), delta))

    def exact(p: Any, q: Any, E: float, delta: float) -> float:
        return float(augmentation.largest_survival(_exact(p), _exact(q), Fraction(E), Fraction(delta)))

    return Identity(**stated, left=by_events, right=exact, draw=_draw_laws, wrong={
        "single outputs, not events": lambda p, q, E: min(1.0, min(E * a / b for a, b in zip(p, q, strict=True) if b)),
        "delta ignored": lambda p, q, E: exact(p, q, E, 0.0)})


@PAPER.claim("binding-mass", "Witness", where="program B.4", status="reconstructed",
             says="p = (9/10, 1/10), q = (1/10, 9/10), e^eps = 5: the mass condition binds and credit is 4/5, not 4/9.")
def binding_mass(stated: dict[str, Any]) -> Any:
    from corollary import Witness
    from theory.cca_barriers import augmentation

    p, q = {"0": Fraction(9, 10), "1": Fraction(1, 10)}, {"0": Fraction(1, 10), "1": Fraction(9, 10)}

    def found(backward: Any) -> list[Fraction]:
        return [1 - augmentation.largest_survival(p, q, Fraction(5)), backward(p, q, Fraction(5), Fraction(0))]

    return Witness(**stated, computes=lambda: found(augmentation.backward_end), states=[Fraction(4, 5), Fraction(5, 9)],
                   wrong={"rare outputs alone bind": [Fraction(4, 9), Fraction(5, 9)],
                          "the other end": lambda: found(augmentation.forward_end)})


@PAPER.claim("one-sided-support", "Witness", where="program B.4", status="reconstructed",
             says="An output that the document rules out forces certain credit; one that only the document allows is always "
                  "credited.")
def one_sided_support(stated: dict[str, Any]) -> Any:
    from corollary import Witness
    from theory.cca_barriers import augmentation

    half, E = Fraction(1, 2), Fraction(2)
    ruled_out = {"a": Fraction(1)}, {"a": half, "b": half}
    only_with = {"a": half, "b": half}, {"a": Fraction(1)}

    def found(first: Any, second: Any) -> list[Any]:
        return [augmentation.largest_survival(*first, E), augmentation.mechanism(*second, E)]

    return Witness(**stated, computes=lambda: found(ruled_out, only_with),
                   states=[Fraction(0), {("a", False): half, ("b", True): half}],
                   wrong={"laws exchanged": lambda: found(only_with, only_with),
                          "never credited": [Fraction(0), {("a", False): half, ("b", False): half}]})


@PAPER.claim("mechanism", "Witness", where="program B.4", status="reconstructed",
             says="The mechanism keeps the outputs' law, is eps-CCA in both directions, and credits with the least "
                  "probability: 120 random pairs of laws.")
def mechanism(stated: dict[str, Any]) -> Any:
    import numpy as np

    from corollary import Witness
    from theory.cca_barriers import augmentation, laws
    from theory.cca_barriers.predictor import survival, token_law, uncredited_law

    generator = np.random.default_rng(0)
    cases = [_draw_laws(generator) for _ in range(120)]

    def faults(build: Any) -> int:
        count = 0
        for case in cases:
            p, q, E = _exact(case["p"]), _exact(case["q"]), Fraction(case["E"])
            step, R = build(p, q, E), augmentation.largest_survival(p, q, E)
            kept = survival(step)
            ratio = laws.minimal_ratio(uncredited_law(step), {y: mass for y, mass in q.items() if mass}) if kept else 1
            intact = token_law(step) == {y: mass for y, mass in p.items() if mass}
            count += not (kept == R and intact and ratio is not None and ratio <= E)
        return count

    def least_mass(p: Any, q: Any, E: Fraction) -> Any:
        R = augmentation.largest_survival(p, q, E)
        low = {y: q[y] * R / E for y in p}
        return {**{(y, False): mass for y, mass in low.items()}, **{(y, True): p[y] - low[y] for y in p}}

    return Witness(**stated, computes=lambda: faults(augmentation.mechanism), states=0, wrong={
        "keeps the least mass of each output": lambda: faults(least_mass),
        "ignores eps": lambda: faults(lambda p, q, E: augmentation.mechanism(p, q, Fraction(1)))})


@PAPER.claim("optimal-credit", "Identity", where="Lemma 5.6",
             says="The optimal retrofit of M_z credits a prefix of z with probability gamma, derived for every prefix length.")
def optimal_credit(stated: dict[str, Any]) -> Any:
    import sympy as sp

    from corollary import Identity
    from theory.cca_barriers import DERIVATIONS
    from theory.cca_barriers.symbols import DOMAIN, eps, gamma

    return Identity(**stated, left=DERIVATIONS["optimal-credit"](), right=gamma, domain=DOMAIN, wrong={
        "1 - e^-eps (1 - gamma)": 1 - sp.exp(-eps) * (1 - gamma), "its survival": 1 - gamma})


@PAPER.claim("hard-family", "Witness", where="Lemma 5.6",
             says="Every secret of up to 3 bits and one of 5, every prefix, three eps, three gamma, in rationals: credit is gamma on "
                  "prefixes of the secret and 0 elsewhere.")
def hard_family(stated: dict[str, Any]) -> Any:
    from itertools import product

    from corollary import Witness
    from theory.cca_barriers import augmentation, hard_family, laws

    secrets = ["".join(bits) for l in (1, 2, 3) for bits in product("01", repeat=l)] + ["10110"]  # noqa: E741

    def credit(P: Any, Q: Any, E: Fraction) -> Fraction:
        return 1 - augmentation.largest_survival(P, Q, E)

    def found(measure: Any) -> dict[Fraction, list[Fraction]]:
        values: dict[Fraction, set[Fraction]] = {gamma: set() for gamma in GAMMAS}
        for gamma, E, z in product(GAMMAS, RATIOS, secrets):
            for k in range(len(z) + 1):
                values[gamma].add(measure(*hard_family.output_laws(z, E, gamma, z[:k]), E))
            values[gamma].add(measure(*hard_family.output_laws(z, E, gamma, "10"[int(z[0])]), E))
        return {gamma: sorted(some) for gamma, some in values.items()}

    def stating(on_prefixes: Any) -> dict[Fraction, list[Fraction]]:
        return {gamma: sorted({Fraction(0), *(on_prefixes(gamma, E) for E in RATIOS)}) for gamma in GAMMAS}

    return Witness(**stated, computes=lambda: found(credit), states=stating(lambda gamma, E: gamma), wrong={
        "total variation": lambda: found(lambda P, Q, E: laws.total_variation(P, Q)),
        "1 - e^-eps (1 - gamma)": stating(lambda gamma, E: 1 - (1 - gamma) / E)})


@PAPER.claim("hard-family-program", "Identity", where="Lemma 5.6",
             says="The linear program on M_z's outputs agrees for secrets of up to 7 bits, at delta = 0 and above.")
def hard_family_program(stated: dict[str, Any]) -> Any:
    from corollary import Identity
    from sims.cca_barriers import linear_programs, models
    from theory.cca_barriers import hard_family

    def draw(generator: Any) -> dict[str, Any]:
        l = int(generator.choice([3, 7]))  # noqa: E741
        return {"z": generator.integers(0, 2, l), "k": int(generator.choice([0, l // 2, l])),
                "eps": float(generator.uniform(0.1, 1.5)), "gamma": float(generator.uniform(0.1, 0.95)),
                "spent": float(generator.choice([0.0, 0.1, 0.5, 0.9, 1.2]))}

    def q0(z: Any, k: int) -> float:
        return 0.5 ** (len(z) - k + 1)

    def solved(z: Any, k: int, eps: float, gamma: float, spent: float) -> float:
        p, q = models.hard_output_laws(z, k, eps, gamma)
        return max(0.0, linear_programs.least_credit(p, q, eps, spent * gamma * q0(z, k)))

    def formula(z: Any, k: int, gamma: float, spent: float) -> float:
        return hard_family.optimal_credit(len(z), k, gamma, spent * gamma * q0(z, k))

    def close(z: Any, k: int, eps: float, gamma: float, spent: float) -> float:
        # An absolute comparison: where no credit is needed, both sides are 0 up to the solver's rounding.
        return 1 + solved(z, k, eps, gamma, spent)

    return Identity(**stated, left=close, right=lambda **point: 1 + formula(**{n: point[n] for n in NAMES}), draw=draw,
                    digits=8, wrong={
                        "no denominator: gamma - delta/q0": lambda gamma, spent: 1 + gamma * max(0.0, 1 - spent),
                        "delta ignored": lambda gamma: 1 + gamma,
                        "1 - e^-eps (1 - gamma)": lambda eps, gamma: 2 - 2.718281828459045**-eps * (1 - gamma)})


NAMES = ("z", "k", "gamma", "spent")


@PAPER.claim("relaxed-credit", "Identity", where="open question on delta > 0", status="reconstructed",
             says="With delta > 0 the hard family needs credit (gamma - delta/q0)/(1 - delta/q0) only, below delta = gamma q0.")
def relaxed_credit(stated: dict[str, Any]) -> Any:
    from corollary import Identity
    from theory.cca_barriers import DERIVATIONS
    from theory.cca_barriers.retrofitting import SHARE
    from theory.cca_barriers.symbols import delta, gamma, q0

    return Identity(**stated, left=DERIVATIONS["relaxed-credit"](), right=(gamma * q0 - delta) / (q0 - delta), domain=SHARE,
                    wrong={"no denominator": gamma - delta / q0, "delta spent twice": (gamma - 2 * delta / q0) / (1 - delta / q0)})


@PAPER.claim("relaxed-barrier", "Witness", where="open question on delta > 0", status="reconstructed",
             says="l = 3, gamma = 3/5, e^eps = 3/2: credit falls to 0 as delta reaches gamma/16, and stays there.")
def relaxed_barrier(stated: dict[str, Any]) -> Any:
    from corollary import Witness
    from theory.cca_barriers import augmentation, hard_family

    gamma, E, q0 = Fraction(3, 5), Fraction(3, 2), Fraction(1, 16)
    shares = [Fraction(0), Fraction(1, 10), Fraction(1, 2), Fraction(1), Fraction(2)]

    def found() -> list[Fraction]:
        P, Q = hard_family.output_laws("101", E, gamma)
        return [1 - augmentation.largest_survival(P, Q, E, share * gamma * q0) for share in shares]

    exact = [gamma, Fraction(27, 47), Fraction(3, 7), Fraction(0), Fraction(0)]
    fraction_alone = [max(Fraction(0), (gamma - s * gamma) / (1 - s * gamma)) if s < 2 else Fraction(3) for s in shares]
    return Witness(**stated, computes=found, states=exact, wrong={
        "no denominator": [max(Fraction(0), gamma - s * gamma) for s in shares], "the fraction beyond q0": fraction_alone,
        "delta does not help": [gamma] * 5})


@PAPER.claim("separating-delta", "Identity", where="open question on delta > 0", status="reconstructed",
             says="Approximate credit shows the path to the secret while delta < q0 (gamma - 2 alpha)/(1 - 2 alpha).")
def separating_delta(stated: dict[str, Any]) -> Any:
    from corollary import Identity
    from theory.cca_barriers import DERIVATIONS
    from theory.cca_barriers.symbols import DOMAIN, alpha, gamma, q0

    return Identity(**stated, left=DERIVATIONS["separating-delta"](), right=q0 * (gamma - 2 * alpha) / (1 - 2 * alpha),
                    domain=DOMAIN, wrong={"no denominator": q0 * (gamma - 2 * alpha), "alpha ignored": q0 * gamma})


@PAPER.claim("influence", "Identity", where="Remark 5.6.1", status="corrected",
             says="The document moves M_z's whole output by exactly 2^-(l-k) (1 - e^-eps (1 - gamma))/2: little at the empty "
                  "prompt, a constant at the secret; credit is gamma at both.")
def influence(stated: dict[str, Any]) -> Any:
    from corollary import Identity
    from sims.cca_barriers import closeness, models
    from theory.cca_barriers import DERIVATIONS

    form = DERIVATIONS["data-influence"]().closed_form

    def draw(generator: Any) -> dict[str, Any]:
        l = int(generator.choice([2, 5]))  # noqa: E741
        return {"z": generator.integers(0, 2, l), "k": int(generator.choice([0, l - 1, l])),
                "eps": float(generator.uniform(0, 2)), "gamma": float(generator.uniform(0.05, 0.95))}

    def simulated(z: Any, k: int, eps: float, gamma: float) -> float:
        return float(closeness.total_variation(*models.hard_output_laws(z, k, eps, gamma)))

    def formula(z: Any, k: int, eps: float, gamma: float) -> float:
        return form(l=len(z), k=k, eps=eps, gamma=gamma)

    return Identity(**stated, left=simulated, right=formula, draw=draw, wrong={
        "2^-l whatever the prompt": lambda z, eps, gamma: formula(z, 0, eps, gamma),
        "the credit itself": lambda gamma: gamma, "no factor 1/2": lambda **point: 2 * formula(**point)})


@PAPER.claim("influence-as-printed", "Bound", where="Remark 5.6.1", corrected_by="influence",
             says="The document moves M_z's output by at most 2^-l at every prompt (l = 6, prompt z).")
def influence_as_printed(stated: dict[str, Any]) -> Any:
    import jax
    import jax.numpy as jnp

    from corollary import Bound, Search
    from sims.cca_barriers import closeness, models

    z = jnp.array([1, 0, 1, 1, 0, 0])

    def slack(params: Any) -> Any:
        laws = models.hard_output_laws(z, 6, jnp.exp(params["log_eps"]), jax.nn.sigmoid(params["gamma"]))
        return 2.0**-6 - closeness.total_variation(*laws)

    def draw(key: Any) -> dict[str, Any]:
        log_eps, gamma = jax.random.normal(key, (2,), jnp.float64)
        return {"log_eps": log_eps, "gamma": gamma}

    return Bound(**stated, slack=slack, draw=draw, search=Search(64, 4, 10))


@PAPER.claim("length-as-printed", "Witness", where="Section 5, the hard family", corrected_by="length",
             says="From the empty prompt M_z writes l + 1 tokens, the end token included.")
def length_as_printed(stated: dict[str, Any]) -> Any:
    from corollary import Witness

    return Witness(**stated, computes=_output_lengths, states={l: [l + 1] for l in range(1, 5)})  # noqa: E741


@PAPER.claim("length", "Witness", where="Section 5, the hard family", status="corrected",
             says="From the empty prompt M_z writes l + 1 bits and then the end token; it ends at |x| >= l + 1.")
def length(stated: dict[str, Any]) -> Any:
    from corollary import Witness

    lengths = range(1, 5)
    return Witness(**stated, computes=_output_lengths, states={l: [l + 2] for l in lengths}, wrong={  # noqa: E741
        "the end token among the l + 1": {l: [l + 1] for l in lengths},  # noqa: E741
        "ends after |x| > l + 1": {l: [l + 3] for l in lengths}})  # noqa: E741


def _output_lengths() -> dict[int, list[int]]:
    from theory.cca_barriers import hard_family

    found = {}
    for l in range(1, 5):  # noqa: E741
        texts, _ = hard_family.output_laws("1" * l, Fraction(2), Fraction(1, 2))
        found[l] = sorted({len(text) for text in texts})
    return found
