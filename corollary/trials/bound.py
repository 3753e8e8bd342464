"""Bound: a quantity never exceeds (or falls below) a bound, whoever looks for a counterexample."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

import numpy as np

from corollary.point import Depths, at_depth
from corollary.storage.address import program_address, versions
from corollary.storage.store import digest
from corollary.trials.claim import Claim, Outcome, PointRecord, Trial, Verdict


@dataclass(frozen=True)
class Search:
    """How hard a counterexample is looked for. draws: random parameters. climbers: how many of the worst are driven
    downhill. steps: of gradient descent (Adam) each. rate: its step size."""

    draws: int = 4096
    climbers: int = 64
    steps: int = 300
    rate: float = 0.03


@dataclass(frozen=True, kw_only=True)
class Bound(Claim):
    """The slack (bound minus quantity, or quantity minus lower bound) is nowhere negative.

    slack: (params) -> scalar, written in JAX and differentiable; it maps unconstrained params into its domain itself.
    draw: (key) -> params, a pytree of float64 arrays. tight: the largest smallest-slack that still counts as tight, or
    None where the bound is not claimed tight. tolerance: slack more negative than this is a counterexample; it covers
    rounding alone. wrong: slacks of bounds that are false, which the same search must break.
    search: how hard to look. confirm: (params) -> bool, a second opinion on a counterexample (say, in exact
    arithmetic), or None.

    Rule: refuted by a counterexample, which is kept; holds if random and gradient-guided search finds none, and, where
    tightness is claimed, comes within `tight` of the bound. Undecided where the slack is NaN or +inf at a parameter
    that was drawn. No error probability: a search proves nothing.
    """

    kind: ClassVar[str] = "Bound"
    spends_alpha: ClassVar[bool] = False
    slack: Callable[[Any], Any]
    draw: Callable[[Any], Any]
    tight: float | None = None
    tolerance: float = 1e-9
    search: Search | Depths[Search] = field(
        default_factory=lambda: Depths(Search(1024, 32, 150), Search(), Search(1 << 17, 512, 2000))
    )
    confirm: Callable[[Any], bool] | None = None

    def decide(self, trial: Trial) -> Outcome:
        search = at_depth(self.search, trial.depth)
        trial.report(f"searching {search.draws:,} draws, {search.climbers} climbers")
        starts = drawn(self.draw, search.draws, trial.seed)
        least, params, undefined = self._searched("statement", self.slack, starts, search, trial)
        verdict = self._verdict(least, params)
        if undefined and verdict is Verdict.HOLDS:
            verdict = Verdict.UNDECIDED
        wrong, why = {}, {}
        for name, variant in self.wrong.items():
            trial.report(f"searching against: {name}")
            lowest, _, _ = self._searched(name, variant, starts, search, trial)
            wrong[name] = Verdict.REFUTED if lowest < -self.tolerance else Verdict.HOLDS
            why[name] = f"{'broken by' if lowest < -self.tolerance else 'not broken: least slack'} {abs(lowest):.3g}"
        evaluations = search.draws + search.climbers * (search.steps + 1)
        witness = _as_dict(params) if verdict is Verdict.REFUTED else None
        note = f"{evaluations:,} evaluations; least slack {least:.3g}: a bound tighter by more would have been refuted"
        if undefined:
            note = f"the slack is no finite number at {undefined:,} of {search.draws:,} drawn parameters"
        record = PointRecord("adversarial search", ">= 0", least, None, evaluations, None, verdict, note)
        return Outcome(verdict, (record,), wrong, None, None, note, witness, why=why)

    def _searched(
        self, name: str, slack: Callable[[Any], Any], starts: Any, search: Search, trial: Trial
    ) -> tuple[float, Any, int]:
        """(least slack, its params, how many drawn params have no finite slack); kept, and found again by the traced
        program, the starts and the search."""
        import jax

        leaves, structure = jax.tree.flatten(starts)
        one = jax.tree.map(lambda leaf: leaf[0], starts)
        address = program_address(jax.make_jaxpr(slack)(one))
        kept = f"searches/{digest(address, [np.asarray(leaf) for leaf in leaves], asdict(search), versions())}.npz"
        stored = trial.store.read_arrays(kept) if trial.store is not None else None
        if stored is None:
            least, params, undefined = worst_case(slack, starts, search)
            stored = {"least": np.array(least), "undefined": np.array(undefined)}
            stored |= {f"params{number}": leaf for number, leaf in enumerate(jax.tree.leaves(params))}
            if trial.store is not None:
                trial.store.write_arrays(kept, stored)
        params = jax.tree.unflatten(structure, [stored[f"params{number}"] for number in range(len(leaves))])
        return float(stored["least"]), params, int(stored["undefined"])

    def _verdict(self, least: float, params: Any) -> Verdict:
        if least < -self.tolerance:
            confirmed = self.confirm is None or self.confirm(params)
            return Verdict.REFUTED if confirmed else Verdict.UNDECIDED
        if self.tight is not None and least > self.tight:
            return Verdict.UNDECIDED
        return Verdict.HOLDS


def drawn(draw: Callable[[Any], Any], count: int, seed: int) -> Any:
    """`count` random params, stacked."""
    import jax

    return jax.jit(jax.vmap(draw))(jax.random.split(jax.random.key(seed), count))


def worst_case(slack: Callable[[Any], Any], starts: Any, search: Search) -> tuple[float, Any, int]:
    """(least slack, its params, starts without a finite slack): Adam downhill from the worst of the starts, keeping the
    best point ever visited, the starts included. A slack of -inf is a counterexample; NaN and +inf are passed over."""
    import jax
    import jax.numpy as jnp
    import optax

    optimizer = optax.adam(search.rate)

    def finite(value: jax.Array) -> jax.Array:
        return jnp.where(jnp.isnan(value), jnp.inf, value)

    def climb(start: Any) -> tuple[jax.Array, Any]:
        def step(carry: Any, _: None) -> tuple[Any, None]:
            params, state, best, best_params = carry
            value, gradient = jax.value_and_grad(slack)(params)
            better = finite(value) < best
            best_params = jax.tree.map(lambda new, old: jnp.where(better, new, old), params, best_params)
            gradient = jax.tree.map(lambda g: jnp.where(jnp.isfinite(g), g, 0.0), gradient)
            updates, state = optimizer.update(gradient, state)
            return (optax.apply_updates(params, updates), state, jnp.minimum(best, finite(value)), best_params), None

        carry = (start, optimizer.init(start), jnp.array(jnp.inf, jnp.float64), start)
        # One step more than asked for: each step looks at where the one before it went.
        (_, _, best, best_params), _ = jax.lax.scan(step, carry, length=search.steps + 1)
        return best, best_params

    @jax.jit
    def run(starts: Any) -> tuple[jax.Array, Any, jax.Array]:
        values = finite(jax.lax.map(slack, starts, batch_size=min(search.draws, 1024)))
        worst = jnp.argsort(values)[: search.climbers]
        best, params = jax.lax.map(climb, jax.tree.map(lambda leaf: leaf[worst], starts), batch_size=search.climbers)
        winner = jnp.argmin(best)
        return best[winner], jax.tree.map(lambda leaf: leaf[winner], params), jnp.sum(~(values < jnp.inf))

    least, params, undefined = run(starts)
    return float(least), jax.tree.map(np.asarray, params), int(undefined)


def _as_dict(params: Any) -> Mapping[str, Any]:
    if isinstance(params, Mapping):
        return {str(name): np.asarray(value).tolist() for name, value in params.items()}
    return {"params": np.asarray(params).tolist()}
