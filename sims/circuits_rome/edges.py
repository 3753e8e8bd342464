"""Edges of residual graphs, listed one by one."""

from __future__ import annotations

from corollary.models.decoder import DecoderConfig
from corollary.models.decoder.edges import EdgeGraph


def listed(L: int, H: int, mlp: bool = True, parallel: bool = False) -> int:
    """Edges of a decoder of L layers and H heads."""
    config = DecoderConfig(
        width=2 * H, layers=L, heads=H, context=1, vocabulary=2, mlp_width=int(mlp), parallel=parallel, norm="none"
    )
    return len(EdgeGraph(config).edges)
