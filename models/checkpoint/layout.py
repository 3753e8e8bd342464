"""Where a family's files keep the decoder's parameters: which tensor, and in what order of axes."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from corollary.models.decoder.weights import Parameter

Sizes = Mapping[str, int]


@dataclass(frozen=True)
class Row:
    """One tensor of a file and the parameters that it holds.

    name: with {} for the layer. paths: the parameter, or several, separated by spaces, that lie side by side along an
    axis `part`. axes: the tensor's, by the names that the parameters have; those in parentheses are merged into one,
    the first slowest: "(head part head_width) width". prefixed: whether the name stands behind the family's prefix.
    """

    name: str
    paths: str
    axes: str
    prefixed: bool = True

    @property
    def holds(self) -> list[str]:
        return self.paths.split()

    def shape(self, parameter: Parameter) -> tuple[int, ...]:
        """Of the tensor, where `parameter` is any that it holds."""
        sizes = self._sizes(parameter)
        return tuple(math.prod(sizes[axis] for axis in group) for group in self._groups())

    def ours(self, tensor: np.ndarray, path: str, parameter: Parameter) -> np.ndarray:
        """The view of a tensor that is the parameter at `path`."""
        order = [axis for group in self._groups() for axis in group]
        sizes = self._sizes(parameter)
        split = tensor.reshape([sizes[axis] for axis in order])
        if "part" in order:
            split = np.moveaxis(split, order.index("part"), 0)[self.holds.index(path)]
            order.remove("part")
        return split.transpose([order.index(axis) for axis in self._named(parameter)])

    def theirs(self, arrays: Sequence[np.ndarray], parameter: Parameter) -> np.ndarray:
        """The tensor that holds the parameters given in the order of `paths`, all shaped like `parameter`."""
        order = [axis for group in self._groups() for axis in group]
        named = self._named(parameter)
        if "part" in order:
            return (
                np.stack(arrays)
                .transpose([["part", *named].index(axis) for axis in order])
                .reshape(self.shape(parameter))
            )
        [array] = arrays
        return array.transpose([named.index(axis) for axis in order]).reshape(self.shape(parameter))

    def _groups(self) -> list[list[str]]:
        return [group.strip("()").split() for group in re.findall(r"\([^)]*\)|\S+", self.axes)]

    def _sizes(self, parameter: Parameter) -> dict[str, int]:
        return {**dict(zip(self._named(parameter), parameter.shape, strict=True)), "part": len(self.holds)}

    def _named(self, parameter: Parameter) -> list[str]:
        """The parameter's axes; heads of keys and values are as many as the others where all lie in one tensor."""
        return ["head" if axis == "kv_head" and "kv_head" not in self.axes else axis for axis in parameter.axes]
