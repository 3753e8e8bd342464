"""Sparse autoencoders: folding keeps the function, files are read as what they are, planted directions are found."""

import json
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from corollary.models.sae import SparseAutoencoder, fold_norms, fold_scale, quality, train_sae
from corollary.models.sae_files import load_sae, save_sae

X = np.random.default_rng(0).normal(size=(40, 6)).astype(np.float32)


def _sae(kind="relu", shifts=True, scale=1.0):
    rng = np.random.default_rng(1)
    draws = {
        n: jnp.asarray(rng.normal(size=s), jnp.float32)
        for n, s in (("encoder", (6, 9)), ("encoder_bias", 9), ("decoder", (9, 6)), ("decoder_bias", 6))
    }
    threshold = jnp.asarray(rng.uniform(0.2, 1, 9), jnp.float32) if kind == "jumprelu" else jnp.zeros(9)
    return SparseAutoencoder(
        **draws, threshold=threshold, scale=jnp.float32(scale), kind=kind, k=3 if kind == "topk" else 0, shifts=shifts
    )


@pytest.mark.parametrize("shifts", [True, False])
@pytest.mark.parametrize("kind", ["relu", "topk", "jumprelu"])
def test_it_computes_what_its_kind_says_and_folding_keeps_it(kind, shifts):
    sae = _sae(kind, shifts, scale=1.7)
    w = {
        name: np.asarray(getattr(sae, name), np.float64)
        for name in ("encoder", "encoder_bias", "decoder", "decoder_bias", "threshold")
    }
    pre = (X * 1.7 - (w["decoder_bias"] if shifts else 0)) @ w["encoder"] + w["encoder_bias"]
    active = np.maximum(pre, 0)
    if kind == "topk":
        active[pre < np.sort(pre, -1)[:, -3:-2]] = 0
    if kind == "jumprelu":
        active[pre <= w["threshold"]] = 0
    np.testing.assert_allclose(sae.encode(X), active, atol=1e-4)
    expected = (active @ w["decoder"] + w["decoder_bias"]) / 1.7
    np.testing.assert_allclose(sae(X), expected, atol=1e-4)
    folded = fold_scale(sae)
    assert float(folded.scale) == 1
    np.testing.assert_allclose(folded(X), expected, atol=1e-4)
    if kind == "topk":
        with pytest.raises(ValueError, match="kind='topk' is not allowed; allowed: relu, jumprelu"):
            fold_norms(sae)
    else:
        normed = fold_norms(folded)
        np.testing.assert_allclose(np.linalg.norm(normed.decoder, axis=1), 1, rtol=1e-5)
        np.testing.assert_allclose(normed(X), expected, atol=1e-4)


@pytest.mark.parametrize("shifts", [True, False])
@pytest.mark.parametrize("kind", ["relu", "topk", "jumprelu"])
def test_a_saved_one_is_read_back_to_the_bit(kind, shifts, tmp_path):
    sae = _sae(kind, shifts)
    save_sae(sae, tmp_path)
    again = load_sae(tmp_path)
    assert (again.kind, again.k, again.shifts) == (sae.kind, sae.k, sae.shifts)
    np.testing.assert_array_equal(again(X), sae(X))


def test_an_older_file_that_calls_every_kind_standard_is_read_by_its_activation(tmp_path):
    save_sae(_sae("topk"), tmp_path)
    config = json.loads((tmp_path / "cfg.json").read_text())
    config |= {"architecture": "standard", "activation_fn_str": "topk"}
    (tmp_path / "cfg.json").write_text(json.dumps(config))
    assert load_sae(tmp_path).kind == "topk"


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"architecture": "gated"}, "architecture='gated' is not allowed; allowed: standard, topk, jumprelu"),
        ({"normalize_activations": "layer_norm"}, "normalize_activations='layer_norm' is not allowed; allowed: none"),
        ({"d_in": 7}, r"tensor W_enc has shape \(6, 9\); allowed: \(7, 9\)"),
        ({"d_sae": None}, "d_sae=None is not allowed"),
        ({"activation_fn_str": "tanh-relu", "architecture": "standard"}, "activation_fn='tanh-relu' is not allowed"),
        ({"d_out": 3}, "a transcoder is not allowed"),
        ({"architecture": "jumprelu"}, "tensor threshold is missing"),
    ],
)
def test_a_file_of_another_kind_is_refused_by_name(changed, told, tmp_path):
    save_sae(_sae("relu"), tmp_path)
    config = json.loads((tmp_path / "cfg.json").read_text()) | changed
    (tmp_path / "cfg.json").write_text(json.dumps(config))
    with pytest.raises(ValueError, match=told) as raised:
        load_sae(tmp_path)
    assert str(tmp_path) in str(raised.value)


def test_a_folder_without_files_and_a_scale_that_would_be_lost_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"no cfg.json"):
        load_sae(tmp_path)
    with pytest.raises(ValueError, match="scale=2 is not allowed; allowed: 1, as fold_scale makes it"):
        save_sae(_sae(scale=2.0), tmp_path)


@pytest.mark.parametrize(
    ("kind", "settings"),
    [("topk", {"k": 2}), ("relu", {"sparsity": 0.1}), ("jumprelu", {"sparsity": 0.1, "bandwidth": 1.0})],
)
def test_training_finds_planted_directions(kind, settings):
    rng = np.random.default_rng(2)
    directions = np.linalg.qr(rng.normal(size=(12, 12)))[0][:8]
    strengths = rng.uniform(1, 2, (3000, 8)) * (rng.random((3000, 8)) < 0.2)
    x = strengths @ directions + 0.01 * rng.normal(size=(3000, 12)) + 0.3
    sae = train_sae(x, 16, kind=kind, steps=1200, batch=128, rate=5e-3, quiet=True, **settings)
    found = np.abs(directions @ np.asarray(sae.decoder / jnp.linalg.norm(sae.decoder, axis=1, keepdims=True)).T).max(1)
    assert np.median(found) > 0.95
    seen = quality(sae, x)
    assert seen.explained > 0.8
    assert 0 <= seen.dead <= 1
    assert seen.active < 8
    random = replace(sae, decoder=jax.random.normal(jax.random.key(0), sae.decoder.shape))
    assert quality(random, x).explained < 0.5


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"kind": "gated"}, "kind='gated' is not allowed"),
        ({"k": 17}, "k=17 is not allowed; allowed: from 1 to features=16"),
    ],
)
def test_settings_that_make_no_sense_are_refused(given, told):
    with pytest.raises(ValueError, match=told):
        train_sae(X, 16, **given)
