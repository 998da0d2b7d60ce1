"""Transcripts for people and for players: JSON, SubRip, WebVTT, and a page with the keywords in red.

Invariant: nothing said is left out or changed except line breaks, and nothing said can become markup; SubRip and
WebVTT hold only cues that really have times.
"""

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from nlp.errors import InputInvalid
from nlp.types import Finding, Role, Transcript, Turn

ROLE_NAMES: dict[Role, str] = {"rep": "销售", "customer": "客户", "other": "其他"}
MAX_CUE_CHARS = 42  # two lines of 21 characters, what a phone in landscape shows
BREAKS = re.compile(r"(?<=[。？！；，、,.?!;])")
STYLE = (
    "body{font-family:system-ui,'PingFang SC','Microsoft YaHei',sans-serif;line-height:1.7;max-width:46rem;"
    "margin:2rem auto;padding:0 1rem}"
    "p{margin:.5rem 0}.time{color:#666;font-variant-numeric:tabular-nums}.role{font-weight:600}"
    ".keyword{color:#c00;font-weight:700;text-decoration:underline}"
    ".keyword::before{content:'【'}.keyword::after{content:'】'}"
)


@dataclass(frozen=True, slots=True)
class Cue:
    """What stands on the screen at one time."""

    start_ms: int
    end_ms: int
    role: Role
    text: str


def to_json(transcript: Transcript) -> dict[str, Any]:
    """The transcript as JSON values: turns with times, role, text as stored and as heard, and words."""
    return {
        "language": transcript.language,
        "duration_ms": transcript.duration_ms,
        "turns": [
            {
                "i": turn.i,
                "role": turn.role,
                "role_score": turn.role_score,
                "start_ms": turn.start_ms,
                "end_ms": turn.end_ms,
                "channel": turn.channel,
                "text": turn.text,
                "raw_text": turn.raw_text,
                "confidence": turn.confidence,
                "corrections": [{"span": list(c.span), "term": c.term, "pack": c.pack} for c in turn.corrections],
                "words": [
                    {"text": w.text, "start_ms": w.start_ms, "end_ms": w.end_ms, "confidence": w.confidence}
                    for w in turn.words
                ],
            }
            for turn in transcript.turns
        ],
    }


def to_text(transcript: Transcript) -> str:
    """One line per turn: role and words, with a time where there is one."""
    lines = []
    for turn in transcript.turns:
        clock = "" if turn.start_ms is None else f"[{_clock(turn.start_ms)}] "
        lines.append(f"{clock}{ROLE_NAMES[turn.role]}：{_one_line(turn.text)}\n")
    return "".join(lines)


def to_srt(transcript: Transcript) -> str:
    """SubRip captions, UTF-8, `\\n` line ends.

    Raises:
        InputInvalid: the transcript has no times.
    """
    blocks = []
    for number, cue in enumerate(cues(transcript), start=1):
        # "-->" inside a text would be read as a time line; the arrow means the same to a reader.
        text = f"{ROLE_NAMES[cue.role]}：{cue.text}".replace("-->", "→")
        blocks.append(f"{number}\n{_stamp(cue.start_ms, ',')} --> {_stamp(cue.end_ms, ',')}\n{text}\n")
    return "\n".join(blocks)


def to_vtt(transcript: Transcript) -> str:
    """WebVTT captions with voice tags, UTF-8, `\\n` line ends.

    Raises:
        InputInvalid: the transcript has no times.
    """
    blocks = ["WEBVTT\n"]
    for number, cue in enumerate(cues(transcript), start=1):
        text = html.escape(cue.text, quote=False)
        times = f"{_stamp(cue.start_ms, '.')} --> {_stamp(cue.end_ms, '.')}"
        blocks.append(f"{number}\n{times}\n<v {ROLE_NAMES[cue.role]}>{text}</v>\n")
    return "\n".join(blocks)


def to_html(transcript: Transcript, findings: Iterable[Finding] = (), *, title: str = "拜访记录") -> str:
    """A page that stands alone, keywords in red, bold, underlined and in brackets, so that they show without colour.

    Args:
        findings: those of kind `keyword` are marked; spans refer to `Turn.text`; overlapping ones become one mark.
    """
    spans: dict[int, list[tuple[int, int]]] = {}
    for finding in findings:
        if finding.kind == "keyword":
            spans.setdefault(finding.turn, []).append(finding.span)
    rows = [_paragraph(turn, spans.get(turn.i, [])) for turn in transcript.turns]
    safe_title = html.escape(title)
    return (
        f'<!doctype html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">\n<title>{safe_title}</title>\n'
        f"<style>{STYLE}</style>\n</head>\n<body>\n<h1>{safe_title}</h1>\n" + "".join(rows) + "</body>\n</html>\n"
    )


