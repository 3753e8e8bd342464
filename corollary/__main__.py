"""`python -m corollary`: the command line."""

from corollary.cli import main

main()
