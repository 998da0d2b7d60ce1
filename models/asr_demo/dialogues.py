"""Whole talks of held-out files said by held-out voices, on two channels and on one: who is taken to have said what."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.asr_demo.sentences import part_of, sentences_of
from models.asr_demo.synth import SEED
from models.asr_demo.voices import RATE_HZ, TEST_VOICES, Signal, speak
from models.training.corpus import load_conversations
from nlp.asr.segments import shift
from nlp.asr.transcriber import Transcriber
from nlp.asr.turns import build_turns
from nlp.evaluation.characters import character_errors, spoken
from nlp.roles import RoleModel
from nlp.types import Role, Segment, Turn

MODELS = Path(__file__).parents[1]
LEVEL, NOISE = 0.25, 0.0015
FEWEST, MOST = 8, 14


@dataclass(frozen=True, slots=True)
class Line:
    """One turn of a talk as it was placed in time."""

    role: Role
    text: str
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Dialogue:
    """A talk as sound, (2, samples): the rep on the left, the customer on the right."""

    sound: Signal
    lines: tuple[Line, ...]


def test_dialogues(count: int) -> list[Dialogue]:
    """Talks of rep and customer from the files that judge, as long as they can be said."""
    talks = [talk for talk in load_conversations() if len(talk.turns) > 1]
    parts = part_of(talk.source for talk in load_conversations())
    rng = np.random.default_rng(SEED)
    found: list[Dialogue] = []
    for i in rng.permutation(len(talks)):
        talk = talks[i]
        lines = [(turn.role, _sayable(turn.text)) for turn in talk.turns[:MOST]]
        both = {role for role, _ in lines} == {"rep", "customer"}
        if parts[talk.source] == "test" and len(lines) >= FEWEST and both and all(text for _, text in lines):
            found.append(laid_out(lines, rng))
        if len(found) == count:
            break
    return found


def _sayable(text: str) -> str:
    return "，".join(sentence.text for sentence in sentences_of("", text))


def laid_out(lines: Sequence[tuple[Role, str]], rng: np.random.Generator) -> Dialogue:
    """The lines one after the other with short pauses, each speaker with a voice of their own."""
    voices = rng.choice(list(TEST_VOICES), 2, replace=False)
    manner = [(str(voice), int(rng.integers(190, 260)), int(rng.integers(30, 70))) for voice in voices]
    at = RATE_HZ // 2
    placed: list[tuple[int, int, Signal]] = []
    told: list[Line] = []
    for role, text in lines:
        channel = 0 if role == "rep" else 1
        voice, speed, pitch = manner[channel]
        signal = speak(text, voice=voice, speed=speed, pitch=pitch).signal * np.float32(LEVEL)
        placed.append((channel, at, signal))
        told.append(Line(role, text, at * 1000 // RATE_HZ, (at + signal.size) * 1000 // RATE_HZ))
        at += signal.size + int(rng.integers(250, 700)) * RATE_HZ // 1000
    sound = rng.standard_normal((2, at + RATE_HZ // 2)) * NOISE
    for channel, start, signal in placed:
        sound[channel, start : start + signal.size] += signal
    return Dialogue(sound.astype(np.float32), tuple(told))


def attribution(engine: Transcriber, dialogues: Sequence[Dialogue]) -> dict[str, float]:
    """The share of characters with the right speaker, and the error rate, on two channels and on one."""
    roles = RoleModel.load(MODELS / "roles")
    found: dict[str, float] = {}
    for name in ("two_channels", "mono"):
        right = characters = errors = said = 0
        for dialogue in dialogues:
            turns = heard_turns(engine, dialogue, mono=name == "mono")
            named = _named(turns, roles, mono=name == "mono")
            whole = "".join(line.text for line in dialogue.lines)
            counted = character_errors(whole, "".join(turn.text for turn, _ in named))
            wrong = counted.substitutions + counted.deletions + counted.insertions
            errors, said = errors + wrong, said + counted.length
            for turn, role in named:
                size = len(spoken(turn.text))
                characters += size
                right += size if role == _speaker_at(dialogue, turn) else 0
        found[f"{name}_characters_with_the_right_speaker"] = round(right / max(1, characters), 4)
        found[f"{name}_character_error_rate"] = round(errors / max(1, said), 4)
    return found | {"dialogues": len(dialogues)}


def heard_turns(engine: Transcriber, dialogue: Dialogue, *, mono: bool) -> list[Turn]:
    """The turns of a talk as the product builds them."""
    channels = [dialogue.sound.sum(0)] if mono else list(dialogue.sound)
    segments: list[Segment] = []
    for channel, sound in enumerate(channels):
        heard = engine.transcribe(
            np.ascontiguousarray(sound), language="zh", hotwords=(), on_progress=lambda _: None,
            should_stop=lambda: False,
        )  # fmt: skip
        segments += [shift(segment, 0, channel=channel) for segment in heard]
    return build_turns(segments, len(channels))


def _named(turns: Sequence[Turn], roles: RoleModel, *, mono: bool) -> list[tuple[Turn, Role]]:
    """Roles by the text model: for each turn where all share a channel, for each channel where they do not."""
    predicted = [role for role, _ in roles.predict([turn.text for turn in turns])]
    if mono:
        return list(zip(turns, predicted, strict=True))
    votes = [
        sum((1 if role == "rep" else -1) * len(turn.text) for turn, role in zip(turns, predicted, strict=True)
            if turn.channel == channel)
        for channel in (0, 1)
    ]  # fmt: skip
    rep = 0 if votes[0] >= votes[1] else 1
    return [(turn, "rep" if turn.channel == rep else "customer") for turn in turns]


def _speaker_at(dialogue: Dialogue, turn: Turn) -> Role:
    """Who was speaking for most of the turn's time."""
    start, end = turn.start_ms or 0, turn.end_ms or 0
    overlap = {line: min(end, line.end_ms) - max(start, line.start_ms) for line in dialogue.lines}
    return max(overlap, key=lambda line: overlap[line]).role
