"""Figures of arXiv 2511.01292: theory as lines, simulation as points with 95% intervals."""

from corollary.figures.icl_temperature.recovery import recovered_fraction
from corollary.figures.icl_temperature.shift import error_vs_length, error_vs_noise
from corollary.figures.icl_temperature.temperature import error_vs_temperature, softmax_vs_linearised
from corollary.figures.icl_temperature.trained import noisy_demonstrations, trained_attention, trained_transformer

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
