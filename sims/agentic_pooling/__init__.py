"""Latent agents, simulated (arXiv 2509.06701): beliefs are pooled and every gain is taken from its definition.

Beliefs are log-probabilities, float64, natural logs, so that masses of 1e-25 keep their digits. `pooling` has the
operations, `constructions` the paper's groups, `regions` random groups, `search` the hunt for the largest gain,
`weights` and `suppression` moved weights and tilted pools, `personas`, `composition` and `persona_model` the
language-model study.
"""
