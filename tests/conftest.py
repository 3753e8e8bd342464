"""Every test runs in float64 on the devices that `corollary` itself would use."""

import gc
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("untimed", deadline=None)  # the first example of a property may have to compile
settings.load_profile("untimed")


@pytest.fixture(scope="session", autouse=True)
def _prepared(tmp_path_factory: pytest.TempPathFactory) -> None:
    from corollary.runtime import prepare

    prepare()


MAPPED = 10_000
"""Regions of memory: every compiled program takes some, and a process that has 65,530 of them dies, on Linux."""


@pytest.fixture(scope="module", autouse=True)
def _programs_released() -> Iterator[None]:
    """JAX keeps every program that it compiled for as long as the process lasts, which whole suites outgrow."""
    yield
    maps, jax = Path("/proc/self/maps"), sys.modules.get("jax")
    if jax is not None and maps.exists() and maps.read_bytes().count(b"\n") > MAPPED:
        jax.clear_caches()
        gc.collect()


@pytest.fixture(scope="module")
def compiled_quickly() -> Iterator[None]:
    """For modules whose programs are small and run once or twice, so that what they cost is their compilation: XLA
    leaves out its costly passes, which takes half as long. The programs and their results stay what they are."""
    import jax

    before = jax.config.values["jax_disable_most_optimizations"]
    jax.config.update("jax_disable_most_optimizations", True)
    yield
    jax.config.update("jax_disable_most_optimizations", before)


@pytest.fixture
def compiled_in_full() -> Iterator[None]:
    """For a test about compiled programs in such a module: as users have them."""
    import jax

    before = jax.config.values["jax_disable_most_optimizations"]
    jax.config.update("jax_disable_most_optimizations", False)
    yield
    jax.config.update("jax_disable_most_optimizations", before)


@pytest.fixture(scope="session")
def own_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small random GPT-2 and a tokenizer that was trained on a few sentences."""
    import flax.nnx as nnx
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    from corollary.models.checkpoint import save
    from corollary.models.decoder import Decoder, DecoderConfig

    folder = tmp_path_factory.mktemp("own") / "small-gpt2"
    config = DecoderConfig(
        width=16, layers=3, heads=2, context=160, vocabulary=300, mlp_width=32, norm="layer", positions="learned",
        activation="gelu_tanh", attention_bias=True, output_bias=True, mlp_bias=True, unembedding="tied",
    )  # fmt: skip
    save(Decoder(config, rngs=nnx.Rngs(0)), folder)
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=300, special_tokens=["<|endoftext|>"], initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(["the cat sat on the mat", "what is the best way to cook rice"] * 5, trainer)
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder
