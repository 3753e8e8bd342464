"""Credit attribution in exact arithmetic: constructions, closed forms and domains."""

import math
from fractions import Fraction
from itertools import product
from random import Random
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corollary.theory.cca_barriers import (
    QUANTITIES,
    closed_form,
    composition,
    credit,
    growth,
    hard_family,
    laws,
    models,
    repair,
    retrofit,
    search,
)
from corollary.theory.cca_barriers.predictor import rollout, survival, token_law, token_level_ratio, uncredited_law
from corollary.trials import invariants

HALF = Fraction(1, 2)


@st.composite
def law_pairs(draw: st.DrawFn) -> tuple[dict[int, Fraction], dict[int, Fraction]]:
    size = draw(st.integers(2, 5))

    def law() -> dict[int, Fraction]:
        counts = draw(st.lists(st.integers(0, 8), min_size=size, max_size=size).filter(any))
        return {y: Fraction(count, sum(counts)) for y, count in enumerate(counts)}

    return law(), law()


ratios = st.fractions(1, 4, max_denominator=8)


@given(law_pairs(), ratios)
@settings(max_examples=60, deadline=None)
def test_closeness_is_what_the_worst_event_says(pair: tuple, E: Fraction) -> None:
    P, Q = pair
    events = [[y for y, inside in zip(P, chosen, strict=True) if inside] for chosen in product([0, 1], repeat=len(P))]
    excess = max(sum(P[y] for y in event) - E * sum(Q[y] for y in event) for event in events)
    assert laws.forward_delta(P, Q, E) == excess
    assert laws.minimal_delta(P, Q, E) == laws.minimal_delta(Q, P, E) >= laws.forward_delta(P, Q, E)


@given(law_pairs())
@settings(max_examples=40, deadline=None)
def test_pure_closeness_is_closeness_with_delta_zero(pair: tuple) -> None:
    ratio = laws.minimal_ratio(*pair)
    if ratio is None:
        assert laws.minimal_delta(*pair, Fraction(1000)) > 0
    else:
        assert laws.minimal_delta(*pair, ratio) == 0


@given(law_pairs(), ratios)
@settings(max_examples=60, deadline=None)
def test_the_mechanism_is_a_pure_augmentation_with_the_least_credit(pair: tuple, E: Fraction) -> None:
    p, q = pair
    step, R = credit.mechanism(p, q, E), credit.largest_survival(p, q, E)
    assert invariants.probabilities(step)
    assert token_law(step) == {y: mass for y, mass in p.items() if mass}
    assert survival(step) == R
    if R:
        ratio = laws.minimal_ratio(uncredited_law(step), {y: mass for y, mass in q.items() if mass})
        assert ratio is not None and ratio <= E


@given(law_pairs(), ratios, st.fractions(0, 1, max_denominator=8))
@settings(max_examples=60, deadline=None)
def test_no_credit_is_possible_exactly_when_the_laws_are_close(pair: tuple, E: Fraction, delta: Fraction) -> None:
    uncredited = credit.largest_survival(*pair, E, delta)
    assert (uncredited == 1) == (laws.minimal_delta(*pair, E) <= delta)


def test_the_counterexample_is_private_token_by_token_and_not_as_a_whole() -> None:
    predictor = models.counterexample(Fraction(1, 4))
    law = rollout(predictor, 3)
    assert token_level_ratio(predictor, 3) == 1
    assert composition.rollout_ratio(law) is None
    assert {composition.rollout_delta(law, Fraction(E)) for E in (1, 2, 4, 100)} == {Fraction(3, 4)}


@pytest.mark.parametrize("L", [1, 2, 5, 9])
def test_growth_by_enumeration_is_the_derived_exponent(L: int) -> None:
    law = rollout(models.growth(Fraction(1, 3), L), L + 1)
    n = L - 1
    assert law.uncredited_mass == Fraction(5, 6) ** n
    assert composition.rollout_ratio(law) == composition.survival_ratio(law) == Fraction(5, 4) ** n
    assert composition.path_bound(law) == Fraction(6, 5) ** n


def test_padding_leaves_the_texts_and_makes_every_text_survive_alike() -> None:
    original = models.growth(HALF, 4)
    floor = repair.least_survival(original, 5)
    repaired = rollout(repair.padded(original, lambda x: floor if len(x) < 4 else Fraction(1)), 5)
    assert floor == HALF
    assert repaired.text == rollout(original, 5).text
    assert set(repaired.survival.values()) == {repaired.uncredited_mass} == {Fraction(1, 16)}


