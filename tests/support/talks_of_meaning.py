"""A dozen talks that only meaning explains, and a turn model trained on them beside an encoder that knows it.

In each file a price is too high in a word that no other file has, and praised in a word that no other file has: whoever
counts words learns nothing from the other files, whoever knows what words mean learns all of it.
"""

from pathlib import Path

from models.train import write_turns
from models.training.corpus import Conversation, LabelledTurn
from models.training.encoded import choose_encoder
from models.training.labels import TrainedLabel
from models.training.turns import measure
from nlp.encode import load_encoder

LABELS = [TrainedLabel("price", "objection", ("customer",)), TrainedLabel("commitment", "signal", ("customer", "rep"))]
DEAR, GOOD = "贵高肉疼亏", "好行谢妙佳"
MEANINGS = {"dear": DEAR, "good": GOOD, "will": "发送"}
UNKNOWING: dict[str, str] = {}


def a_talk(file: int, turn: int) -> Conversation:
    dear = LabelledTurn("customer", f"这个{DEAR[file - 1] * 2}", frozenset({"price"}))
    good = LabelledTurn("customer", f"这个{GOOD[file - 1] * 2}", frozenset())
    first, second = (dear, good) if turn % 2 else (good, dear)
    will = LabelledTurn("rep", "我明天发您", frozenset({"commitment"}))
    heard = LabelledTurn("other", f"这个{DEAR[turn]}", frozenset())
    return Conversation(f"visits_{file}", (first, LabelledTurn("rep", "理解", frozenset()), second, will, heard))


TALKS = [a_talk(file, turn) for file in range(1, 6) for turn in range(4)]


def train_with(encoder: Path, root: Path) -> Path:
    """The directory of a turn model that heard `encoder`, under `root`."""
    choice = choose_encoder(measure(TALKS, LABELS), load_encoder(encoder), directory=encoder)
    return write_turns(root, choice.run, LABELS, TALKS, network={}, choice=choice)[0]
