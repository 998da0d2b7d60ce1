import weakref
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from nlp.asr.audio import AudioWindow, FloatArray
from nlp.asr.hotwords import PROMPT_ZH
from nlp.asr.windows import FilterOptions, WindowResult, filter_segments, transcribe_windows
from nlp.errors import Cancelled
from nlp.types import Segment
from tests.support.media import a_tone, silence
from tests.support.speech import ScriptedTranscriber, a_segment

MONO = (AudioWindow(0, 0, 5_000, ("0",)), AudioWindow(1, 5_000, 10_000, ("1",)), AudioWindow(2, 10_000, 12_000, ("2",)))
STEREO = (AudioWindow(0, 0, 5_000, ("l", "r")),)
OPTIONS = FilterOptions(gate_rms=0.001, prompt=PROMPT_ZH)


def _tone(_window: AudioWindow, _channel: int) -> FloatArray:
    return a_tone(5)


def _run(
    windows: Sequence[AudioWindow], transcriber: ScriptedTranscriber, **changes: Any
) -> tuple[list[Segment], list[WindowResult]]:
    announced: list[WindowResult] = []
    options: dict[str, Any] = {
        "read": _tone,
        "language": "zh",
        "hotwords": ["储能柜"],
        "done": {},
        "on_window": announced.append,
        "on_progress": lambda _: None,
        "should_stop": lambda: False,
        "options": OPTIONS,
        **changes,
    }
    return transcribe_windows(windows, transcriber=transcriber, **options), announced


def test_times_of_every_window_count_from_the_start_of_the_recording() -> None:
    transcriber = ScriptedTranscriber(
        [[a_segment("一", 100, 900)], [a_segment("二", 100, 900)], [a_segment("三", 100, 900)]]
    )
    segments, announced = _run(MONO, transcriber)
    assert [(s.text, s.start_ms) for s in segments] == [("一", 100), ("二", 5_100), ("三", 10_100)]
    assert [r.index for r in announced] == [0, 1, 2]


def test_finished_windows_are_neither_heard_nor_announced_again() -> None:
    transcriber = ScriptedTranscriber([[a_segment("三", 0, 500)]])
    done = {0: [a_segment("一", 0, 500)], 1: [a_segment("二", 5_000, 5_500)]}
    segments, announced = _run(MONO, transcriber, done=done)
    assert [s.text for s in segments] == ["一", "二", "三"]
    assert [r.index for r in announced] == [2]


def test_a_resumed_recording_equals_one_done_in_one_go() -> None:
    answers = [[a_segment("一", 0, 900)], [a_segment("二", 0, 900)], [a_segment("三", 0, 900)]]
    whole, announced = _run(MONO, ScriptedTranscriber(answers))
    resumed, _ = _run(MONO, ScriptedTranscriber(answers[2:]), done={r.index: r.segments for r in announced[:2]})
    assert resumed == whole


def test_channels_are_heard_apart_and_merged_by_time() -> None:
    transcriber = ScriptedTranscriber([[a_segment("我们想看", 0, 4000)], [a_segment("嗯", 1000, 1200)]])
    segments, _ = _run(STEREO, transcriber)
    assert [(s.text, s.channel) for s in segments] == [("我们想看", 0), ("嗯", 1)]


def test_a_silent_channel_costs_no_decoding() -> None:
    transcriber = ScriptedTranscriber([[a_segment("只有我在说", 0, 4000)]])
    segments, _ = _run(STEREO, transcriber, read=lambda _, channel: a_tone(5) if channel == 0 else silence(5))
    assert len(transcriber.heard) == 1
    assert [s.channel for s in segments] == [0]


def test_what_leaks_from_the_other_channel_is_not_heard_twice() -> None:
    speaker = np.concatenate([a_tone(4), silence(1)])
    transcriber = ScriptedTranscriber([[a_segment("我们先看报价", 0, 3900)]])
    segments, _ = _run(STEREO, transcriber, read=lambda _, channel: speaker if channel == 0 else 0.1 * speaker)
    assert len(transcriber.heard) == 1
    assert [s.channel for s in segments] == [0]


def test_a_silent_recording_gives_windows_without_text() -> None:
    transcriber = ScriptedTranscriber([])
    segments, announced = _run(MONO, transcriber, read=lambda *_: silence(5))
    assert segments == []
    assert [(r.index, r.segments) for r in announced] == [(0, ()), (1, ()), (2, ())]


def test_no_windows_give_no_segments() -> None:
    assert _run((), ScriptedTranscriber([])) == ([], [])


def test_hot_words_reach_the_engine() -> None:
    transcriber = ScriptedTranscriber([[]])
    _run(MONO[:1], transcriber, hotwords=["峰谷电价"])
    assert transcriber.hotwords == [["峰谷电价"]]


