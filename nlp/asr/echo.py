"""The prompt and the hot words, spoken back by the engine over silence.

Invariant: a segment is dropped only when it consists of what we put into the engine's ear: the prompt, or at least
three hot words in the order in which we listed them.
"""

from collections.abc import Sequence
from difflib import SequenceMatcher

from nlp.asr.drops import Dropped
from nlp.asr.phantom import bare
from nlp.types import Segment

MIN_PROMPT_CHARS = 5
SAME = 0.85
MIN_LISTED = 3
MAX_REST_CHARS = 2


def drop_echoes(
    segments: Sequence[Segment], *, prompt: str, hotwords: Sequence[str]
) -> tuple[list[Segment], list[Dropped]]:
    """Segments without the engine's own prompt, and what was taken out."""
    plain_prompt, listed = bare(prompt), [bare(w) for w in hotwords]
    kept: list[Segment] = []
    dropped: list[Dropped] = []
    for segment in segments:
        evidence = _echo(bare(segment.text), prompt=plain_prompt, hotwords=listed)
        if evidence is None:
            kept.append(segment)
        else:
            dropped.append(Dropped(segment.text, segment.start_ms, segment.end_ms, segment.channel, "echo", evidence))
    return kept, dropped


def _echo(text: str, *, prompt: str, hotwords: Sequence[str]) -> str | None:
    if len(text) >= MIN_PROMPT_CHARS and prompt:
        # Also the prompt said several times, and pieces of it.
        if text in prompt or not text.replace(prompt, ""):
            return "prompt"
        if SequenceMatcher(None, text, prompt, autojunk=False).ratio() >= SAME:
            return "prompt"
    return "hotwords" if _lists(text, hotwords) else None


def _lists(text: str, hotwords: Sequence[str]) -> bool:
    """Whether `text` is three or more neighbours of the hot-word list, in its order, and nearly nothing else."""
    for first in range(len(hotwords) - MIN_LISTED + 1):
        at, found = 0, 0
        for word in hotwords[first:]:
            if not word or not text.startswith(word, at):
                break
            at += len(word)
            found += 1
        if found >= MIN_LISTED and len(text) - at <= MAX_REST_CHARS:
            return True
    return False
