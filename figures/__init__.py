"""One module a paper: drawn from theory and from stored results."""

if __name__ != "corollary.figures":  # the folder lies on the path when Python starts in the repository's root
    raise ImportError("import corollary.figures, not figures: one module, one name")
