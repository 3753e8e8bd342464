"""What happens: simulations and training runs in JAX, one module a paper."""

if __name__ != "corollary.sims":  # the folder lies on the path when Python starts in the repository's root
    raise ImportError("import corollary.sims, not sims: one module, one name")
