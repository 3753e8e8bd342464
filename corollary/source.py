"""Where a statement comes from."""

from dataclasses import dataclass

STATUSES = ("paper", "corrected", "reconstructed")


@dataclass(frozen=True)
class Source:
    """where: "Theorem 4.3". status: "paper" as the paper states it, "corrected" where the paper's statement fails and
    this replaces it, "reconstructed" where it was derived here. arxiv: number, "" outside a paper.

    Raises ValueError on another status.
    """

    where: str
    status: str = "paper"
    arxiv: str = ""

    def __post_init__(self) -> None:
        if self.status not in STATUSES:
            raise ValueError(f"status={self.status!r}; allowed: {', '.join(map(repr, STATUSES))}")

    def __str__(self) -> str:
        where = f"arXiv {self.arxiv}, {self.where}" if self.arxiv else self.where
        plain = self.status == "paper" or self.where == self.status
        return where if plain else f"{where} ({self.status})"
