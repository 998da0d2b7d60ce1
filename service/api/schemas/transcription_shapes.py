"""The answers of OpenAI's transcription endpoint, member for member, made of what was heard.

What our engines do not tell stands there as the value that means nothing: no tokens, `avg_logprob` -1 where there is no
confidence. Phantom text is dropped before, so `no_speech_prob` of what is left is 0.
"""

import math
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nlp.types import Role, Segment, Turn
from service.domain.speech.short_speech import Heard

UNTOLD_LOG_PROB = -1.0
SPEAKERS = "ABCDEFGH"
ROLE_WORDS: Mapping[str, Role] = {
    **dict.fromkeys(("agent", "rep", "sales", "seller", "salesperson", "销售", "销售代表"), "rep"),
    **dict.fromkeys(("customer", "client", "buyer", "客户", "顾客"), "customer"),
}


def joined(texts: Sequence[str]) -> str:
    """Texts in a row; a blank between those that would else melt two Latin words into one."""
    whole = ""
    for text in texts:
        melts = whole[-1:].isascii() and text[:1].isascii() and bool(whole.strip()) and bool(text)
        whole += f" {text}" if melts else text
    return whole


def seconds(ms: int) -> float:
    """Seconds with milliseconds."""
    return round(ms / 1000, 3)


def usage(heard: Heard) -> dict[str, Any]:
    """What a client is billed for elsewhere: begun seconds."""
    return {"type": "duration", "seconds": math.ceil(heard.duration_ms / 1000)}


def as_json(heard: Heard) -> dict[str, Any]:
    """`response_format=json`."""
    return {"text": text_of(heard), "usage": usage(heard)}


def text_of(heard: Heard) -> str:
    """`response_format=text`."""
    return joined([segment.text for segment in heard.segments])


def as_verbose(heard: Heard, *, language: str, granularities: Sequence[str]) -> dict[str, Any]:
    """`response_format=verbose_json`: segments unless only words were asked for, words only where they were."""
    wants_segments = "segment" in granularities or not granularities
    return {
        "task": "transcribe",
        "language": language,
        "duration": seconds(heard.duration_ms),
        "text": text_of(heard),
        "segments": [_segment(i, s) for i, s in enumerate(heard.segments)] if wants_segments else None,
        "words": _words(heard) if "word" in granularities else None,
        "usage": usage(heard),
    }


def _segment(number: int, segment: Segment) -> dict[str, Any]:
    raw = segment.text.encode()
    told = segment.confidence is not None and segment.confidence > 0
    return {
        "id": number,
        "seek": segment.start_ms // 10,  # in frames of 10 ms, as Whisper counts
        "start": seconds(segment.start_ms),
        "end": seconds(segment.end_ms),
        "text": segment.text,
        "tokens": [],
        "temperature": 0.0,
        "avg_logprob": round(math.log(segment.confidence or 1), 4) if told else UNTOLD_LOG_PROB,
        "compression_ratio": round(len(raw) / len(zlib.compress(raw)), 3),
        "no_speech_prob": 0.0,
    }


def _words(heard: Heard) -> list[dict[str, Any]]:
    return [
        {"word": word.text, "start": seconds(word.start_ms), "end": seconds(word.end_ms)}
        for segment in heard.segments
        for word in segment.words
    ]


def as_diarized(heard: Heard, names: Mapping[Role, str]) -> dict[str, Any]:
    """`response_format=diarized_json`: a segment a turn; speakers by the caller's names or A, B, C as they begin."""
    speaker = speakers(heard.turns, names)
    return {
        "task": "transcribe",
        "duration": seconds(heard.duration_ms),
        "text": joined([turn.text for turn in heard.turns]),
        "segments": [diarized_segment(turn, speaker(turn)) for turn in heard.turns],
        "usage": usage(heard),
    }


def diarized_segment(turn: Turn, speaker: str) -> dict[str, Any]:
    """One turn, as a member of `segments` and as an event of a stream alike."""
    return {
        "type": "transcript.text.segment",
        "id": f"seg_{turn.i}",
        "start": seconds(turn.start_ms or 0),
        "end": seconds(turn.end_ms or 0),
        "speaker": speaker,
        "text": turn.text,
    }


def speakers(turns: Sequence[Turn], names: Mapping[Role, str]) -> Callable[[Turn], str]:
    """What each turn's speaker is called."""
    order = list(dict.fromkeys(turn.role for turn in turns if turn.role not in names))
    letters = {role: SPEAKERS[i] for i, role in enumerate(order)}
    return lambda turn: names.get(turn.role) or letters[turn.role]


def as_srt(heard: Heard) -> str:
    """`response_format=srt`."""
    return "".join(
        f"{n}\n{_clock(s.start_ms, ',')} --> {_clock(s.end_ms, ',')}\n{_line(s.text)}\n\n"
        for n, s in enumerate(heard.segments, 1)
    )


def as_vtt(heard: Heard) -> str:
    """`response_format=vtt`."""
    cues = (
        f"{_clock(s.start_ms, '.')} --> {_clock(s.end_ms, '.')}\n{_escaped(_line(s.text))}\n\n" for s in heard.segments
    )
    return "WEBVTT\n\n" + "".join(cues)


def _line(text: str) -> str:
    # "-->" inside a text would be read as a time line.
    return " ".join(text.split()).replace("-->", "→")


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _clock(ms: int, mark: str) -> str:
    whole, part = divmod(ms, 1000)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}{mark}{part:03d}"
