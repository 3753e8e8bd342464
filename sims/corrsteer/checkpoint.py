"""A language model of one's own: features of sparse autoencoders that are correlated with right replies, how their
correlations compare with those of shuffled success, and what steering by them does to replies.

Tasks: a JSON file, a list of {"prompt", "answer"}; a reply is right that begins with the answer, whatever its case.
Autoencoders: a folder with one folder a layer, with cfg.json and sae_weights.safetensors, whose name ends in the number
of the layer whose output it reads, and after which is steered; without it one a layer is trained on the replies'
streams. Without tasks, random tokens, for which only the costs and the sums mean anything; there every second reply
counts as right.
Cost: a generation and a run of the selection tasks; a generation of the validation tasks a layer, and of the test tasks
a variant; minutes on a CPU for a hundred million parameters, a few hundred tasks and short replies.
Run: corollary train corrsteer/checkpoint --checkpoint FOLDER --set tasks_file=TASKS.json --set saes_folder=SAES
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool

from corollary.models.checkpoint.tokens import tokens_of
from corollary.models.correlation_steering import (
    Correlations,
    Effect,
    Feature,
    added,
    effect,
    generating,
    kept,
    nothing,
    of_all_layers,
    of_each_layer,
    pooled,
    steerer_of,
)
from corollary.models.decoder import Decoder, generate
from corollary.models.prompt_steering import PromptSteerer, last_token
from corollary.models.sae import SparseAutoencoder, fold_norms, fold_scale, train_sae
from corollary.models.sae_files import load_sae
from corollary.training.application import Application
from corollary.training.settings import Config, Setting

VARIANTS = ("best of all layers", "best of each layer", "passed", "passed a test", "random")
SHUFFLES = 5
RANDOM_FIRES = 0.1
"""Share of the selection tasks on which a random feature fires at least."""

SETTINGS: dict[str, Setting] = {
    "tasks_file": Setting("", "JSON of tasks, as the module's first lines say; empty: random tokens"),
    "saes_folder": Setting("", "autoencoders, as the module's first lines say; empty: trained on the replies"),
    "tasks": Setting(400, "most tasks; half select, a fifth validate, the rest test", within=(10, 1e7)),
    "reply": Setting(1, "tokens of a reply, at most", within=(1, 65536)),
    "pool": Setting("max", "over a reply's positions: max or mean"),
    "strength": Setting(1.0, "of steering, in mean activations on successes", within=(-100.0, 100.0)),
    "least_firing": Setting(1, "selection tasks on which a feature fires at least", within=(1, 1e7)),
    "features": Setting(0, "of autoencoders that are trained; 0: four times the width", within=(0, 1e7)),
    "steps": Setting(500, "of their training", within=(1, 1e7)),
    "batch": Setting(16, "tasks run at a time", within=(1, 65536)),
    "seed": Setting(0, "of shuffles, random features and random tasks", within=(0, 2**31 - 1)),
}


@dataclass(frozen=True)
class Task:
    """prompt: ids. answer: as `right` compares it, or '' for a random one."""

    prompt: Sequence[int]
    answer: str


def apply(model: Decoder, config: Config, say: Callable[[str], None]) -> dict[str, np.ndarray]:
    """index, correlation, coefficient, fired, tied [layers]: of the features selected; layers: where. shuffled
    [shuffles, layers]: largest correlations with shuffled success. validation [layers, 2], test [variants, 2]: replies
    put right and wrong. chosen [variants, layers]: which layers a variant steers. accuracy [3]: of the parts, without
    steering. sizes [3]. Raises ValueError for tasks and autoencoders that are not as said, and where no reply, or every
    one, is right."""
    tasks = tasks_of(model, config, say)
    ends = [len(tasks) // 2, len(tasks) // 2 + max(1, len(tasks) // 5)]
    parts = {"selection": tasks[: ends[0]], "validation": tasks[ends[0] : ends[1]], "test": tasks[ends[1] :]}
    plain = {name: _replies(model, part, config, say, f"{name}: replies") for name, part in parts.items()}
    right = {name: np.concatenate([r for *_, r in found]) for name, found in plain.items()}
    if right["selection"].all() or not right["selection"].any():
        which = "all" if right["selection"].all() else "none"
        raise ValueError(f"{which} of the {ends[0]} selection replies are right; allowed: some, not all")
    saes = autoencoders(model, config, plain["selection"], say)
    states, shuffled = _selection(model, plain["selection"], right["selection"], saes, config, say)
    features = of_each_layer(states, least_firing=config["least_firing"])
    if not features:
        raise ValueError(f"least_firing={config['least_firing']} leaves no feature; allowed: less")

    def steered(chosen: list[Feature], name: str, said: str) -> Effect:
        if not chosen:
            return Effect(0, 0, len(right[name]))
        found = _replies(model, parts[name], config, say, said, steerer_of(chosen, saes))
        return effect(right[name], np.concatenate([r for *_, r in found]))

    validation = {f.layer: steered([f], "validation", f"validation, layer {f.layer}") for f in features}
    chosen = {
        "best of all layers": of_all_layers(states, least_firing=config["least_firing"]),
        "best of each layer": features,
        "passed": kept(features, validation),
        "passed a test": kept(features, validation, test="mcnemar"),
        "random": _random(states, config["seed"]),
    }
    test = [steered(chosen[name], "test", f"test, {name}") for name in VARIANTS]
    layers = [f.layer for f in features]
    return {
        "layers": np.array(layers),
        **{
            name: np.array([getattr(f, name) for f in features])
            for name in ("index", "correlation", "coefficient", "fired", "tied")
        },
        "shuffled": shuffled[:, [sorted(saes).index(layer) for layer in layers]],
        "validation": np.array([[validation[n].plus, validation[n].minus] for n in layers]),
        "test": np.array([[one.plus, one.minus] for one in test]),
        "chosen": np.array([[n in {f.layer for f in chosen[name]} for n in layers] for name in VARIANTS]),
        "accuracy": np.array([right[name].mean() for name in parts]),
        "sizes": np.array([len(part) for part in parts.values()]),
    }


def tasks_of(model: Decoder, config: Config, say: Callable[[str], None]) -> list[Task]:
    """The tasks. Raises ValueError, naming the file and the entry, for what is missing or of another kind, for fewer
    than ten, and without a tokenizer."""
    file = config["tasks_file"]
    if not file:
        count = min(config["tasks"], 40)
        drawn = np.random.default_rng(config["seed"]).integers(0, model.config.vocabulary, (count, 8))
        return [Task(row.tolist(), "") for row in drawn]
    allowed = 'a JSON list of ten or more {"prompt", "answer"}, both texts that are not empty'
    try:
        told = json.loads(Path(file).expanduser().read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise ValueError(f"{file}: no JSON ({error}); allowed: {allowed}") from error
    if not isinstance(told, list) or len(told) < 10:
        raise ValueError(f"{file} is not allowed; allowed: {allowed}")
    for number, one in enumerate(told):
        texts = [one.get(name) for name in ("prompt", "answer")] if isinstance(one, dict) else [None]
        if not all(isinstance(text, str) and text.strip() for text in texts):
            raise ValueError(f"{file}: task {number} is not allowed; allowed: {allowed}")
    if model.tokens is None:
        raise ValueError(f"tasks_file={file!r} is not allowed; allowed: '' for a checkpoint without tokenizer.json")
    say("tasks")
    order = np.random.default_rng(config["seed"]).permutation(len(told))[: config["tasks"]]
    encode = tokens_of(model).encode
    return [Task(encode(told[n]["prompt"])[0][0].tolist(), told[n]["answer"]) for n in order]


Replied = tuple[np.ndarray, np.ndarray, np.ndarray, Bool[np.ndarray, " b"]]
"""(tokens of prompts and replies, real ones, positions that generated, right) of a batch."""


def _replies(
    model: Decoder,
    tasks: Sequence[Task],
    config: Config,
    say: Callable[[str], None],
    said: str,
    steerer: PromptSteerer | None = None,
) -> list[Replied]:
    """The likeliest replies, batch by batch."""
    end = None if model.tokens is None else tokens_of(model).eos
    width = max(len(task.prompt) for task in tasks)
    out = []
    for start in range(0, len(tasks), config["batch"]):
        say(f"{said}, {start + 1} of {len(tasks)}")
        batch = tasks[start : start + config["batch"]]
        # Batches of one shape, or each would be compiled anew.
        rows = [*batch, *[batch[-1]] * (config["batch"] - len(batch))]
        tokens = np.array([[0] * (width - len(row.prompt)) + list(row.prompt) for row in rows])
        real = np.array([[False] * (width - len(row.prompt)) + [True] * len(row.prompt) for row in rows])
        change = [] if steerer is None else steerer.change(config["strength"], where=last_token(real))
        made = generate(model, tokens, config["reply"], real=real, stop=() if end is None else end, change=change)
        lengths, said_tokens = np.asarray(made.lengths), np.asarray(made.tokens)
        where = generating(real, lengths, config["reply"])
        shown = np.concatenate([real, np.arange(config["reply"])[None] < lengths[:, None]], axis=1)
        right = np.array([
            _right(model, task, row[:length])
            for task, row, length in zip(batch, said_tokens, lengths, strict=False)
        ])  # fmt: skip
        whole = np.concatenate([tokens, said_tokens], axis=1)
        out.append((whole[: len(batch)], shown[: len(batch)], where[: len(batch)], right))
    return out


def _right(model: Decoder, task: Task, reply: np.ndarray) -> bool:
    if not task.answer:
        return bool(len(reply) and reply[0] % 2)
    return tokens_of(model).decode(reply).strip().lower().startswith(task.answer.strip().lower())


def autoencoders(
    model: Decoder, config: Config, replies: Sequence[Replied], say: Callable[[str], None]
) -> dict[int, SparseAutoencoder]:
    """By layer, decoder rows of norm 1 where features do not compete. Raises ValueError for a folder without any, a
    layer that the model has not, and a width that is not the model's."""
    if not config["saes_folder"]:
        return _trained(model, config, replies, say)
    place = Path(config["saes_folder"]).expanduser()
    named = {int(found[0]): one for one in sorted(place.iterdir()) if (found := re.findall(r"\d+$", one.name))}
    if not named:
        raise ValueError(f"{place} has no autoencoders; allowed: folders whose names end in the number of a layer")
    saes = {}
    for layer, folder in named.items():
        say(f"autoencoder of layer {layer}")
        sae = load_sae(folder)
        if layer >= model.config.layers:
            raise ValueError(f"{folder}: layer {layer} is not allowed; allowed: 0 to {model.config.layers - 1}")
        if sae.encoder.shape[0] != model.config.width:
            raise ValueError(f"{folder}: d_in={sae.encoder.shape[0]} is not allowed; allowed: {model.config.width}")
        saes[layer] = sae if sae.kind == "topk" else fold_norms(sae)
    return saes