def cues(transcript: Transcript) -> list[Cue]:
    """Turns cut into what fits on a screen; times inside a turn from its words, else in proportion to its characters.

    Raises:
        InputInvalid: a turn has no times.
    """
    result: list[Cue] = []
    for turn in transcript.turns:
        if turn.start_ms is None or turn.end_ms is None:
            raise InputInvalid(
                f"turn {turn.i} has no times, so captions cannot be made; ask for json, txt or html instead"
            )
        result += _turn_cues(turn, turn.start_ms, turn.end_ms)
    return result


def _turn_cues(turn: Turn, start_ms: int, end_ms: int) -> list[Cue]:
    pieces = _screenfuls(_one_line(turn.text))
    total = max(1, sum(len(p) for p in pieces))
    timeline = _timeline(turn, start_ms, end_ms)
    made: list[Cue] = []
    seen, at = 0, start_ms
    for n, piece in enumerate(pieces):
        seen += len(piece)
        until = end_ms if n == len(pieces) - 1 else _time_at(timeline, seen / total)
        until = max(at, min(until, end_ms))
        # A cue without duration is shown by no player.
        made.append(Cue(at, max(until, at + 1), turn.role, piece.strip()))
        at = until
    return made


def _screenfuls(text: str) -> list[str]:
    """`text` in pieces of at most MAX_CUE_CHARS, cut after punctuation where there is some; joined they are `text`."""
    pieces: list[str] = []
    for clause in BREAKS.split(text):
        parts = [clause[i : i + MAX_CUE_CHARS] for i in range(0, len(clause), MAX_CUE_CHARS)]
        for part in parts:
            if pieces and len(pieces[-1]) + len(part) <= MAX_CUE_CHARS:
                pieces[-1] += part
            else:
                pieces.append(part)
    return [p for p in pieces if p.strip()]


def _timeline(turn: Turn, start_ms: int, end_ms: int) -> list[tuple[float, int]]:
    """(share of the characters said, time) from the turn's words; the two ends alone where it has none."""
    total = sum(len(w.text) for w in turn.words)
    points: list[tuple[float, int]] = [(0.0, start_ms)]
    seen = 0
    for word in turn.words:
        seen += len(word.text)
        points.append((seen / max(1, total), word.end_ms))
    return [*points, (1.0, end_ms)]


def _time_at(timeline: Sequence[tuple[float, int]], share: float) -> int:
    (left, left_ms), (right, right_ms) = timeline[0], timeline[-1]
    for point, at_ms in timeline:
        if point <= share:
            left, left_ms = point, at_ms
        else:
            right, right_ms = point, at_ms
            break
    if right <= left:
        return left_ms
    return round(left_ms + (right_ms - left_ms) * (share - left) / (right - left))


def _paragraph(turn: Turn, spans: Sequence[tuple[int, int]]) -> str:
    time = "" if turn.start_ms is None else f'<span class="time">{_clock(turn.start_ms)}</span> '
    return (
        f'<p id="turn-{turn.i}" class="{turn.role}">{time}<span class="role">{ROLE_NAMES[turn.role]}：</span>'
        f"{_marked(turn.text, spans)}</p>\n"
    )


def _marked(text: str, spans: Sequence[tuple[int, int]]) -> str:
    out: list[str] = []
    at = 0
    for start, end in _united(spans, len(text)):
        out.append(html.escape(text[at:start]))
        out.append(f'<span class="keyword" style="color:#c00">{html.escape(text[start:end])}</span>')
        at = end
    return "".join(out) + html.escape(text[at:])


def _united(spans: Sequence[tuple[int, int]], length: int) -> list[tuple[int, int]]:
    united: list[tuple[int, int]] = []
    for start, end in sorted((max(0, start), min(end, length)) for start, end in spans):
        if start >= end:
            continue
        if united and start < united[-1][1]:
            united[-1] = (united[-1][0], max(end, united[-1][1]))
        else:
            united.append((start, end))
    return united


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def _clock(ms: int) -> str:
    seconds = ms // 1000
    hours, rest = divmod(seconds, 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60:02d}:{rest % 60:02d}"


def _stamp(ms: int, decimal: str) -> str:
    seconds, millis = divmod(ms, 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{decimal}{millis:03d}"
