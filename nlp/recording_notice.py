"""Whether somebody said, at the beginning, that the talk is recorded: 这次通话会录音，您看可以吗.

Why: a consent that was given aloud is proved by nothing but the sound of it. Talk about recording is common where
recording is sold (坐席的通话会录音), so a notice must be about this talk and may not come from the customer.
Invariant: what is found carries its turn and its quote; a customer who says no afterwards makes it no notice.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from nlp.types import Span, Turn

WITHIN_MS = 120_000
CHARACTERS_A_SECOND = 3.2
"""How fast people talk, for transcripts without times: 11,570 characters in a measured hour."""
VERSION = "notice-1"
Answer = Literal["agreed", "refused", "silent"]

_RECORD = r"(?:录音|录个音|录着音|录下来?|录一下音?|录制|开录|录起来|留存录音)"
_HERE = (
    r"(?:这次|本次|这通|此次|今天|咱们?|我们?|我这边|我这里|这边|您的|您本次|接下来|待会|现在|全程|过程|通话|对话|谈话|沟通|交流|拜访|"
    r"电话|会议|会谈|聊的|说话)"
)
_WILL = r"(?:会|将|将会|要|在|正在|已经|已|可能|可能会|需要|想|得|有|都|全程|开着|打开|先|做|做个|进行|被|是|带)"
_TELLS = re.compile(rf"{_HERE}[^。！？!?]{{0,14}}?{_WILL}[^。！？!?]{{0,8}}?{_RECORD}")
_ASKS = re.compile(
    rf"(?:可以|方便|介意|能不能|能|允许|同意|征得|许可|请允许|麻烦)[^。！？!?]{{0,14}}?{_RECORD}"
    rf"|{_RECORD}[^。！？!?]{{0,16}}?(?:可以吗|可以吧|可以不|行吗|行不行|行吧|方便吗|介意吗|介意吧|没问题吧|您看|好吗|好吧|成吗|同意吗|"
    rf"OK吗|没意见吧|不介意)"
)
_DEVICE = re.compile(
    r"(?:开着|开了|打开|带着|带了|戴着|戴了|用着?|有个|放个|挂的)[^。！？!?]{0,6}?(?:录音笔|录音设备|录音机|工牌|胸牌|胸卡|录音)"
    r"(?!笔?[^，。]{0,4}(?:多少钱|报价|质量))"
)
_OTHERS = re.compile(
    r"你们(?:的|那|会|公司|客服|坐席|平时|现在|这边)?[^，。]{0,10}(?:录音|录制|录下)|坐席|客服|话务|员工|门店里?的|每通|每一通|他们|别人|对手|"
    r"录音(?:棚|室|系统|软件|平台|文件|质检|功能|卡|模块|产品|质量|转写|分析|数据|留存期)|(?:听了|听过|调|查|发|拿|删|存)[^，。]{0,4}录音|"
    r"(?:上次|上回|之前|昨天|那天|以前|去年)[^，。]{0,10}录|(?:没有?|(?<!能)不会?|别|不要|不用|(?<!能)不能|禁止|不让|未)[^，。吗]{0,4}录|录音笔[^，。]{0,6}"
    r"(?:多少|报价|怎么卖|质量|价格|款)|卖|采购|台录音|录像|歌|课"
)
_REFUSES = re.compile(
    r"(?:不要|别|不能|不可以|不让|不想|不愿意?|不同意|不太?方便|不太?合适|不行|介意|不用|不可以?)(?:[^，。？?]{0,6}录)?|(?:录音)?(?:就)?算了|关[了掉]"
)
_STILL_FINE = re.compile(r"不介意|不要紧|没关系|不用(?:问|客气|管|说)|别客气|不碍事|没事")
_AGREES = re.compile(r"可以|行|好|没问题|没关系|没事|同意|嗯|不介意|不要紧|OK|ok|中|成|录吧|随便|理解|您录")
_ANSWERS_WITHIN = 3


@dataclass(frozen=True, slots=True)
class RecordingNotice:
    """The words that say it: `text[span]` of turn `turn` is `quote`; `at_ms` None for transcripts without times.

    `answer`: what the customer's next words say to it.
    """

    turn: int
    span: Span
    quote: str
    at_ms: int | None
    answer: Answer


def find_recording_notice(turns: Sequence[Turn], *, within_ms: int = WITHIN_MS) -> RecordingNotice | None:
    """The first notice within the talk's beginning that the customer did not refuse; None where there is none.

    Args:
        turns: in order, with roles; words of the customer's are no notice.
        within_ms: length of the beginning in milliseconds; without times it is counted in characters.
    Returns:
        A refused notice only where no other was given; its `answer` says so.
    """
    refused: RecordingNotice | None = None
    for at, turn in _beginning(turns, within_ms):
        span = None if turn.role == "customer" else _notice_in(turn.text)
        if span is None:
            continue
        answer = _answer(turns[at + 1 :])
        found = RecordingNotice(turn.i, span, turn.text[slice(*span)], turn.start_ms, answer)
        if answer != "refused":
            return found
        refused = refused or found
    return refused


def _beginning(turns: Sequence[Turn], within_ms: int) -> Iterator[tuple[int, Turn]]:
    spoken = 0
    for at, turn in enumerate(turns):
        begun_ms = turn.start_ms if turn.start_ms is not None else round(spoken / CHARACTERS_A_SECOND * 1_000)
        if begun_ms >= within_ms:
            return
        spoken += len(turn.text)
        yield at, turn


def _notice_in(text: str) -> Span | None:
    """Where a sentence of `text` gives notice, None where none does."""
    for sentence in re.finditer(r"[^。！？!?]+[。！？!?]?", text):
        said = sentence[0]
        if _OTHERS.search(said):
            continue
        for pattern in (_TELLS, _ASKS, _DEVICE):
            match = pattern.search(said)
            if match is not None:
                return sentence.start() + match.start(), sentence.start() + match.end()
    return None


def _answer(following: Sequence[Turn]) -> Answer:
    """What the customer says next: the first of their turns that says yes or no, of the next few."""
    for turn in following[:_ANSWERS_WITHIN]:
        if turn.role == "rep":
            continue
        if _REFUSES.search(_STILL_FINE.sub("", turn.text)):
            return "refused"
        if _AGREES.search(turn.text):
            return "agreed"
    return "silent"
