"""When credit composes after all, and how to make it: conditions and repairs, reconstructed for arXiv 2605.01425."""

from fractions import Fraction
from typing import Any

from corollary.claims.cca_barriers.composition import STEPS, random_tree
from corollary.claims.cca_barriers.paper import PAPER


@PAPER.claim(
    "composition-criterion",
    "Witness",
    where="open question on composition",
    status="reconstructed",
    says="A token-level 0-CCA predictor composes exactly when every text survives with the same probability.",
)
def composition_criterion(stated: dict[str, Any]) -> Any:
    from random import Random

    from corollary import Witness
    from corollary.theory.cca_barriers import composition, models
    from corollary.theory.cca_barriers.predictor import END, rollout, survival

    def tree(survives: dict[str, Fraction]) -> Any:
        def predictor(document: bool, x: str) -> Any:
            if len(x) == 2:
                return {(END, False): Fraction(1)}
            kept = survives[x] if document else Fraction(1)
            return {("0", False): kept / 3, ("1", False): 2 * kept / 3, ("1", True): 1 - kept}

        return predictor

    def depth_only(predictor: Any, texts: list[str]) -> bool:
        return len({survival(predictor(True, x)) for x in texts if len(x) == 1}) == 1

    source = Random(0)
    survivals = [{x: Fraction(source.randint(1, 2), 2) for x in ("", "0", "1")} for _ in range(24)]
    stops = models.stopping(Fraction(1, 3), Fraction(1, 2), 3, lambda j: Fraction(1, 2))

    def verdicts(criterion: Any) -> list[bool]:
        predictors = [*(tree(one) for one in survivals), models.constant_rate(Fraction(1, 4), 4), stops]
        return [criterion(predictor, rollout(predictor, 5)) for predictor in predictors]

    def is_cca(predictor: Any, law: Any) -> bool:
        return composition.rollout_ratio(law) == 1

    return Witness(
        **stated,
        computes=lambda: verdicts(lambda predictor, law: composition.composes(law)),
        states=verdicts(is_cca),
        wrong={
            "survival depends on depth alone": lambda: verdicts(lambda one, law: depth_only(one, ["0", "1"])),
            "always": lambda: verdicts(lambda one, law: True),
            "never": lambda: verdicts(lambda one, law: False),
        },
    )


@PAPER.claim(
    "constant-credit-rate",
    "Witness",
    where="open question on composition",
    status="reconstructed",
    says="A constant credit rate of 1/4 composes over 4 steps, documents and texts dependent: Z = 81/256, eps' = 0.",
)
def constant_credit_rate(stated: dict[str, Any]) -> Any:
    from corollary import Witness
    from corollary.theory.cca_barriers import composition, models
    from corollary.theory.cca_barriers.predictor import rollout

    def found() -> list[Any]:
        law = rollout(models.constant_rate(Fraction(1, 4), 4), 5)
        return [law.uncredited_mass, composition.rollout_ratio(law), law.text == law.counterfactual]

    return Witness(
        **stated,
        computes=found,
        states=[Fraction(81, 256), 1, False],
        wrong={"credits add up": [Fraction(0), 1, False], "texts do not matter": [Fraction(81, 256), 1, True]},
    )


@PAPER.claim(
    "padding",
    "Witness",
    where="repair",
    status="reconstructed",
    says="Crediting an uncredited step with probability 1 - s_min/s(x) more makes the rollout 0-CCA, with "
    "the texts' law unchanged and Z = s_min^L.",
)
def padding(stated: dict[str, Any]) -> Any:
    from corollary import Witness
    from corollary.theory.cca_barriers import composition, models
    from corollary.theory.cca_barriers.predictor import rollout, survival

    half, L = Fraction(1, 2), 4
    original = models.growth(half, L)

    def found(floor: Any) -> list[Any]:
        law = rollout(composition.padded(original, lambda x: floor(x) if len(x) < L else Fraction(1)), L + 1)
        return [law.uncredited_mass, composition.rollout_ratio(law), law.text == rollout(original, L + 1).text]

    return Witness(
        **stated,
        computes=lambda: found(lambda x: half),
        states=[half**L, Fraction(1), True],
        wrong={
            "survival multiplied by s(x) again": lambda: found(lambda x: survival(original(True, x)) ** 2),
            "not repaired": lambda: found(lambda x: survival(original(True, x))),
            "one step fewer": [half ** (L - 1), Fraction(1), True],
        },
    )


