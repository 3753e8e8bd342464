"""Where theory and simulation meet: one module a paper."""

if __name__ != "corollary.claims":  # the folder lies on the path when Python starts in the repository's root
    raise ImportError("import corollary.claims, not claims: one module, one name")
