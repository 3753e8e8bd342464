"""The paper: what it offers, declared without loading it."""

from corollary.paper import Paper

PAPER = Paper(
    "icl-temperature",
    title="Optimal attention temperature improves the robustness of in-context learning under distribution shift",
    arxiv="2511.01292",
    quantities={
        "error": "generalisation error G(tau) of in-context linear regression",
        "optimal_temperature": "the temperature of least error",
        "minimum_error": "the error at the optimal temperature",
        "error_coefficients": "g0, g1, g2 of the error as a parabola in 1/tau",
        "bayes_error": "error of the Bayes predictor, in high dimensions",
        "recovered_fraction": "share of the best matrix's gain that the best temperature gains",
        "leave_one_out_temperature": "what the leave-one-out estimate targets",
        "participation": "mean sum of squared softmax weights of Gaussian scores",
        "score_second_moment": "mean squared softmax-weighted score",
        "trained_score_variance": "score variance at which pretraining leaves one softmax head",
        "finite_pretraining_temperature": "optimal temperature after pretraining on finitely many prompts",
    },
    derivations={
        "error": "the exact error of literal attention, any means and covariances",
        "error_masked": "the Wishart second moment inside the masked error",
        "error_isotropic": "the exact error under isotropic shift",
        "error_high_dimensional": "its high-dimensional limit",
        "next_order": "how fast the limit is reached",
        "optimal_temperature": "the optimum, by differentiating the error",
        "minimum_error": "what the best temperature removes",
        "optimal_temperature_isotropic": "the optimum under isotropic shift",
        "wishart_second_moment": "E[W Q W] of a Wishart matrix",
        "population_optimum": "what pretraining on infinitely many prompts finds",
        "recovered_fraction": "temperature recovers cos^2 of an angle",
        "bayes_error": "the isotropic Bayes error",
        "bayes_ratio": "how near tuning comes to Bayes",
        "scaling_law": "input scale and temperature are one parameter",
        "score_moment_temperature": "the optimum from moments of scores",
        "trained_score_variance": "where a trained softmax head sits",
    },
)
