"""What the network said of a turn is found again although the corpus has grown around it."""

import numpy as np

from models.training.corpus import Conversation, LabelledTurn
from models.training.matrix import TurnTable, turn_table
from models.training.opinions import keys_of, pack_opinions, unpack_opinions


def a_talk(source: str, *texts: str) -> Conversation:
    return Conversation(source, tuple(LabelledTurn("customer", text, frozenset()) for text in texts))


def a_table(*talks: Conversation) -> TurnTable:
    return turn_table(list(talks), [])


def test_opinions_survive_new_turns_around_them() -> None:
    old = a_table(a_talk("visits_1", "太贵了", "好"))
    packed = pack_opinions(old, np.asarray([0, 1]), np.asarray([[1.5, -2.0], [0.5, 0.25]], np.float32))
    new = a_table(a_talk("snippets_1", "新的"), a_talk("visits_1", "太贵了", "好"), a_talk("visits_1", "再说"))
    heard = unpack_opinions(packed, new, 2)
    assert heard.known.tolist() == [False, True, True, False]
    assert heard.margins[1:3].tolist() == [[1.5, -2.0], [0.5, 0.25]]
    assert not heard.margins[[0, 3]].any()


def test_the_same_words_after_other_words_are_another_turn() -> None:
    keys = keys_of(a_table(a_talk("visits_1", "贵吗", "好"), a_talk("visits_1", "行吗", "好")))
    assert len(set(keys)) == 4


def test_the_first_turn_of_a_talk_has_nothing_before_it() -> None:
    one, other = a_table(a_talk("visits_1", "a"), a_talk("visits_1", "好")), a_table(a_talk("visits_1", "好"))
    assert keys_of(one)[1] == keys_of(other)[0]
