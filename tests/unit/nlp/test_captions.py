import json
import re
from html.parser import HTMLParser
from io import StringIO
from itertools import pairwise
from typing import Any

import pytest
import srt
import webvtt
from hypothesis import given
from hypothesis import strategies as st

from nlp.captions import MAX_CUE_CHARS, cues, to_html, to_json, to_srt, to_text, to_vtt
from nlp.errors import InputInvalid
from nlp.types import Explanation, Finding, Transcript, Turn, Word


def _turn(
    text: str, start_ms: int | None = 0, end_ms: int | None = 2000, *, i: int = 0, role: str = "customer"
) -> Turn:
    return Turn(i=i, text=text, role=role, start_ms=start_ms, end_ms=end_ms, raw_text=text)


def _transcript(*turns: Turn) -> Transcript:
    return Transcript(turns=turns, duration_ms=60_000)


def _keyword(turn: int, start: int, end: int, quote: str, kind: str = "keyword") -> Finding:
    return Finding(
        id=f"f{start}",
        kind=kind,
        code="price",
        score=1.0,
        turn=turn,
        role="customer",
        span=(start, end),
        quote=quote,
        explanation=Explanation("keywords", "1"),
    )


TALK = _transcript(
    _turn("您好，我是澜拓的小许。", 500, 3_200, role="rep"),
    _turn("你们的报价比预想的高。", 3_600, 6_000, i=1),
    _turn("（敲门声）", 3_700_000, 3_701_000, i=2, role="other"),
)


class _Page(HTMLParser):
    """Collects text and what stands inside keyword spans; fails on tags that do not close."""

    def __init__(self) -> None:
        super().__init__()
        self.stack: list[tuple[str, str]] = []
        self.text: list[str] = []
        self.keywords: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "meta":
            self.stack.append((tag, dict(attrs).get("class") or ""))
        if (tag, dict(attrs).get("class")) == ("span", "keyword"):
            self.keywords.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop()[0] == tag

    def handle_data(self, data: Any) -> None:
        if any(tag in ("style", "title") for tag, _ in self.stack):
            return
        self.text.append(data)
        if self.stack and self.stack[-1] == ("span", "keyword"):
            self.keywords[-1] += data


def _read_page(page: str) -> _Page:
    reader = _Page()
    reader.feed(page)
    reader.close()
    assert reader.stack == []
    return reader


def test_subrip_is_read_by_a_foreign_parser_with_roles_and_times() -> None:
    read = list(srt.parse(to_srt(TALK)))
    assert [s.content for s in read] == [
        "销售：您好，我是澜拓的小许。",
        "客户：你们的报价比预想的高。",
        "其他：（敲门声）",
    ]
    assert [(s.start.total_seconds(), s.end.total_seconds()) for s in read][:2] == [(0.5, 3.2), (3.6, 6.0)]
    assert read[2].start.total_seconds() == 3_700.0
    assert [s.index for s in read] == [1, 2, 3]


def test_webvtt_is_read_by_a_foreign_parser_with_voices_and_times() -> None:
    read = webvtt.from_buffer(StringIO(to_vtt(TALK)))
    assert [(c.voice, c.text) for c in read] == [
        ("销售", "您好，我是澜拓的小许。"),
        ("客户", "你们的报价比预想的高。"),
        ("其他", "（敲门声）"),
    ]
    assert (read[0].start, read[2].end) == ("00:00:00.500", "01:01:41.000")


@pytest.mark.parametrize(
    "text", ["a --> b\n\n2\n00:00:01,000 --> 00:00:02,000\n假的", "<b>粗</b> & <script>", "第一行\r\n\r\n第二行"]
)
def test_nothing_said_can_become_a_cue_or_markup(text: str) -> None:
    transcript = _transcript(_turn(text))
    assert len(list(srt.parse(to_srt(transcript)))) == len(cues(transcript))
    vtt = to_vtt(transcript)
    assert len(webvtt.from_buffer(StringIO(vtt)).captions) == len(cues(transcript))
    assert "<b>" not in vtt
    assert "<script>" not in vtt


def test_a_long_turn_becomes_several_cues_timed_by_its_words() -> None:
    first, second = (
        "我们先看看今年的测算底稿，尤其是深谷和尖峰那两段的放电策略，",
        "然后再谈质保条款以及电芯的循环次数到底怎么写进合同里面去。",
    )
    turn = Turn(
        i=0,
        text=first + second,
        role="rep",
        start_ms=0,
        end_ms=10_000,
        words=(Word(first, 0, 8_000), Word(second, 8_000, 10_000)),
    )
    made = cues(_transcript(turn))
    assert [c.text for c in made] == [first, second]
    assert made[0].end_ms == made[1].start_ms == 8_000
    without_words = cues(_transcript(Turn(i=0, text=first + second, start_ms=0, end_ms=10_000)))
    assert 4_500 < without_words[0].end_ms < 5_500


