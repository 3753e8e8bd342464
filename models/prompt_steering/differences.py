"""What an instruction in the prompt adds to the stream of a reply, under teacher forcing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from corollary.models.decoder.network import Decoder
from corollary.models.decoder.sites import substitute
from corollary.models.site_steering import pad_examples

EFFECTS = ("accumulated", "local")
BEFORE, AFTER = "blocks.*.resid_pre", "blocks.*.resid_post"


@dataclass(frozen=True)
class Pairs:
    """The same replies after plain and after instructed prompts, padded on the left, so that column -j of either is the
    same token of the same reply. real, instructed_real: not pads. surface: of the last k columns, the last token of the
    prompt and the reply. reply: of them, the reply."""

    plain: Int[Array, "b t"]
    real: Bool[Array, "b t"]
    instructed: Int[Array, "b u"]
    instructed_real: Bool[Array, "b u"]
    surface: Bool[Array, "b k"]
    reply: Bool[Array, "b k"]

    def rows(self, chosen: slice) -> Pairs:
        """These of the pairs."""
        return Pairs(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class Differences:
    """stream: after each block, without the difference. delta: what the instruction adds there, in float32. counted:
    the surface."""

    stream: Float[Array, "layers b k width"]
    delta: Float[Array, "layers b k width"]
    counted: Bool[Array, "b k"]

    def of_layers(self, layers: Sequence[int]) -> Differences:
        chosen = jnp.asarray(layers, jnp.int32)
        return Differences(self.stream[chosen], self.delta[chosen], self.counted)

    @property
    def power(self) -> Float[Array, " layers"]:
        """Mean squared length of the difference over the surface's tokens."""
        return self.mean((self.delta**2).sum(-1))

    def mean(self, values: Float[Array, "layers b k ..."]) -> Float[Array, "layers ..."]:
        """Over the surface's tokens, long replies with as many votes as they have tokens."""
        weight = self.counted / self.counted.sum()
        return jnp.einsum("bk,lbk...->l...", weight.astype(values.dtype), values)


def teacher_forced(rows: Sequence[tuple[Sequence[int], Sequence[int], Sequence[int]]]) -> Pairs:
    """Pairs of (plain prompt, instructed prompt, reply) ids. Raises ValueError for none, and for an empty part."""
    if not rows:
        raise ValueError("rows=[] is not allowed; allowed: at least one (plain prompt, instructed prompt, reply)")
    for number, row in enumerate(rows):
        for name, part in zip(("plain prompt", "instructed prompt", "reply"), row, strict=True):
            if not len(part):
                raise ValueError(f"row {number}: {name}=[] is not allowed; allowed: at least one token")
    plain, first, reply = pad_examples([(p, y) for p, _, y in rows])
    instructed, second, again = pad_examples([(i, y) for _, i, y in rows])
    # The surface is one token longer than the longest reply, which every row has: its prompt's last.
    k = max(len(y) for _, _, y in rows) + 1
    of_reply = reply[:, -k:]
    surface = of_reply.copy()
    surface[:, :-1] |= of_reply[:, 1:]
    return Pairs(*map(jnp.asarray, (plain, first | reply, instructed, second | again, surface, of_reply)))


def differences(model: Decoder, pairs: Pairs, effect: str = "accumulated") -> Differences:
    """What the instruction adds after each block. "accumulated": the instructed run less the plain one. "local": less
    what the block gives from the instructed run's streams on the surface and from the plain prompt's before it; what
    this block adds by looking at the instruction.

    Positions are counted from each row's own start: prompts of different lengths differ by rotary phases or learned
    positions too. A plain prompt that is as long, a neutral sentence in the instruction's place, takes that out. Load
    the model in float32: in bfloat16 small differences of large streams are rounding. Raises ValueError for another
    effect.
    """
    if effect not in EFFECTS:
        raise ValueError(f"effect={effect!r} is not allowed; allowed: {', '.join(EFFECTS)}")
    k = pairs.surface.shape[1]
    there = model.run(pairs.instructed, real=pairs.instructed_real, read=[BEFORE, AFTER])
    change = []
    if effect == "local":
        given = there[BEFORE][:, :, -k:]
        states = jnp.zeros((len(given), *pairs.plain.shape, given.shape[-1]), given.dtype).at[:, :, -k:].set(given)
        on_surface = jnp.zeros(pairs.plain.shape, bool).at[:, -k:].set(pairs.surface)
        change = [substitute(BEFORE, states, positions=on_surface, per_layer=True)]
    here = model.run(pairs.plain, real=pairs.real, read=[AFTER], change=change)
    stream = here[AFTER][:, :, -k:].astype(jnp.float32)
    return Differences(stream, there[AFTER][:, :, -k:].astype(jnp.float32) - stream, pairs.surface)
