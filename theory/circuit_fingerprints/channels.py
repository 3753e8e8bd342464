"""Shapley values of a head's queries, keys and values, from its value under the eight coalitions (arXiv 2602.09784).

v_qk: what the head writes along the direction with queries and keys of the clean run, values of the corrupted one, less
what it writes when all are corrupted.
"""

from __future__ import annotations

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived

v_q, v_k, v_v, v_qk, v_qv, v_kv, v_qkv = sp.symbols("v_q v_k v_v v_qk v_qv v_kv v_qkv", real=True)
_MEANINGS = {
    name: f"value of the coalition of {', '.join(name[2:])}"
    for name in ("v_q", "v_k", "v_v", "v_qk", "v_qv", "v_kv", "v_qkv")
}
_THIRD, _SIXTH = sp.Rational(1, 3), sp.Rational(1, 6)


def _share(
    alone: sp.Symbol, one: sp.Symbol, other: sp.Symbol, with_one: sp.Symbol, with_other: sp.Symbol, rest: sp.Symbol
) -> ClosedForm:
    form = _THIRD * alone + _SIXTH * (with_one - one) + _SIXTH * (with_other - other) + _THIRD * (v_qkv - rest)
    return ClosedForm(form, meanings=_MEANINGS)


QUERIES = _share(v_q, v_k, v_v, v_qk, v_qv, v_kv)
KEYS = _share(v_k, v_q, v_v, v_qk, v_kv, v_qv)
VALUES = _share(v_v, v_q, v_k, v_qv, v_kv, v_qk)

q, k, w, q0, k0, w0 = sp.symbols("q k w q0 k0 w0", real=True)
_OF_HEAD = {
    "q": "query",
    "k": "key",
    "w": "value",
    "q0": "query, corrupted",
    "k0": "key, corrupted",
    "w0": "value, corrupted",
}


def _written(query: sp.Symbol, key: sp.Symbol, value: sp.Symbol) -> sp.Expr:
    """What a head writes that attends to one token beside an empty one."""
    return value / (1 + sp.exp(-query * key))


_COALITIONS = {
    v_q: _written(q, k0, w0),
    v_k: _written(q0, k, w0),
    v_v: _written(q0, k0, w),
    v_qk: _written(q, k, w0),
    v_qv: _written(q, k0, w),
    v_kv: _written(q0, k, w),
    v_qkv: _written(q, k, w),
}


def _of_head(share: ClosedForm) -> ClosedForm:
    values = {symbol: form - _written(q0, k0, w0) for symbol, form in _COALITIONS.items()}
    return ClosedForm(share.expression.subs(values, simultaneous=True), meanings=_OF_HEAD)


HEAD_QUERIES, HEAD_KEYS, HEAD_VALUES = (_of_head(share) for share in (QUERIES, KEYS, VALUES))
"""Of a head that writes w sigmoid(q k)."""


def orders() -> Derivation:
    """Over the six orders in which channels may turn clean."""
    listed = [v_q, v_q, v_qk - v_k, v_qkv - v_kv, v_qv - v_v, v_qkv - v_kv]
    return Derivation(
        "shapley-values",
        "The queries' share, averaged over orders, and the sum of all shares",
        "arXiv 2602.09784, channel decomposition",
        (
            Step("orders", sum(listed) / 6, "first, first, after the key, last, after the value, last"),
            Step("weights", QUERIES.expression, "collected: 1/3 alone, 1/6 after one other, 1/3 last"),
            Step(
                "sum",
                v_qkv,
                "the other channels' shares added: the value of the full coalition",
                check=derived(lambda form: form + KEYS.expression + VALUES.expression),
            ),
        ),
        ClosedForm(v_qkv, meanings=_MEANINGS),
    )
