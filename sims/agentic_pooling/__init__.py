"""Latent agents, simulated (arXiv 2509.06701): beliefs are pooled and every gain is taken from its definition.

Beliefs are log-probabilities, float64, natural logs, so that masses of 1e-25 keep their digits. `pooling` has the
operations; `symmetric`, `near_disjoint`, `splits` and `tilts` the paper's groups, `regions` random ones, `search` the
search for the largest gain, `weights` and `suppression` moved weights and tilted pools, `personas`, `composition` and
`persona_model` the language-model study.
"""
