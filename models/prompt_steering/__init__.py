"""Steering that mimics an instruction in the prompt (arXiv 2605.03907): differences that it makes, and fits to them.

pairs = teacher_forced([(plain ids, instructed ids, reply ids), ...])
steerer = fit_prompt_steering(model, pairs, "relu", layers=[12])
generate(model, prompts, 40, real=real, change=steerer.change(1.5, where=last_token(real)))
"""

from corollary.models.prompt_steering.differences import Differences, Pairs, differences, teacher_forced
from corollary.models.prompt_steering.fits import METHODS, fit_prompt_steering, fitted, relative_errors
from corollary.models.prompt_steering.refined import network_loss, prepared, refined
from corollary.models.prompt_steering.steerer import PromptSteerer, last_token

__all__ = [
    "METHODS",
    "Differences",
    "Pairs",
    "PromptSteerer",
    "differences",
    "fit_prompt_steering",
    "fitted",
    "last_token",
    "network_loss",
    "prepared",
    "refined",
    "relative_errors",
    "teacher_forced",
]
