"""A training step of a small pre-norm transformer as one would write it in PyTorch, with the attention it ships."""

from __future__ import annotations

import time
from typing import Any

import numpy as np


def seconds_a_step(config: Any, tokens: np.ndarray, *, compiled: bool, steps: int = 20) -> float:
    import torch
    from torch import nn
    from torch.nn import functional

    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            width = config.width
            self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
            self.read, self.write = nn.Linear(width, 3 * width), nn.Linear(width, width)
            self.up, self.down = nn.Linear(width, config.mlp_width), nn.Linear(config.mlp_width, width)

        def forward(self, x: Any) -> Any:
            batch, length, width = x.shape
            parts = self.read(self.norm1(x)).view(batch, length, 3, config.heads, -1).permute(2, 0, 3, 1, 4)
            mixed = functional.scaled_dot_product_attention(*parts, is_causal=True)
            x = x + self.write(mixed.transpose(1, 2).reshape(batch, length, width))
            return x + self.down(functional.gelu(self.up(self.norm2(x)), approximate="tanh"))

    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embed = nn.Embedding(config.vocabulary, config.width)
            self.position = nn.Parameter(0.02 * torch.randn(config.context, config.width))
            self.blocks = nn.ModuleList([Block() for _ in range(config.layers)])
            self.norm, self.unembed = nn.LayerNorm(config.width), nn.Linear(config.width, config.vocabulary, bias=False)

        def forward(self, tokens: Any) -> Any:
            x = self.embed(tokens) + self.position[: tokens.shape[1]]
            for block in self.blocks:
                x = block(x)
            return self.unembed(self.norm(x))

    torch.manual_seed(0)
    model = Model()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    given = torch.tensor(tokens)
    forward = torch.compile(model) if compiled else model

    def step() -> None:
        logits = forward(given)
        loss = functional.cross_entropy(logits[:, :-1].flatten(0, 1), given[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    for _ in range(3):
        step()
    taken = []
    for _ in range(steps):
        start = time.perf_counter()
        step()
        taken.append(time.perf_counter() - start)
    return min(taken)