def test_a_turn_without_times_has_no_captions_but_a_page() -> None:
    transcript = _transcript(_turn("报价偏高", None, None))
    for write in (to_srt, to_vtt):
        with pytest.raises(InputInvalid, match="turn 0 has no times"):
            write(transcript)
    assert "报价偏高" in to_html(transcript)
    assert to_text(transcript) == "客户：报价偏高\n"


def test_a_transcript_without_turns_is_still_a_file() -> None:
    empty = Transcript(turns=())
    assert to_srt(empty) == ""
    assert to_vtt(empty) == "WEBVTT\n"
    assert to_text(empty) == ""
    _read_page(to_html(empty))


def test_keywords_are_red_and_can_be_told_without_colour() -> None:
    page = to_html(TALK, [_keyword(1, 3, 5, "报价")])
    assert _read_page(page).keywords == ["报价"]
    assert '<span class="keyword" style="color:#c00">报价</span>' in page
    style = re.search(r"\.keyword\{([^}]*)\}", page)
    assert style is not None
    assert "underline" in style.group(1)
    assert "font-weight:700" in style.group(1)
    assert "【" in page, "brackets are drawn by the style sheet, so that copied text stays as it was said"


def test_only_keywords_are_marked_and_overlapping_ones_once() -> None:
    findings = [_keyword(1, 3, 5, "报价"), _keyword(1, 4, 8, "价比预想"), _keyword(1, 0, 2, "你们", kind="objection")]
    assert _read_page(to_html(TALK, findings)).keywords == ["报价比预想"]


def test_keywords_that_touch_stay_two() -> None:
    assert _read_page(to_html(TALK, [_keyword(1, 0, 3, ""), _keyword(1, 3, 5, "")])).keywords == ["你们的", "报价"]


def test_a_span_beyond_the_text_marks_what_is_there() -> None:
    assert _read_page(to_html(TALK, [_keyword(1, 9, 99, "高。"), _keyword(1, 50, 60, "")])).keywords == ["高。"]


def test_the_page_names_roles_in_chinese_and_escapes_everything() -> None:
    page = to_html(_transcript(_turn('<img src=x onerror="alert(1)">', i=3)), title="A&B <拜访>")
    assert "客户：" in page
    assert "<img" not in page
    assert "<title>A&amp;B &lt;拜访&gt;</title>" in page
    assert 'id="turn-3"' in page


def test_plain_text_has_a_line_per_turn_with_its_time() -> None:
    assert to_text(TALK).splitlines() == [
        "[00:00] 销售：您好，我是澜拓的小许。",
        "[00:03] 客户：你们的报价比预想的高。",
        "[1:01:40] 其他：（敲门声）",
    ]


def test_json_holds_everything_and_nothing_that_json_cannot() -> None:
    turn = Turn(
        i=0,
        text="好",
        raw_text="好",
        start_ms=0,
        end_ms=400,
        channel=1,
        words=(Word("好", 0, 400, 0.9),),
        confidence=0.8,
    )
    data = json.loads(json.dumps(to_json(Transcript(turns=(turn,), duration_ms=400)), allow_nan=False))
    assert data["duration_ms"] == 400
    assert data["turns"][0]["words"] == [{"text": "好", "start_ms": 0, "end_ms": 400, "confidence": 0.9}]
    assert (data["turns"][0]["channel"], data["turns"][0]["confidence"]) == (1, 0.8)


spoken = st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc", "Cf")), min_size=1, max_size=200)


@given(spoken, st.integers(0, 10_000), st.integers(0, 30_000))
def test_cues_lose_no_word_and_stay_inside_their_turn(text: str, start_ms: int, length_ms: int) -> None:
    made = cues(_transcript(_turn(text, start_ms, start_ms + length_ms)))
    assert "".join("".join(c.text for c in made).split()) == "".join(text.split())
    assert all(len(c.text) <= MAX_CUE_CHARS for c in made)
    assert all(c.start_ms < c.end_ms for c in made)
    assert all(a.start_ms <= b.start_ms for a, b in pairwise(made))


@given(spoken, st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=6))
def test_a_page_shows_the_text_whatever_is_marked(text: str, spans: list[tuple[int, int]]) -> None:
    page = to_html(_transcript(_turn(text)), [_keyword(0, a, b, "") for a, b in spans])
    shown = "".join(_read_page(page).text)
    assert "".join(text.split()) in "".join(shown.split())