def _trained(
    model: Decoder, config: Config, replies: Sequence[Replied], say: Callable[[str], None]
) -> dict[int, SparseAutoencoder]:
    streams: list[list[np.ndarray]] = [[] for _ in range(model.config.layers)]
    for tokens, shown, *_ in replies:
        read = np.asarray(model.run(tokens, real=shown, read=["blocks.*.resid_post"])["blocks.*.resid_post"])
        for layer, rows in enumerate(read):
            streams[layer].append(rows[shown].astype(np.float32))
    saes = {}
    for layer, rows in enumerate(streams):
        say(f"training an autoencoder of layer {layer}")
        x = jnp.asarray(np.concatenate(rows))
        sae = train_sae(
            x, config["features"] or 4 * model.config.width, kind="relu", sparsity=0.02, steps=config["steps"],
            key=jax.random.key(config["seed"]), quiet=True,
        )  # fmt: skip
        saes[layer] = fold_norms(fold_scale(sae))
    return saes


def _selection(
    model: Decoder, replies: Sequence[Replied], right: Bool[np.ndarray, " n"], saes: Mapping[int, SparseAutoencoder],
    config: Config, say: Callable[[str], None],
) -> tuple[dict[int, Correlations], np.ndarray]:  # fmt: skip
    """Correlations by layer, in one pass; and the largest ones with shuffled success, [shuffles, layers]."""
    layers = sorted(saes)
    generator = np.random.default_rng(config["seed"])
    success = np.stack([right, *(generator.permutation(right) for _ in range(SHUFFLES))])
    states = [[nothing(saes[layer].encoder.shape[1]) for layer in layers] for _ in success]
    sites = [f"blocks.{layer}.resid_post" for layer in layers]
    start = 0
    for tokens, shown, where, y in replies:
        say(f"activations, {start + 1} of {len(right)}")
        read = model.run(tokens, real=shown, read=sites)
        for column, (layer, site) in enumerate(zip(layers, sites, strict=True)):
            z = pooled(saes[layer], jnp.asarray(read[site], jnp.float32), jnp.asarray(where), config["pool"])
            for row, labels in enumerate(success):
                states[row][column] = added(states[row][column], z, jnp.asarray(labels[start : start + len(y)]))
        start += len(y)
    largest = np.array([[float(state.correlation.max()) for state in row] for row in states[1:]])
    return dict(zip(layers, states[0], strict=True)), largest


