"""GPT-2's residual graph with a mask on every edge in PyTorch, as public code for edge masks does it: each destination
gathers the sources before it by one product with its rows of the mask, and every head's queries, keys and values are
normalised by themselves. Masks in the order of corollary's EdgeGraph, zeros for what is masked."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np


class MaskedGPT2:
    """weights: those of a Decoder with GPT-2's architecture, as NumPy arrays; allowed: of its EdgeGraph."""

    def __init__(self, weights: Mapping[str, Any], allowed: np.ndarray, layers: int, heads: int):
        import torch

        def tensors(part: Mapping[str, Any]) -> dict[str, Any]:
            return {name: torch.tensor(np.asarray(value)) for name, value in part.items()}

        self.outside, self.blocks = tensors(weights["outside"]), tensors(weights["blocks"])
        self.layers, self.heads = layers, heads
        self.where = torch.tensor(np.stack(np.nonzero(allowed)))
        self.shape = allowed.shape

    def last_logits(self, tokens: Any, mask: Any) -> Any:
        """[n, vocabulary] after the last token. mask: [edges]."""
        import torch
        from torch.nn.functional import gelu, layer_norm

        matrix = torch.zeros(self.shape).index_put((self.where[0], self.where[1]), mask)
        width = self.outside["embed"].shape[1]
        length = tokens.shape[1]
        written = [self.outside["embed"][tokens] + self.outside["position"][:length]]
        constant, row = torch.zeros(width), 0
        past = torch.ones(length, length, dtype=torch.bool).tril()

        def read(count: int) -> Any:
            nonlocal row
            rows = matrix[row : row + count, : len(written)]
            row += count
            return torch.einsum("hs,sbtd->hbtd", rows, torch.stack(written)) + constant

        for layer in range(self.layers):
            block = {name: value[layer] for name, value in self.blocks.items()}
            made = {}
            inputs = {name: read(self.heads) for name in "qkv"}
            for name, given in inputs.items():
                normed = layer_norm(given, (width,), block["norm1.gain"], block["norm1.bias"])
                made[name] = torch.einsum("hbtd,dhk->bhtk", normed, block[f"attn.{name}"])
                made[name] = made[name] + block[f"attn.{name}_bias"][None, :, None]
            scores = made["q"] @ made["k"].transpose(-1, -2) / math.sqrt(made["q"].shape[-1])
            pattern = scores.masked_fill(~past, -math.inf).softmax(-1)
            heads = torch.einsum("bhtk,hkd->hbtd", pattern @ made["v"], block["attn.o"])
            written.extend(heads)
            constant = constant + block["attn.o_bias"]
            normed = layer_norm(read(1)[0], (width,), block["norm2.gain"], block["norm2.bias"])
            hidden = gelu(normed @ block["mlp.up"] + block["mlp.up_bias"], approximate="tanh")
            written.append(hidden @ block["mlp.down"] + block["mlp.down_bias"])
        last = torch.stack([one[:, -1] for one in written])
        end = torch.einsum("s,sbd->bd", matrix[row, : len(written)], last) + constant
        end = layer_norm(end, (width,), self.outside["final_norm.gain"], self.outside["final_norm.bias"])
        return end @ self.outside["unembed"]