def test_padding_refuses_a_floor_above_the_survival() -> None:
    with pytest.raises(ValueError, match="must be at most the step's survival"):
        rollout(repair.padded(models.growth(HALF, 3), lambda x: Fraction(3, 4)), 4)


@pytest.mark.parametrize(("E", "gamma"), [(Fraction(1), Fraction(1, 10)), (Fraction(5, 2), Fraction(9, 10))])
def test_hard_models_need_credit_gamma_on_the_path_and_none_off_it(E: Fraction, gamma: Fraction) -> None:
    z = "0110"
    for k in range(len(z) + 1):
        on = hard_family.output_laws(z, E, gamma, z[:k])
        assert 1 - credit.largest_survival(*on, E) == gamma == hard_family.optimal_credit(len(z), k, gamma)
        assert hard_family.influence(z, E, gamma, z[:k]) == hard_family.bias(E, gamma) / 2 ** (len(z) - k)
    assert credit.largest_survival(*hard_family.output_laws(z, E, gamma, "10"), E) == 1


def test_the_printed_influence_fails_at_the_secret_alone() -> None:
    z, E, gamma = "0110", Fraction(2), Fraction(1, 2)
    moved = {x: hard_family.next_token_influence(z, E, gamma, x) for x in ("", "0", "0110", "0111")}
    assert moved["0110"] > Fraction(1, 16) and not any(moved[x] for x in ("", "0", "0111"))


@pytest.mark.parametrize("share", [Fraction(0), Fraction(1, 3), Fraction(1), Fraction(3)])
def test_delta_lowers_the_barrier_as_derived(share: Fraction) -> None:
    gamma, E, l = Fraction(3, 5), Fraction(3, 2), 3
    for k in range(l + 1):
        delta = min(Fraction(1), share * gamma / 2 ** (l - k + 1))
        laws_here = hard_family.output_laws("101", E, gamma, "101"[:k])
        assert 1 - credit.largest_survival(*laws_here, E, delta) == hard_family.optimal_credit(l, k, gamma, delta)


def test_search_counts() -> None:
    assert search.find_success(6, 16) == search.best_search(64, 16) == Fraction(17, 64)
    assert search.exhaustive_queries(4) == (15, Fraction(15 * 18, 32))
    assert float(closed_form("exhaustive-mean")(N=16)) == pytest.approx(15 * 18 / 32)
    assert search.sampled_search_success(16, 8, 4, 0.4) == pytest.approx(0.30757, abs=1e-5)


@pytest.mark.parametrize(("N", "m", "n", "beta"), [(3, 2, 2, Fraction(1, 5)), (6, 3, 1, Fraction(1, 2)), (4, 1, 3, 0)])
def test_sampled_search_by_enumeration_of_all_tokens(N: int, m: int, n: int, beta: Fraction) -> None:
    """The best guess is the candidate whose tokens are likeliest, or one that was not tried."""
    total = Fraction(0)
    for tokens in product(product([0, 1], repeat=n), repeat=m):
        ratios = [(1 + 2 * beta) ** sum(one) * (1 - 2 * beta) ** (n - sum(one)) for one in tokens]
        total += Fraction(1, 2 ** (m * n)) * max(1, *ratios)
    assert search.sampled_search_success(N, m, n, float(beta)) == pytest.approx(float(total / N), rel=1e-13)


def test_prefix_search_success_by_enumeration() -> None:
    gamma, alpha, n = 0.8, 0.15, 2
    chances = {True: 0.0, False: 0.0}
    for on, off in product(product([0, 1], repeat=n), repeat=2):
        weight = 1.0
        for hit, chance in (*((h, gamma - alpha) for h in on), *((h, alpha) for h in off)):
            weight *= chance if hit else 1 - chance
        for tie in chances:
            chances[tie] += weight * (sum(on) > sum(off) or (tie and sum(on) == sum(off)))
    expected = chances[False] ** 2 * chances[True] ** 3
    assert search.prefix_search_success(2, 3, n, gamma, alpha) == pytest.approx(expected, rel=1e-13)


def test_prefix_search_success_by_hand() -> None:
    assert search.prefix_search_success(1, 0, 1, 0.8, 0.1) == pytest.approx(0.7 * 0.9, rel=1e-14)
    assert search.prefix_search_success(3, 3, 3, 0.8, 0.1) == pytest.approx(0.7223, abs=1e-4)