def _random(states: Mapping[int, Correlations], seed: int) -> list[Feature]:
    """A random feature of each layer among those that fire often, with its own coefficient."""
    generator = np.random.default_rng(seed)
    out = []
    for layer, state in sorted(states.items()):
        often = np.flatnonzero(np.asarray(state.fired) >= RANDOM_FIRES * float(state.count))
        if len(often):
            index = int(generator.choice(often))
            r, c = (float(np.asarray(part)[index]) for part in (state.correlation, state.on_success))
            out.append(Feature(layer, index, r, c, int(np.asarray(state.fired)[index]), 0, r))
    return out


def measure(arrays: Mapping[str, np.ndarray], config: Config) -> dict[str, float]:
    accuracy, sizes = arrays["accuracy"], arrays["sizes"]
    parts = ("selection", "validation", "test")
    numbers = {f"{name} accuracy": float(a) for name, a in zip(parts, accuracy, strict=True)}
    beyond = arrays["correlation"] > arrays["shuffled"].max(0)
    numbers["layers whose correlation exceeds all shuffled ones"] = float(beyond.sum())
    numbers["of layers"] = float(len(beyond))
    numbers["features that fire on one task"] = float((arrays["fired"] == 1).sum())
    for name, (plus, minus), chosen in zip(VARIANTS, arrays["test"], arrays["chosen"], strict=True):
        one = Effect(int(plus), int(minus), int(sizes[2]))
        numbers[f"layers steered, {name}"] = float(chosen.sum())
        numbers[f"gain, {name}"] = one.gain
        numbers[f"put right, {name}"], numbers[f"put wrong, {name}"] = float(plus), float(minus)
        numbers[f"McNemar statistic, {name}"] = one.statistic
    return numbers


APPLICATION = Application(
    name="corrsteer/checkpoint",
    says="Features of sparse autoencoders that are correlated with right replies of a language model, against shuffled "
    "success, and what steering by them puts right and wrong.",
    cost="minutes on a CPU for a hundred million parameters and a few hundred short tasks",
    expects="correlations beyond all shuffled ones in the layers that matter; more replies put right than wrong there, "
    "and not by random features",
    settings=SETTINGS,
    apply=apply,
    measure=measure,
    draw="corollary.figures.corrsteer.checkpoint:checkpoint",
)
