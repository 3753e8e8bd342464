"""What a user would write in PyTorch: correlations by running sums in float64, as the released code of arXiv 2508.12535
keeps them, and a ReLU probe fitted layer by layer with Adam."""

from __future__ import annotations

import numpy as np


class RunningSums:
    """Of features and success, in float64."""

    def __init__(self, features: int) -> None:
        import torch

        self.sums = torch.zeros(3, features, dtype=torch.float64)
        self.success = torch.zeros(2, dtype=torch.float64)

    def add(self, z: object, y: object) -> None:
        import torch

        wide, right = z.double(), y.double()  # type: ignore[attr-defined]
        self.sums[0] += wide.sum(0)
        self.sums[1] += (wide**2).sum(0)
        self.sums[2] += (wide * right[:, None]).sum(0)
        self.success += torch.stack([right.new_tensor(float(len(right))), right.sum()])

    def correlation(self) -> np.ndarray:
        count, k = self.success
        mean, share = self.sums[0] / count, k / count
        variance = (self.sums[1] / count - mean**2).clamp(min=1e-12)
        return ((self.sums[2] / count - mean * share) / (variance * share * (1 - share)).sqrt()).numpy()


def probe_by_layer(stream: np.ndarray, delta: np.ndarray, steps: int, rate: float) -> list[float]:
    """The loss that Adam ends with at each layer. stream, delta: [layers, tokens, width]."""
    import torch

    losses = []
    for h, wanted in zip(torch.tensor(stream), torch.tensor(delta), strict=True):
        h = h / h.square().mean().sqrt()
        power = wanted.square().sum(1).mean()
        w = torch.zeros(h.shape[1], requires_grad=True)
        b = torch.tensor(0.5, requires_grad=True)
        z = wanted.mean(0).clone().requires_grad_()
        optimizer = torch.optim.Adam([w, b, z], lr=rate)
        for _ in range(steps):
            optimizer.zero_grad()
            gate = torch.relu(h @ w + b)
            loss = (gate[:, None] * z - wanted).square().sum(1).mean() / power
            loss.backward()
            optimizer.step()
        losses.append(float(loss.detach()))
    return losses
