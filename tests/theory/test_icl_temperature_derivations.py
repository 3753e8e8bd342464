"""Every derivation of the flagship verifies, and a flipped sign in any of its checked steps is caught."""

from dataclasses import replace

import pytest

from corollary.formulas.derivation import BrokenStep, equal
from corollary.theory.icl_temperature import DERIVATIONS
from corollary.theory.icl_temperature.errors import error, error_isotropic


@pytest.mark.parametrize("name", DERIVATIONS)
def test_derivation_verifies(name):
    derivation = DERIVATIONS[name]()
    results = derivation.verify()
    assert all(results.values()) and list(results.values()).count("given") < len(results)
    assert derivation.text() and len(derivation.latex()) == len(derivation.mathml()) == len(derivation.steps)


@pytest.mark.parametrize("name", sorted(set(DERIVATIONS) - {"error", "error_isotropic"}))
def test_flipped_signs_are_caught(name):
    derivation = DERIVATIONS[name]()
    first = derivation.steps[0]
    for index, step in enumerate(derivation.steps):
        if step is first and step.check is equal:
            continue
        steps = list(derivation.steps)
        steps[index] = replace(step, expression=-step.expression)
        with pytest.raises(BrokenStep, match=derivation.name):
            replace(derivation, steps=tuple(steps)).verify()


@pytest.mark.parametrize("model", ["masked", "linear"])
def test_the_other_models_errors_are_derived_too(model):
    error(model).verify()
    error_isotropic(model).verify()


def test_a_dropped_term_of_the_literal_error_is_caught_by_the_attention_itself():
    derivation = error("literal")
    step = derivation.steps[1]
    shorter = replace(step, expression=step.expression.args[0])
    with pytest.raises(BrokenStep, match="'g1'"):
        replace(derivation, steps=(derivation.steps[0], shorter)).verify()