def test_stopping_keeps_what_was_announced() -> None:
    announced: list[WindowResult] = []
    transcriber = ScriptedTranscriber([[a_segment("一", 0, 900)]] * 3)
    with pytest.raises(Cancelled):
        _run(MONO, transcriber, on_window=announced.append, should_stop=lambda: len(announced) == 2)
    assert [r.index for r in announced] == [0, 1]


def test_progress_grows_to_one() -> None:
    told: list[float] = []
    _run(MONO, ScriptedTranscriber([[]] * 3), on_progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_dropped_text_is_announced_with_times_of_the_recording() -> None:
    transcriber = ScriptedTranscriber([[], [a_segment("优优独播剧场", 1000, 2000)], []])
    segments, announced = _run(MONO, transcriber)
    assert segments == []
    (drop,) = announced[1].dropped
    assert (drop.reason, drop.start_ms, drop.end_ms) == ("phantom", 6_000, 7_000)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("请不吝点赞订阅转发打赏支持明镜与点点栏目", "phantom", id="phantom"),
        pytest.param("以下是普通话的句子", "echo", id="echo of the prompt"),
        pytest.param("储能柜，恒屿，需量", "echo", id="echo of hot words"),
        pytest.param("我们再看看，" * 9, "repetition", id="loop"),
    ],
)
def test_every_kind_of_invented_text_leaves_with_its_reason(text: str, reason: str) -> None:
    _, dropped = filter_segments(
        [a_segment(text, 0, 4000)], audio=a_tone(5), hotwords=["储能柜", "恒屿", "需量"], options=OPTIONS
    )
    assert [d.reason for d in dropped] == [reason]


def test_text_over_silence_is_dropped_and_text_over_sound_stays() -> None:
    audio = np.concatenate([a_tone(2), silence(6), a_tone(2)])
    heard = [a_segment("报价高了", 200, 1800), a_segment("谢谢大家", 4000, 6000), a_segment("再见", 8500, 9500)]
    kept, dropped = filter_segments(heard, audio=audio, hotwords=[], options=OPTIONS)
    assert [s.text for s in kept] == ["报价高了", "再见"]
    assert [(d.text, d.reason) for d in dropped] == [("谢谢大家", "silence")]


def test_blank_segments_vanish_and_times_are_settled() -> None:
    heard = [a_segment("  ", 0, 100), a_segment("好", -50, 99_000)]
    kept, dropped = filter_segments(heard, audio=a_tone(5), hotwords=[], options=OPTIONS)
    assert [(s.start_ms, s.end_ms) for s in kept] == [(0, 5_000)]
    assert dropped == []


def test_a_loop_is_heard_again_without_hot_words_and_told_with_times_of_the_recording() -> None:
    loop = a_segment("这个价格再看吧" * 12, 500, 4_500)
    transcriber = ScriptedTranscriber([[], [loop], []], second=[a_segment("交期太长了", 100, 900)])
    segments, announced = _run(MONO, transcriber)
    assert [(s.text, s.start_ms) for s in segments] == [("交期太长了", 5_000 + 300 + 100)]
    (gone,) = announced[1].dropped
    assert (gone.reason, gone.start_ms, gone.end_ms, gone.channel) == ("heard_again", 5_500, 9_500, 0)
    assert len(transcriber.heard) == 3
    assert [round(size / 16_000, 1) for size in transcriber.again] == [4.4]


def test_what_is_invented_the_second_time_is_dropped_like_what_was_invented_the_first() -> None:
    loop = a_segment("这个价格再看吧" * 12, 500, 4_500)
    transcriber = ScriptedTranscriber([[loop], [], []], second=[a_segment(PROMPT_ZH, 100, 900)])
    segments, announced = _run(MONO, transcriber)
    assert segments == []
    assert [d.reason for d in announced[0].dropped] == ["heard_again", "echo"]


@pytest.mark.parametrize("channels", [1, 2])
def test_of_thirty_six_windows_one_is_in_memory_at_a_time(channels: int) -> None:
    six_hours = [AudioWindow(n, n * 600_000, (n + 1) * 600_000, ("l", "r")[:channels]) for n in range(36)]
    read: list[tuple[int, weakref.ref[FloatArray]]] = []
    most = 0

    def load(window: AudioWindow, _channel: int) -> FloatArray:
        nonlocal most
        alive = [index for index, audio in read if audio() is not None]
        assert set(alive) <= {window.index}
        audio = a_tone(0.5)
        read.append((window.index, weakref.ref(audio)))
        most = max(most, len(alive) + 1)
        return audio

    transcriber = Forgetful()
    _, announced = _run(six_hours, transcriber, read=load)
    assert [result.index for result in announced] == list(range(36))
    assert most == 1 if channels == 1 else most <= 3


class Forgetful(ScriptedTranscriber):
    """Hears nothing, and keeps nothing of what it heard."""

    def __init__(self) -> None:
        super().__init__([])

    def transcribe(self, audio: FloatArray, **_asked: Any) -> list[Segment]:
        return []
