"""The network's reading: numbers for characters and sounds, one vector a turn, the talk around it."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.training.network_graph import DILATIONS, EPSILON, HEADS, reader_graph, sounds_of, talk_graph
from nlp.classify.artefact import session
from nlp.classify.network import FIRST, MAX_TURN, PAD, ROLE_NUMBERS, UNKNOWN, NetworkScorer, numbers_of, padded
from tests.support.tiny_linear import a_spelling

CHARACTERS = ("太", "贵", "好")
WIDTH, LABELS, SOUNDS = 4, 2, 8
Floats = NDArray[np.floating]


def some_arrays(seed: int = 3) -> dict[str, np.ndarray]:  # type: ignore[type-arg]
    """A network with random weights, in the shapes of the trained one."""
    draw = np.random.default_rng(seed)
    shapes: dict[str, tuple[int, ...]] = {
        "ce.weight": (len(CHARACTERS) + FIRST, WIDTH),
        "se.weight": (SOUNDS, WIDTH),
        "att.weight": (HEADS, WIDTH),
        "att.bias": (HEADS,),
        "tv.weight": (2 * WIDTH, (HEADS + 1) * WIDTH),
        "tv.bias": (2 * WIDTH,),
        "re.weight": (len(ROLE_NUMBERS) + 1, 2 * WIDTH),
        "out.weight": (LABELS, 4 * WIDTH),
        "out.bias": (LABELS,),
    }
    for layer in range(len(DILATIONS)):
        shapes |= {f"c.{layer}.weight": (WIDTH, 3 * WIDTH), f"c.{layer}.bias": (WIDTH,)}
        shapes |= {f"n.{layer}.weight": (WIDTH,), f"n.{layer}.bias": (WIDTH,)}
    for layer in range(2):
        shapes |= {f"t.{layer}.weight": (2 * WIDTH, 6 * WIDTH), f"t.{layer}.bias": (2 * WIDTH,)}
        shapes |= {f"m.{layer}.weight": (2 * WIDTH,), f"m.{layer}.bias": (2 * WIDTH,)}
    arrays = {name: draw.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}
    arrays["ce.weight"][0] = arrays["se.weight"][0] = 0
    return arrays


def a_network() -> NetworkScorer:
    arrays = some_arrays()
    reader = reader_graph(arrays, sounds_of(CHARACTERS, a_spelling()))
    return NetworkScorer(CHARACTERS, a_spelling(), reader=session(reader), talk=session(talk_graph(arrays)))


NETWORK = a_network()


def normal(rows: Floats, arrays: dict[str, Floats], layer: str) -> Floats:
    centred = rows - rows.mean(axis=-1, keepdims=True)
    spread = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + EPSILON)
    return centred / spread * arrays[f"{layer}.weight"] + arrays[f"{layer}.bias"]


def gelu(rows: Floats) -> Floats:
    return rows * 0.5 * (1 + np.vectorize(math.erf)(rows / math.sqrt(2)))


def by_hand(arrays: dict[str, Floats], text: str) -> Floats:
    """The vector of one turn, as the network was trained: a plain convolution over characters and sounds."""
    written, sounded = numbers_of(text, {mark: n for n, mark in enumerate(CHARACTERS, FIRST)}, a_spelling())
    rows = arrays["ce.weight"][written] + arrays["se.weight"][sounded]
    for layer, step in enumerate(DILATIONS):
        calm, none = normal(rows, arrays, f"n.{layer}"), np.zeros((step, WIDTH))
        before, after = np.concatenate([none, calm])[: len(rows)], np.concatenate([calm, none])[step:]
        near = np.concatenate([before, calm, after], axis=1) @ arrays[f"c.{layer}.weight"].T
        rows = rows + gelu(near + arrays[f"c.{layer}.bias"])
    heads = rows @ arrays["att.weight"].T + arrays["att.bias"]
    weights = np.exp(heads - heads.max(axis=0)) / np.exp(heads - heads.max(axis=0)).sum(axis=0)
    pooled = np.concatenate([(weights.T @ rows).ravel(), rows.max(axis=0)])
    return gelu(arrays["tv.weight"] @ pooled + arrays["tv.bias"])


@pytest.mark.parametrize(
    "text",
    ["太贵", "好", "", "跪", "贱", "太跪贱好贵" * 4, "好" * MAX_TURN],
    ids=["known", "one", "empty", "known by its sound", "known by nothing", "all of them", "as long as it reads"],
)
def test_the_graph_reads_a_turn_as_the_network_was_trained(text: str) -> None:
    arrays = some_arrays()
    reader = session(reader_graph(arrays, sounds_of(CHARACTERS, a_spelling())))
    pairs = [numbers_of(said, {mark: n for n, mark in enumerate(CHARACTERS, FIRST)}, a_spelling())
             for said in (text, "太贵好太贵好")]  # fmt: skip
    feeds = {"written": padded([pair[0] for pair in pairs]), "sounded": padded([pair[1] for pair in pairs])}
    vectors = reader.run(["vectors"], feeds)[0]
    assert vectors[0] == pytest.approx(by_hand(arrays, text), rel=1e-4, abs=1e-4)
    assert vectors[1] == pytest.approx(by_hand(arrays, "太贵好太贵好"), rel=1e-4, abs=1e-4)


def test_every_character_has_its_sound_behind_the_two_that_are_none() -> None:
    first, second, *known = sounds_of(CHARACTERS, a_spelling())
    assert (first, second) == (PAD, UNKNOWN)
    assert known == [numbers_of(mark, {}, a_spelling())[1][0] for mark in CHARACTERS]


def test_known_characters_have_numbers_and_others_share_one() -> None:
    written, _ = numbers_of("太贱贵", {"太": 2, "贵": 3}, a_spelling())
    assert written == [2, UNKNOWN, 3]


def test_sound_alikes_have_one_sound() -> None:
    assert numbers_of("贵", {}, a_spelling())[1] == numbers_of("跪", {}, a_spelling())[1] != [UNKNOWN]


def test_an_empty_turn_still_has_a_character() -> None:
    assert numbers_of("", {}, a_spelling()) == ([UNKNOWN], [UNKNOWN])


def test_a_long_turn_is_cut() -> None:
    assert len(numbers_of("贵" * 500, {"贵": 2}, a_spelling())[0]) == MAX_TURN


def test_rows_are_padded_to_the_longest() -> None:
    assert padded([[2, 3], [4]]).tolist() == [[2, 3], [4, 0]]


def test_one_row_of_margins_a_turn() -> None:
    margins = a_network().margins(["太贵", "好", ""], ["customer", "rep", "other"])
    assert margins.shape == (3, LABELS)
    assert np.isfinite(margins).all()


def test_a_turn_reads_the_same_beside_longer_ones() -> None:
    network = a_network()
    alone = network.margins(["太贵"], ["customer"])
    far = network.margins(["太贵", *["好" * 40] * 30], ["customer", *["rep"] * 30])
    assert far.shape == (31, LABELS)
    assert network.margins(["太贵"], ["customer"]) == pytest.approx(alone, abs=1e-5)
    later = network.margins([*["好" * 40] * 30, "好", "好", "好", "太贵"], ["rep"] * 33 + ["customer"])
    short = network.margins(["好", "好", "好", "太贵"], ["rep"] * 3 + ["customer"])
    assert later[-1] == pytest.approx(short[-1], abs=1e-4)


def test_neighbours_and_roles_change_the_margin() -> None:
    network = a_network()
    plain = network.margins(["太贵", "好"], ["customer", "rep"])[0]
    assert network.margins(["太贵", "太贵"], ["customer", "rep"])[0] != pytest.approx(plain)
    assert network.margins(["太贵", "好"], ["rep", "rep"])[0] != pytest.approx(plain)


def test_a_turn_out_of_reach_changes_nothing() -> None:
    network = a_network()
    talk = ["太贵", "好", "好", "好", "好"]
    one = network.margins(talk, ["customer"] * 5)[0]
    other = network.margins([*talk[:-1], "太贵贵"], ["customer"] * 5)[0]
    assert other == pytest.approx(one, abs=1e-5)


@given(st.lists(st.text(alphabet="太贵跪好贱🙂ａＡ1。 \x00", max_size=MAX_TURN + 5), min_size=1, max_size=6))
def test_turns_together_have_the_numbers_of_each(texts: list[str]) -> None:
    numbers = {mark: n for n, mark in enumerate(CHARACTERS, FIRST)}
    pairs = [numbers_of(text, numbers, a_spelling()) for text in texts]
    written, sounded = NETWORK.numbers(texts)
    assert written.tolist() == padded([pair[0] for pair in pairs]).tolist()
    assert sounded.tolist() == padded([pair[1] for pair in pairs]).tolist()
