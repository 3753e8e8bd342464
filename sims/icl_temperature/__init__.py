"""Simulations of in-context linear regression by one attention layer at a temperature (arXiv 2511.01292)."""

from corollary.sims.icl_temperature.bayes import bayes_error, bayes_risk, centred_bayes_risk, trained_bayes_error
from corollary.sims.icl_temperature.conditioned import (
    linear_moments_and_given_inputs,
    linear_moments_given_contexts,
    linear_moments_given_inputs,
    literal_moments_and_given_inputs,
    literal_moments_given_inputs,
    masked_moments_and_given_inputs,
    masked_moments_given_contexts,
    masked_moments_given_inputs,
    softmax_error_and_given_inputs,
    softmax_error_given_inputs,
)
from corollary.sims.icl_temperature.errors import (
    linear_error,
    linear_moments,
    literal_error,
    literal_moments,
    literal_softmax_error,
    masked_error,
    masked_moments,
    prediction_products,
    softmax_error,
    two_head_error,
)
from corollary.sims.icl_temperature.leave_one_out import (
    leave_none_out_moments,
    leave_one_out_moments,
    temperature_of_demonstrations,
)
from corollary.sims.icl_temperature.pretraining import (
    constructed_parameters,
    finite_pretraining_moments,
    fitted_parameters,
)
from corollary.sims.icl_temperature.scaling import predictions, scaled_predictions
from corollary.sims.icl_temperature.scores import (
    linearized_weight_moments,
    score_statistics,
    softmax_weight_moments,
    two_head_weight_moments,
)

__all__ = [
    "bayes_error",
    "bayes_risk",
    "centred_bayes_risk",
    "constructed_parameters",
    "finite_pretraining_moments",
    "fitted_parameters",
    "leave_none_out_moments",
    "leave_one_out_moments",
    "linear_error",
    "linear_moments",
    "linear_moments_and_given_inputs",
    "linear_moments_given_contexts",
    "linear_moments_given_inputs",
    "linearized_weight_moments",
    "literal_error",
    "literal_moments",
    "literal_moments_and_given_inputs",
    "literal_moments_given_inputs",
    "literal_softmax_error",
    "masked_error",
    "masked_moments",
    "masked_moments_and_given_inputs",
    "masked_moments_given_contexts",
    "masked_moments_given_inputs",
    "prediction_products",
    "predictions",
    "scaled_predictions",
    "score_statistics",
    "softmax_error",
    "softmax_error_and_given_inputs",
    "softmax_error_given_inputs",
    "softmax_weight_moments",
    "temperature_of_demonstrations",
    "trained_bayes_error",
    "two_head_error",
    "two_head_weight_moments",
]
