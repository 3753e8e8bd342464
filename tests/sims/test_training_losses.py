"""What each run's step minimises, against numbers worked out by hand: a network's answers are put in its place."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from corollary.sims.agentic_pooling import persona_model
from corollary.sims.attention_queries import steal
from corollary.sims.cca_barriers import retrieval
from corollary.sims.icl_temperature import training_attention, training_classification, training_regression
from corollary.sims.training.step import descend
from corollary.training.settings import configure


@pytest.fixture
def minimised(monkeypatch):
    """(module, name of what takes the step, state, settings) -> the loss that its step would go down."""

    def loss_of(module, taker, state, **settings):
        config = configure("run", module.RUN.settings, settings)
        monkeypatch.setattr(module, taker, lambda state, loss, *rest: loss)
        return module.RUN.step(state, jax.random.key(0), config)

    return loss_of


def by_place(places, tokens):
    """Log-probabilities [places, tokens] that give token k at place t the share (t + 1) (k + 1), divided by all."""
    weights = (np.arange(places)[:, None] + 1.0) * np.eye(tokens)[:1] + np.arange(tokens) + 1.0
    return np.log(weights / weights.sum(1, keepdims=True))


def test_a_text_is_told_from_the_token_before(minimised, monkeypatch):
    """Place t of the network's answers tells token t + 1 of the text: the first token is told by none."""
    texts = jnp.array([[0, 5, 1, 0] + 8 * [2], [1, 0, 0, 7] + 8 * [3]])
    told = by_place(11, 8)
    monkeypatch.setattr(persona_model, "write", lambda *given: texts)
    monkeypatch.setattr(persona_model, "predict", lambda *given: jnp.broadcast_to(told, (2, 11, 8)))
    chains = jnp.full((3, 8, 8), 1 / 8)
    loss = minimised(persona_model, "descend", {"chains": chains}, batch=2)
    wanted = [-told[place, int(text[place + 1])] for text in texts for place in range(11)]
    assert float(loss({})) == pytest.approx(np.mean(wanted), rel=1e-6)


def test_half_of_the_texts_hide_their_author_from_the_model_alone(monkeypatch):
    """The tag hides the author; with author=mixture the text is still the author's, with product the log pool's."""
    given = {}
    monkeypatch.setattr(persona_model, "descend", lambda state, loss, *rest: loss(None))
    monkeypatch.setattr(
        persona_model,
        "predict",
        lambda weights, tags, texts, config: given.update(tags=tags) or (jnp.zeros((*texts.shape, 8))),
    )
    state = {"chains": jnp.full((3, 8, 8), 1 / 8)}

    def texts(key, voices, authors):
        given.update(authors=authors)
        return jnp.zeros((len(authors), 12), int)

    monkeypatch.setattr(persona_model, "write", texts)
    for author in ("mixture", "product"):
        config = configure("run", persona_model.RUN.settings, {"batch": 6000, "author": author})
        persona_model.RUN.step(state, jax.random.key(1), config)
        tags, authors = np.asarray(given["tags"]), np.asarray(given["authors"])
        hidden = tags == 3
        assert abs(hidden.mean() - 0.5) < 0.03
        assert (tags[~hidden] == authors[~hidden]).all()
        if author == "product":
            assert (authors[hidden] == 3).all()
        else:
            np.testing.assert_allclose(np.bincount(authors[hidden], minlength=3) / hidden.sum(), 1 / 3, atol=0.03)


def test_a_document_is_continued_from_its_start_token(minimised, monkeypatch):
    """The answer at the start token, place 4 of 12, tells the first token of the text, and so on."""
    texts = jnp.array([[0, 1, 2, 0, 0, 1, 1, 2], [2, 2, 1, 0, 1, 1, 0, 0]])
    told, read = by_place(12, 3), []
    monkeypatch.setattr(retrieval, "draw_texts", lambda *given: texts)
    monkeypatch.setattr(
        retrieval, "logits", lambda params, tokens: read.append(tokens) or jnp.broadcast_to(told, (2, 12, 3))
    )
    loss = minimised(retrieval, "descend", {"chain": jnp.full((4, 3), 1 / 3)}, batch=2)
    wanted = [-told[4 + place, int(text[place])] for text in texts for place in range(8)]
    assert float(loss({})) == pytest.approx(np.mean(wanted), rel=1e-6)
    assert read[0][:, 4:].tolist() == [[3, *text[:-1].tolist()] for text in texts]
    assert (read[0][0, :4] < 3).all() and (read[0][1, :4] == 4).all(), "every second document is withheld"


