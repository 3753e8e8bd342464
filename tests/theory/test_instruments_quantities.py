"""Quantities of the instruments: a value that every argument decides, and what is refused."""

import pytest

from corollary.claims.instruments import PAPER
from corollary.theory.instruments import QUANTITIES

HALF = {"coefficient": 0.5, "multiplicity": 1}

VALUES = [
    ("normal-crossing-coefficient", {"powers": [1, 3, 0, 3]}, {"coefficient": 1 / 6, "multiplicity": 2}),
    ("normal-crossing-coefficient", {"powers": [2]}, {"coefficient": 0.25, "multiplicity": 1}),
    (
        "reduced-rank-coefficient",
        {"inputs": 5, "hidden": 3, "outputs": 4, "rank": 1},
        {"coefficient": 7.0, "multiplicity": 2},
    ),
    ("reduced-rank-coefficient", {"M": 6, "H": 2, "N": 3, "r": 0}, {"coefficient": 3.0, "multiplicity": 1}),
    ("reduced-rank-coefficient", {"M": 6, "H": 2, "N": 3, "r": 2}, {"coefficient": 7.0, "multiplicity": 1}),
    ("reduced-rank-coefficient", {"M": 2, "H": 9, "N": 3, "r": 1}, {"coefficient": 3.0, "multiplicity": 1}),
    ("product-of-norms-coefficient", {"dimensions": [3, 1, 1]}, {"coefficient": 0.5, "multiplicity": 2}),
    (
        "sparse-model-coefficient",
        {"supports": [[1, 1, 0], [0, 1, 0], [1, 1, 1]], "truth": [2.0, 0.0, 0.0]},
        {"coefficient": 1.0, "multiplicity": 1},
    ),
    ("sparse-model-coefficient", {"supports": [[1, 1, 0], [0, 1, 0]], "truth": [0.0, 0.3, 0.0]}, HALF),
    ("smooth-point-coefficient", {"jacobian": [[1, 2], [2, 4]]}, HALF),
    ("smooth-point-coefficient", {"jacobian": [[1, 2, 0], [2, 5, 1]]}, {"coefficient": 1.0, "multiplicity": 1}),
    ("soft-count", {"h": 0.8, "nbeta": 1000, "gamma": 200}, 0.4),
    ("soft-count", {"h": 0.8, "nbeta": 1000}, 800 / 1602),
    ("soft-count", {"h": 0.8, "nbeta": 1000, "localisation": 200, "eps": 1e-3}, 0.4 / 0.75),
    ("soft-count", {"h": 0.8, "nbeta": 1000, "gamma": 200, "eps": 1e-3, "c": 2e-3}, 0.4 * 1.5 / 0.75),
    ("crossing-coefficient", {"nbeta": 1e3}, 0.390272663),
    ("crossing-coefficient", {"nbeta": 1e3, "gamma": 5.0}, 0.333185663),
    ("crossing-coefficient", {"nbeta": 100, "gamma": 1000}, 9.992009984e-5),
    ("quadratic-network-coefficient", {}, {"rank": 64 * 289, "coefficient": 32 * 289}),
    ("quadratic-network-coefficient", {"p": 7, "neurons": 3}, {"rank": 57, "coefficient": 28.5}),
    ("polygon-loop", {}, {"birth": 0.064763783, "death": 1.753237105}),
    ("polygon-loop", {"points": 6}, {"birth": 1.0, "death": 3**0.5}),
]


@pytest.mark.parametrize(("name", "inputs", "value"), VALUES)
def test_values(name, inputs, value):
    assert QUANTITIES[name](**inputs) == pytest.approx(value, rel=1e-6)


def test_every_quantity_and_argument_is_among_them():
    for name in PAPER.quantities:
        used = {word for other, inputs, _ in VALUES if other == name for word in inputs}
        names = {argument.name: {argument.name, *argument.aliases} for argument in QUANTITIES[name].arguments}
        assert all(words & used for words in names.values()), name


@pytest.mark.parametrize(
    ("name", "inputs"),
    [
        ("sparse-model-coefficient", {"supports": [[1, 2]], "truth": [0, 0]}),
        ("sparse-model-coefficient", {"supports": [[1, 0]], "truth": [1, 1, 0]}),
        ("sparse-model-coefficient", {"supports": [[1, 0]], "truth": [0, 1]}),
        ("product-of-norms-coefficient", {"dimensions": [0, 2]}),
        ("normal-crossing-coefficient", {"powers": [0, 0]}),
        ("normal-crossing-coefficient", {"powers": [1.5]}),
        ("reduced-rank-coefficient", {"M": 2, "H": 2, "N": 2, "r": 3}),
        ("smooth-point-coefficient", {"jacobian": [[1, float("nan")]]}),
        ("soft-count", {"h": 1.0, "nbeta": 100.0, "eps": 0.04}),
        ("soft-count", {"h": 1.0, "nbeta": 100.0, "c": -1.0}),
        ("crossing-coefficient", {"nbeta": 0}),
        ("quadratic-network-coefficient", {"p": 3, "neurons": 4}),
        ("polygon-loop", {"points": 3}),
    ],
)
def test_what_is_out_of_a_domain_is_refused_in_one_line(name, inputs):
    with pytest.raises(ValueError, match=r"must|allowed") as refusal:
        QUANTITIES[name](**inputs)
    assert "\n" not in str(refusal.value)
