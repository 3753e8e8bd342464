"""Clean outputs put back into perturbed blocks of small random decoders."""

from __future__ import annotations

import corollary as co
from corollary.claims.direction_magnitude.language_model import trained
from corollary.claims.direction_magnitude.paper import PAPER

with co.lazily():
    import numpy as np

    from corollary.sims.direction_magnitude import repair as sims

BLOCKS = ["sequential", "parallel"]


def _draw(generator: np.random.Generator) -> co.Point:
    return {"block": str(generator.choice(BLOCKS)), "seed": int(generator.integers(2))}


@PAPER.claim(
    "norm-repair",
    says="Putting back clean norm outputs gives the same logits as putting back clean attention and MLP outputs, in "
    "sequential blocks as in parallel ones.",
    where="repair experiments",
    status="reconstructed",
)
def norm_repair() -> co.Identity:
    return co.Identity(
        left=lambda block, seed: sims.repaired_logits(block, seed, "norm"),
        right=lambda block, seed: sims.repaired_logits(block, seed, "both"),
        draw=_draw,
        digits=12,
        wrong={
            "attention alone": lambda block, seed: sims.repaired_logits(block, seed, "attention"),
            "the MLP alone": lambda block, seed: sims.repaired_logits(block, seed, "mlp"),
            "no repair": lambda block, seed: sims.repaired_logits(block, seed, "none"),
        },
    )


@PAPER.claim(
    "layer-norm-pathway",
    says="Damage of magnitude flows through a LayerNorm pathway of its own: norm repair takes back what attention and "
    "MLP repair do not.",
    where="repair experiments",
    corrected_by="norm-repair",
    kinder="Norm outputs are where both branches read, so that their repair is a fair upper end for theirs; it names "
    "no third mechanism.",
)
def layer_norm_pathway() -> co.Value:
    return co.Value(
        predicts=lambda block, seed: sims.recovered(block, seed, "both") + sims.recovered(block, seed, "norm"),
        computes=lambda block, seed: sims.recovered(block, seed, "all"),
        at=co.grid(block=BLOCKS, seed=[0]),
        within=0.05,
    )


def _moves(block: str, seed: int, relative: float) -> list[float]:
    """attention, and in a parallel block the MLP too."""
    found = sims.next_block_moves(block, seed, relative)
    return [found["attention"], found["mlp"] if block == "parallel" else 0.0]


@PAPER.claim(
    "repair-null",
    says="One layer perturbed along the states, below their norm, leaves the attention output of the next block as it "
    "is, and of a parallel block the MLP's too: there is nothing to repair there.",
    where="repair experiments",
    status="reconstructed",
)
def repair_null() -> co.Value:
    return co.Value(
        predicts=lambda: [0.0, 0.0],
        computes=_moves,
        at=co.grid(block=BLOCKS, seed=[0], relative=[0.2]),
        within=1e-11,
        scale=lambda: [1.0, 1.0],
        wrong={
            "the MLP of a sequential block too": co.Recomputed(
                lambda block, seed, relative: sims.next_block_moves(block, seed, relative)["mlp"] * np.ones(2)
            ),
            "beyond the states' norm too": co.Recomputed(lambda block, seed, relative: _moves(block, seed, 1.6)),
        },
    )


@PAPER.claim(
    "trained-repairs",
    depth="full",
    says="At .3 of the norm in four layers norm repair takes back exactly what attention and MLP repair together do, "
    "more than attention repair alone, and less than the sum of the two apart.",
    where="repair experiments; toy",
    status="reconstructed",
)
def trained_repairs() -> co.Phenomenon:
    def overlaps(row: co.Row, one: str = "attention", other: str = "mlp", joint: str = "norm") -> bool:
        found = True
        for kind in ("radial", "angular"):
            alone = [row[f"recovered {repair} {kind} 0.3"] for repair in (one, other)]
            together = row[f"recovered {joint} {kind} 0.3"]
            same = abs(together - row[f"recovered both {kind} 0.3"]) < 1e-3
            found = found and same and together > alone[0] and sum(alone) > together + 2
        return found

    return trained(
        overlaps,
        "recovered norm angular 0.3",
        {
            "with nothing in the MLP's place": co.Control(shows=lambda row: overlaps(row, other="none")),
            "attention's alone is all but 3%": lambda row: (
                row["recovered attention angular 0.3"] > 0.97 * row["recovered norm angular 0.3"]
            ),
        },
    )


@PAPER.claim(
    "trained-repair-null",
    depth="full",
    says="With one layer perturbed along the states, the next attention's output moves by less than 1e-5 of itself, "
    "and repairing it changes the loss by less than 1e-3 of its rise; the MLP behind it, in a sequential block, moves "
    "by over a hundredth.",
    where="repair experiments; toy",
    status="reconstructed",
)
def trained_repair_null() -> co.Phenomenon:
    def null(row: co.Row, still: str = "attention", moving: str = "mlp") -> bool:
        unmoved = row[f"next {still} moves"] < 1e-5 and abs(row["next attention repair"]) < 1e-3
        return unmoved and row[f"next {moving} moves"] > 1e-2

    return trained(
        null,
        "next mlp moves",
        {
            "the MLP is as still": co.Control(shows=lambda row: null(row, "mlp", "mlp")),
            "norm repair changes nothing either": lambda row: abs(row["next norm repair"]) < 1e-4,
        },
    )