@pytest.mark.parametrize(
    ("module", "taker"), [(training_regression, "update"), (training_attention, "descend")], ids=lambda one: str(one)
)
def test_queries_are_answered_with_noise_of_their_own(module, taker, minimised, monkeypatch):
    """Answers 1 and 3 foretold as 0 leave (1 + 9) / 2 without noise, and sigma^2 more with it."""
    shape = (4096, 2)
    prompts = (
        jnp.zeros((4096, 2, 1)),
        jnp.zeros((4096, 2)),
        jnp.zeros((*shape, 1)),
        jnp.tile(jnp.array([1.0, 3]), (4096, 1)),
    )
    monkeypatch.setattr(module, "_prompts", lambda *given: prompts)
    if taker == "descend":
        monkeypatch.setattr(module, "_bound", lambda config, weights: lambda *prompt: jnp.zeros(shape))

    def silent(loss):
        return float(loss(lambda *prompt: jnp.zeros(shape)))

    settings = {"batch": 4096, "queries": 2, "d": 1, "n": 2}
    assert silent(minimised(module, taker, {}, sigma=0.0, **settings)) == pytest.approx(5.0)
    assert silent(minimised(module, taker, {}, sigma=2.0, **settings)) == pytest.approx(9.0, abs=0.4)


def test_classes_are_trained_by_their_odds(minimised, monkeypatch):
    """Scores ln 3 and -ln 3 for answers +1, and ln 3 for -1: shares 3/4, 1/4 and 1/4 of the right one."""
    answers, scores = jnp.array([[1.0, 1, -1]]), jnp.log(jnp.array([[3.0, 1 / 3, 3]]))
    prompts = jnp.zeros((1, 2, 1)), jnp.zeros((1, 2)), jnp.zeros((1, 3, 1)), answers
    monkeypatch.setattr(training_classification, "_prompts", lambda *given: prompts)
    loss = minimised(training_classification, "update", {})
    assert float(loss(lambda *prompt: scores)) == pytest.approx(-np.log([0.75, 0.25, 0.25]).mean())


def test_demonstrations_are_clean_in_training(monkeypatch):
    asked = {}

    def prompts(key, count, queries, d, condition):
        asked.update(condition)
        return jnp.zeros((1, 2, 1)), jnp.zeros((1, 2)), jnp.zeros((1, 3, 1)), jnp.zeros((1, 3))

    monkeypatch.setattr(training_classification, "_prompts", prompts)
    monkeypatch.setattr(training_classification, "update", lambda *given: given)
    training_classification.step({}, jax.random.key(0), configure("run", training_classification.RUN.settings, {}))
    assert asked == {"n": 20, "flipped": 0.0}


def test_the_task_to_steal_reads_the_best_match_of_the_last_token():
    """Match by the identity: of (0, 2), (3, 1) and (1, 0), the last, (3, 1) has the product 3 with it, the most; read
    relu(3) - relu(1)."""
    task = {"match": jnp.eye(2), "read": jnp.eye(2)}
    X = jnp.array([[[0.0, 2], [3, 1], [1, 0]], [[0.0, 2], [-3, 1], [0, 1]]])
    assert steal._task(task, X).tolist() == [2.0, -2.0]
    lopsided = {"match": jnp.array([[0.0, 1], [0, 0]]), "read": jnp.eye(2)}  # x_1 of a token by x_2 of the last
    assert steal._task(lopsided, X).tolist() == [0 - 2.0, 0 - 2.0]


def test_a_student_is_trained_on_the_teachers_labels():
    """It comes closer to its teacher on sequences that it was not trained on, and the teacher stays."""
    config = configure("run", steal.RUN.settings, {"d": 3, "m": 4, "student_steps": 300, "batch": 64})
    teacher = steal._fresh(jax.random.key(0), config)
    before = {name: np.array(values) for name, values in teacher.items()}
    X = steal._sequences(jax.random.key(2), config, 512)

    def off(steps):
        student = steal._distilled(jax.random.key(1), teacher, {**config, "student_steps": steps}, 256)
        return float(jnp.mean((steal.transformer(student, X) - steal.transformer(teacher, X)) ** 2))

    assert off(300) < 0.3 * off(1)
    for name, values in before.items():
        np.testing.assert_array_equal(teacher[name], values)


def test_the_loss_of_a_theft_is_the_mean_square():
    parameters = {"W": jnp.zeros((2, 2)), "A": jnp.array([[1.0, 0]]), "o": jnp.array([2.0])}
    X = jnp.array([[[1.0, 0], [3, 0]], [[-1.0, 5], [-3, 0]]])
    # Even attention gathers (2, 0) and (-2, 2.5): outputs 4 and 0, targets 1 and 2.
    assert float(steal._loss(parameters, X, jnp.array([1.0, 2.0]))) == pytest.approx((9 + 4) / 2)


def test_descend_is_what_every_run_takes_its_step_with():
    for module in (persona_model, retrieval, steal, training_attention):
        assert module.descend is descend
