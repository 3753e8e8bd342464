"""What is claimed: closed forms and derivations in SymPy, one module a paper."""

if __name__ != "corollary.theory":  # the folder lies on the path when Python starts in the repository's root
    raise ImportError("import corollary.theory, not theory: one module, one name")
