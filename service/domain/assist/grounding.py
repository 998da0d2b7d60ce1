"""What is kept of an answer: sentences whose quotes stand in the conversation, labels that have one, and nothing else.

Invariant: no sentence is kept with an address, markup, a mention, a key, words of our own rules, or a person's name
that the model was not given; each dropped item is counted.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nlp.text.grounding import find_span
from nlp.types import Claim, Finding, SummarySentence, Turn
from service.domain.assist.template import visible

SUMMARY_CHARACTERS = 120
SENTENCES = 6
SHORTEST_QUOTE = 2
_FIGURE = re.compile(r"\d+(?:\.\d+)?")
_UNSAFE = re.compile(
    r"""(?ix) https?: | www\. | :// | [a-z0-9-]+\.(com|cn|net|org|io|top|xyz|example)\b | [<>`\[\]{}|\\] | [@＠]
    | javascript: | data: | !\s*\[ | \*\* | \$\( | \b(drop|select|insert|delete|update)\s+(table|from|into)\b | ;\s*--
    | \brm\s+-rf\b | \b(sk|fcue|whsec)[-_][a-z0-9] | bearer\s | \bsystem\s*: | api[_\s-]?key | 系统提示 | 提示词""",
)


@dataclass(frozen=True, slots=True)
class Kept:
    """Sentences that stand on quotes, and how many did not."""

    sentences: tuple[SummarySentence, ...]
    dropped: int


def keep_sentences(
    answer: Mapping[str, Any], turns: Sequence[Turn], *, canary: str, names_in: Callable[[str], bool]
) -> Kept:
    """The sentences of a summary that may be shown.

    Args:
        turns: what the model was given, masked.
        canary: a word of the rules that no honest answer repeats.
        names_in: whether a text holds a person's name or number; what was sent was masked, so one would be invented.
    """
    by_number = {turn.i: turn for turn in turns}
    kept: list[SummarySentence] = []
    dropped = 0
    for item in answer["sentences"]:
        text = visible(item["text"]).strip()
        grounds = tuple(dict.fromkeys(q["turn"] for q in item["quotes"] if _stands(q, by_number)))
        said = "".join(by_number[number].text for number in grounds)
        if not grounds or not _follows(text, said) or is_unsafe(text, canary) or names_in(text):
            dropped += 1
            continue
        kept.append(SummarySentence(text, grounds))
    return Kept(tuple(kept), dropped)


def is_unsafe(text: str, canary: str) -> bool:
    """Whether a sentence holds what no summary needs: addresses, markup, mentions, commands, our own rules."""
    return bool(_UNSAFE.search(text)) or canary in text


def _stands(quote: Mapping[str, Any], turns: Mapping[int, Turn]) -> bool:
    turn = turns.get(quote["turn"])
    return (
        turn is not None
        and len(quote["quote"].strip()) >= SHORTEST_QUOTE
        and find_span(quote["quote"], turn.text) is not None
    )


def _follows(text: str, said: str) -> bool:
    """Whether a sentence can come from the turns it quotes: two letters in a row are theirs, and every figure is."""
    pairs = {text[i : i + 2] for i in range(len(text) - 1) if text[i : i + 2].isalnum()}
    return any(pair in said for pair in pairs) and all(figure in said for figure in _FIGURE.findall(text))


def merge(pieces: Sequence[Kept]) -> Kept:
    """One summary of several pieces of a conversation: their sentences in turn, one of each piece at a time, in the
    order of the conversation; deterministic."""
    chosen: list[tuple[int, int]] = []
    for rank in range(SENTENCES):
        for piece, kept in enumerate(pieces):
            if rank < len(kept.sentences) and len(chosen) < SENTENCES:
                chosen.append((piece, rank))
    sentences = tuple(pieces[piece].sentences[rank] for piece, rank in sorted(chosen))
    return Kept(sentences, sum(piece.dropped for piece in pieces))


def short_form(sentences: Sequence[SummarySentence]) -> str:
    """The sentences that fit into 120 characters, the first cut if even that one does not."""
    text = ""
    for sentence in sentences:
        if len(text) + len(sentence.text) > SUMMARY_CHARACTERS:
            break
        text += sentence.text
    return text or sentences[0].text[: SUMMARY_CHARACTERS - 1] + "…"


def grounded_labels(answer: Mapping[str, Any], turns: Sequence[Turn]) -> tuple[set[tuple[int, str]], int]:
    """Turn and code of each label whose quote stands in the turn it names, and how many labels have none."""
    by_number = {turn.i: turn for turn in turns}
    standing = [(label["turn"], label["code"]) for label in answer["labels"] if _stands(label, by_number)]
    return set(standing), len(answer["labels"]) - len(standing)


def verbatim_claims(answer: Mapping[str, Any], turns: Sequence[Turn]) -> list[Claim]:
    """The labels whose quote stands word for word in the turn they name, with its first place there."""
    by_number = {turn.i: turn.text for turn in turns}
    found = []
    for label in answer["labels"]:
        quote = label["quote"].strip()
        start = by_number.get(label["turn"], "").find(quote)
        if start >= 0 and len(quote) >= SHORTEST_QUOTE:
            found.append(Claim(label["turn"], label["code"], (start, start + len(quote))))
    return found


def agreeing(answer: Mapping[str, Any], findings: Sequence[Finding], turns: Sequence[Turn]) -> dict[str, bool]:
    """For each objection and signal found by the shipped models, whether the second opinion names it too.

    A label counts when its quote stands in the turn it names; scores are never taken from the answer.
    """
    named, _ = grounded_labels(answer, turns)
    by_number = {turn.i for turn in turns}
    judged = [finding for finding in findings if finding.kind in ("objection", "signal") and finding.turn in by_number]
    return {finding.id: (finding.turn, finding.code) in named for finding in judged}