@PAPER.claim(
    "padding-bound",
    "Bound",
    where="repair",
    status="reconstructed",
    depth="standard",
    says="A padded rollout of L steps of an eps-CCA predictor is (L eps)-CCA, and no less in general.",
)
def padding_bound(stated: dict[str, Any]) -> Any:
    import jax.numpy as jnp

    from corollary import Bound
    from corollary.sims.cca_barriers import models
    from corollary.sims.cca_barriers.composition import composed
    from corollary.sims.cca_barriers.trees import padded

    def slack(steps: int, repaired: bool = True) -> Any:
        def value(params: Any) -> Any:
            eps = jnp.exp(params["log_eps"])
            tree = models.binary_tree(params, eps)
            floors = jnp.stack([table.sum(1).min() for table in tree.uncredited])
            return steps * eps - composed(padded(tree, floors) if repaired else tree).eps

        return value

    return Bound(
        **stated,
        slack=slack(STEPS),
        draw=random_tree,
        tight=0.05,
        wrong={"L - 1 steps": slack(STEPS - 1), "unpadded": slack(STEPS, False)},
    )


@PAPER.claim(
    "rate-spread",
    "Bound",
    where="sufficient condition",
    status="reconstructed",
    depth="standard",
    says="Step credit rates within [c_lo, c_hi] keep eps' below (L - 1) ln((1 - c_lo)/(1 - c_hi)) + L eps:"
    " the first step's rate is shared by all texts.",
)
def rate_spread(stated: dict[str, Any]) -> Any:
    import jax
    import jax.numpy as jnp

    from corollary import Bound
    from corollary.sims.cca_barriers.composition import composed
    from corollary.sims.cca_barriers.models import binary_tree

    def draw(key: Any) -> Any:
        tree_key, rate_key = jax.random.split(key)
        low, width = jax.random.normal(rate_key, (2,), jnp.float64)
        return {**random_tree(tree_key), "low": low, "width": width}

    def slack(rates: int, steps: int) -> Any:
        def value(params: Any) -> Any:
            eps, low = jnp.exp(params["log_eps"]), jax.nn.sigmoid(params["low"])
            high = low + (1 - low) * jax.nn.sigmoid(params["width"])
            rolled = composed(binary_tree(params, eps, low, high))
            return rates * jnp.log(high / low) + steps * eps - rolled.eps

        return value

    return Bound(
        **stated,
        slack=slack(STEPS - 1, STEPS),
        draw=draw,
        tight=0.1,
        wrong={"one rate fewer": slack(STEPS - 2, STEPS), "eps of the steps forgotten": slack(STEPS - 1, 0)},
    )


@PAPER.claim(
    "variable-length",
    "Witness",
    where="repair",
    status="reconstructed",
    says="Where texts end early, constant step survival does not compose; letting the end token survive "
    "with s_min^(Lmax - |w| + 1) does, though no longer token by token.",
)
def variable_length(stated: dict[str, Any]) -> Any:
    from corollary import Witness
    from corollary.theory.cca_barriers import models
    from corollary.theory.cca_barriers.predictor import rollout, token_law, uncredited_law

    half, cap = Fraction(1, 2), 4

    def found(end: Any) -> list[Any]:
        predictor = models.stopping(Fraction(1, 3), half, cap, end)
        law = rollout(predictor, cap)
        ratios = [law.conditional[w] / law.counterfactual[w] for w in law.text]
        ends = uncredited_law(predictor(True, ""))["$"], token_law(predictor(False, ""))["$"]
        return [law.uncredited_mass, min(ratios), max(ratios), *ends]

    return Witness(
        **stated,
        computes=lambda: [found(lambda j: half), found(lambda j: half ** (cap - j + 1))],
        states=[
            [Fraction(7, 27), Fraction(27, 112), Fraction(27, 14), Fraction(1, 3), Fraction(1, 3)],
            [Fraction(1, 16), Fraction(1), Fraction(1), Fraction(1, 17), Fraction(1, 3)],
        ],
        wrong={
            "s_min at the end token too": lambda: [found(lambda j: half)] * 2,
            "an exponent one short": lambda: [found(lambda j: half), found(lambda j: half ** (cap - j))],
        },
    )


@PAPER.claim(
    "retrieval-composes",
    "Witness",
    where="toy of Section 5's setting",
    status="reconstructed",
    says="Text that copies from a document with probability w a step survives each step with 1 - w, "
    "whatever the text: its stepwise retrofit composes, with credit 1 - (1 - w)^L, the least "
    "possible.",
)
def retrieval_composes(stated: dict[str, Any]) -> Any:
    from corollary import Witness
    from corollary.theory.cca_barriers import augmentation, composition, models
    from corollary.theory.cca_barriers.predictor import rollout

    weight, L = Fraction(7, 20), 4

    def found() -> list[Any]:
        law = rollout(models.copying(weight, L), L + 1)
        whole = augmentation.largest_survival(law.text, law.counterfactual, Fraction(1))
        return [law.uncredited_mass, whole, composition.rollout_ratio(law)]

    kept = (1 - weight) ** L
    return Witness(
        **stated,
        computes=found,
        states=[kept, kept, 1],
        wrong={"credits add up": [1 - weight * L, kept, 1], "whole texts need less credit": [kept, kept / weight, 1]},
    )
