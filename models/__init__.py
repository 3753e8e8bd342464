"""The networks that several papers share."""

if __name__ != "corollary.models":  # the folder lies on the path when Python starts in the repository's root
    raise ImportError("import corollary.models, not models: one module, one name")
