"""The seven kinds of claim, one file each, each with its own decision rule."""
