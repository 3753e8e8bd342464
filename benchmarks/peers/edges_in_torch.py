"""EAP-IG as public PyTorch code does it: hooks on every component's output and on every head's three inputs, and a
matrix of scores that the backward hooks fill. Returns the scores of all edges in the order of corollary's
EdgeGraph."""

from __future__ import annotations

from typing import Any

import numpy as np


def edge_attribution_by_hooks(model: Any, clean: np.ndarray, corrupted: np.ndarray, steps: int) -> np.ndarray:
    import torch

    config = model.cfg
    layers, heads = config.n_layers, config.n_heads
    model.set_use_attn_result(True)
    model.set_use_split_qkv_input(True)
    model.set_use_hook_mlp_in(True)
    sources = 1 + layers * (heads + 1)
    destinations = layers * (3 * heads + 1) + 1
    shape = (*clean.shape, sources, config.d_model)
    difference = torch.zeros(shape)
    scores = torch.zeros(sources, destinations)

    def first(layer: int) -> int:
        return 1 + layer * (heads + 1)

    def store(sign: int) -> list[tuple[str, Any]]:
        def put(at: slice) -> Any:
            def hook(value: Any, hook: Any) -> None:
                flat = value if value.ndim == 4 else value.unsqueeze(2)
                difference[:, :, at] += sign * flat.detach()

            return hook

        hooks = [("hook_embed", put(slice(0, 1))), ("hook_pos_embed", put(slice(0, 1)))]
        for layer in range(layers):
            start = first(layer)
            hooks.append((f"blocks.{layer}.attn.hook_result", put(slice(start, start + heads))))
            hooks.append((f"blocks.{layer}.hook_mlp_out", put(slice(start + heads, start + heads + 1))))
        return hooks

    with torch.no_grad():
        model.run_with_hooks(torch.tensor(corrupted), fwd_hooks=store(1), return_type=None)
        ends = {}
        keep = [("hook_embed", lambda value, hook: ends.__setitem__("clean", value.detach().clone()))]
        model.run_with_hooks(torch.tensor(clean), fwd_hooks=[*store(-1), *keep], return_type=None)
        keep = [("hook_embed", lambda value, hook: ends.__setitem__("corrupted", value.detach().clone()))]
        model.run_with_hooks(torch.tensor(corrupted), fwd_hooks=keep, return_type=None)

    def score(start: int, before: int) -> Any:
        def hook(gradient: Any, hook: Any) -> None:
            flat = gradient if gradient.ndim == 4 else gradient.unsqueeze(2)
            scores[:before, start : start + flat.shape[2]] += torch.einsum(
                "btsd,bthd->sh", difference[:, :, :before], flat
            )

        return hook

    backward = []
    for layer in range(layers):
        start = layer * (3 * heads + 1)
        for index, reader in enumerate("qkv"):
            backward.append((f"blocks.{layer}.hook_{reader}_input", score(start + index * heads, first(layer))))
        backward.append((f"blocks.{layer}.hook_mlp_in", score(start + 3 * heads, first(layer) + heads)))
    backward.append((f"blocks.{layers - 1}.hook_resid_post", score(destinations - 1, sources)))
    for step in range(steps):
        share = (step + 0.5) / steps
        mixed = ends["corrupted"] + share * (ends["clean"] - ends["corrupted"])
        start_at = [("hook_embed", lambda value, hook, mixed=mixed: mixed.clone().requires_grad_())]
        with model.hooks(fwd_hooks=start_at, bwd_hooks=backward):
            logits = model(torch.tensor(clean))
            (logits[:, -1, 5] - logits[:, -1, 6]).sum().backward()
        model.zero_grad()
    found = (scores / steps / len(clean)).numpy()
    rows = []
    for layer in range(layers):
        start = layer * (3 * heads + 1)
        rows += [found[: first(layer), start + i] for i in range(3 * heads)]
        rows.append(found[: first(layer) + heads, start + 3 * heads])
    model.set_use_attn_result(False)
    model.set_use_split_qkv_input(False)
    model.set_use_hook_mlp_in(False)
    return np.concatenate([*rows, found[:, -1]])
