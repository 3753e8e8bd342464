"""Figures of arXiv 2511.01292: theory as lines, simulation as points with 95% intervals."""

from corollary.figures.icl_temperature.errors import error_vs_length, error_vs_noise
from corollary.figures.icl_temperature.optimum import error_vs_temperature
from corollary.figures.icl_temperature.recovery import recovered_fraction
from corollary.figures.icl_temperature.softmax import softmax_vs_linearised
from corollary.figures.icl_temperature.training_attention import trained_attention
from corollary.figures.icl_temperature.training_classification import noisy_demonstrations
from corollary.figures.icl_temperature.training_regression import trained_transformer

FIGURES = {
    "error_vs_length": error_vs_length,
    "error_vs_noise": error_vs_noise,
    "error_vs_temperature": error_vs_temperature,
    "softmax_vs_linearised": softmax_vs_linearised,
    "recovered_fraction": recovered_fraction,
    "trained_attention": trained_attention,
    "trained_transformer": trained_transformer,
    "noisy_demonstrations": noisy_demonstrations,
}
