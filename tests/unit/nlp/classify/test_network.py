"""The network's reading: numbers for characters and sounds, one vector a turn, the talk around it."""

import numpy as np
import pytest

from models.training.network_graph import DILATIONS, HEADS, reader_graph, talk_graph
from nlp.classify.artefact import session
from nlp.classify.network import FIRST, MAX_TURN, ROLE_NUMBERS, UNKNOWN, NetworkScorer, numbers_of, padded
from tests.support.tiny_linear import a_spelling

CHARACTERS = ("太", "贵", "好")
WIDTH, LABELS, SOUNDS = 4, 2, 8


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
    return NetworkScorer(
        CHARACTERS, a_spelling(), reader=session(reader_graph(arrays)), talk=session(talk_graph(arrays))
    )


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