@given(st.integers(2, 9), st.integers(1, 39), st.integers(0, 39))
@settings(max_examples=60, deadline=None)
def test_retrofit_queries_are_the_first_that_suffice(l: int, g: int, a: int) -> None:
    gamma, alpha = Fraction(g, 40), Fraction(a, 80)
    counts = [retrofit.retrofit_queries(l, k, gamma, alpha) for k in range(l + 1)]
    assert max(counts) == counts[1]
    for k, count in enumerate(counts[1:], 1):
        assert retrofit.credit_inside(l, k, count, alpha) >= gamma - alpha or 2 * alpha >= gamma
        assert count == 0 or retrofit.credit_inside(l, k, count - 1, alpha) < gamma - alpha
    if 2 * alpha < gamma:
        assert counts[1] == -((2 * alpha - gamma) * 2 ** (l - 1) // 1)
        assert retrofit.credit_inside(l, 1, counts[1] - 1, alpha) < gamma - alpha
        assert QUANTITIES["paper_retrofit_bound"](l=l, gamma=gamma, alpha=alpha) <= counts[1]


def test_the_quadratic_root_is_the_share_to_search() -> None:
    share = float(closed_form("retrofit-quadratic")(K=3, gamma=0.75, alpha=0.125))
    assert retrofit.retrofit_queries(12, 2, Fraction(3, 4), Fraction(1, 8)) == -(-share * 2**10 // 1)


def test_what_is_no_predictor_is_refused() -> None:
    with pytest.raises(ValueError, match="sums to 2/3"):
        rollout(lambda document, x: {("a", False): Fraction(2, 3)}, 2)
    with pytest.raises(ValueError, match="credits an absent document"):
        rollout(lambda document, x: {("$", True): Fraction(1)}, 2)
    with pytest.raises(ValueError, match="horizon = 2: the text '00' has not ended"):
        rollout(models.growth(HALF, 5), 2)
    with pytest.raises(ValueError, match="too many to enumerate"):
        rollout(lambda document, x: {(chr(97 + y), False): Fraction(1, 512) for y in range(512)}, 9)
    with pytest.raises(ValueError, match="must be a number >= 1"):
        laws.minimal_delta({0: HALF, 1: HALF}, {0: HALF, 1: HALF}, HALF)
    with pytest.raises(ValueError, match="non-empty string of bits"):
        hard_family.hard_model("2", Fraction(2), HALF)


@pytest.mark.parametrize(("c", "L"), [(HALF, 4), (Fraction(1, 3), 6), (Fraction(9, 10), 3)])
@pytest.mark.parametrize("E", [Fraction(1), Fraction(3, 2), Fraction(5)])
def test_growth_delta_by_enumeration(c: Fraction, L: int, E: Fraction) -> None:
    exact = composition.rollout_delta(rollout(models.growth(c, L), L + 1), E)
    assert growth.growth_delta(float(c), L, math.log(E)) == pytest.approx(float(exact), rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("E", [Fraction(1), Fraction(11, 8)])
def test_random_predictors_use_all_of_their_eps_and_no_more(E: Fraction) -> None:
    source = Random(0)
    assert {token_level_ratio(models.random_predictor(source, E, 3), 4) for _ in range(10)} == {E}


def test_random_predictors_keep_from_one_sixteenth_to_all_and_never_decide_a_token() -> None:
    source = Random(0)
    first = [models.random_predictor(source, Fraction(2), 1) for _ in range(600)]
    kept = {1 - law.get(("0", True), Fraction(0)) for law in (one(True, "") for one in first)}
    ones = {one(False, "")[("1", False)] for one in first}
    assert kept == {Fraction(i, 16) for i in range(1, 17)}
    assert ones == {Fraction(i, 16) for i in range(1, 16)}


def test_a_rollout_that_always_credits_owes_no_delta():
    always = SimpleNamespace(uncredited_mass=Fraction(0), conditional={}, counterfactual={"a": Fraction(1)})
    assert composition.rollout_delta(always, Fraction(2)) == 0


def test_the_approximation_that_queries_reach_is_what_needs_them() -> None:
    """(gamma - q / 2^(l-1)) / 2, and 0 once queries are enough."""
    assert retrofit.best_approximation(4, 3, Fraction(3, 4)) == Fraction(3, 16)
    assert retrofit.best_approximation(4, 6, Fraction(3, 4)) == 0 == retrofit.best_approximation(4, 8, Fraction(3, 4))
    for q in range(6):
        alpha = retrofit.best_approximation(4, q, Fraction(3, 4))
        assert retrofit.retrofit_queries(4, 1, Fraction(3, 4), alpha) == q


def test_the_delta_from_which_an_approximate_oracle_is_of_no_use() -> None:
    """(gamma - 2 alpha) / (1 - 2 alpha) of q0 = 2^-(l - k + 1): (1/2) / (3/4) / 8."""
    assert hard_family.separating_delta(3, 1, Fraction(3, 4), Fraction(1, 8)) == Fraction(1, 12)
