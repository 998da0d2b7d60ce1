"""A short recording heard at once: decoded by the real decoder, heard by a scripted engine, and gone after."""

import tempfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nlp.asr.audio import AudioWindow, load_window
from nlp.asr.finishing import Finishing
from nlp.errors import Cancelled, ModelMissing, NotAudio
from nlp.keywords.matcher import KeywordHit
from nlp.text.punctuation import Punctuator
from nlp.types import Segment, Transcript
from service.adapters.audio.decoding import decode
from service.adapters.audio.short_speech import LocalShortSpeech, cut_into_pieces
from service.domain.errors import TooLarge, Unavailable
from service.domain.speech.short_speech import HearRequest, NoShortSpeech, ShortLimits, ShortSpeech
from tests.support.api import a_wav
from tests.support.media import to_pcm, wav_bytes
from tests.support.short_speech import OTHER, ScriptedEngine, ScriptedEngines, WordsAtOnce
from tests.support.speech import a_segment

ANSWER = [a_segment("这个太贵了。", 200, 900), a_segment("我发方案给您。", 1200, 2000)]


def all_customers(transcript: Transcript) -> Transcript:
    return replace(transcript, turns=tuple(replace(turn, role="customer") for turn in transcript.turns))


@pytest.mark.parametrize("kind", ["real", "fake"])
def test_the_fake_that_the_api_is_tested_with_behaves_like_the_real_one(place: Path, kind: str) -> None:
    engine = ScriptedEngine([[a_segment("这个太贵了。", 200, 900)]])
    made: ShortSpeech = short(engine, audio_bytes=1_000_000) if kind == "real" else WordsAtOnce()
    streamed: list[str] = []
    wanted = HearRequest(with_turns=True)
    heard = made.hear([a_wav(1)], wanted, on_segments=lambda found: streamed.extend(s.text for s in found))
    assert streamed == [s.text for s in heard.segments] == [t.text for t in heard.turns] == ["这个太贵了。"]
    assert heard.turns[0].role == "customer"
    assert heard.duration_ms == 1000
    with pytest.raises(TooLarge, match="POST /v1/visits"):
        made.hear([b"RIFF" + b"0" * 2_000_000], HearRequest())
    with pytest.raises(NotAudio):
        made.hear([b"<html>"], HearRequest())
    with pytest.raises(Cancelled):
        made.hear([a_wav(1)], HearRequest(), should_stop=lambda: True)


def short(engine: ScriptedEngine, **limits: int) -> LocalShortSpeech:
    return LocalShortSpeech(ScriptedEngines(engine), all_customers, limits=ShortLimits(**limits))


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_recording_is_heard_and_nothing_of_it_stays(place: Path) -> None:
    engine = ScriptedEngine([ANSWER])
    heard = short(engine).hear([a_wav(3)], HearRequest(language="zh", hotwords=["储能柜"]))
    assert [segment.text for segment in heard.segments] == ["这个太贵了。", "我发方案给您。"]
    assert heard.duration_ms == 3000
    assert heard.turns == ()
    assert (engine.languages, engine.hotwords) == (["zh"], [["储能柜"]])
    assert list(place.iterdir()) == []


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "pieces"])
def test_while_it_is_heard_nothing_of_it_lies_open(place: Path, monkeypatch: pytest.MonkeyPatch, stream: bool) -> None:
    """Neither what was sent, nor its windows, nor the pieces that these are cut into for a stream."""
    noise = np.random.default_rng(8).uniform(-0.5, 0.5, 4 * 16_000).astype(np.float32)
    engine = ScriptedEngine([ANSWER])
    monkeypatch.setattr("service.adapters.audio.short_speech.PIECE_S", 1.0)
    told = (lambda _: None) if stream else None
    short(engine).hear([wav_bytes(noise)], HearRequest(), on_segments=told)
    pcm = to_pcm(noise).tobytes()
    sent, *windows = sorted(engine.lay_there, key=len, reverse=True)
    assert len(sent) > len(pcm)
    assert len(windows) > 2 if stream else len(windows) == 1
    for file in (sent, *windows):
        assert not [at for at in range(0, len(pcm), 8_000) if pcm[at : at + 32] in file]
        assert b"WAVE" not in file[:100]


def test_turns_get_their_roles_where_they_are_asked_for(place: Path) -> None:
    heard = short(ScriptedEngine([ANSWER])).hear([a_wav(3)], HearRequest(with_turns=True))
    assert {turn.role for turn in heard.turns} == {"customer"}
    assert "".join(turn.text for turn in heard.turns) == "这个太贵了。我发方案给您。"


UNMARKED = [
    a_segment("這個除能項目放在樓頂", 0, 900, words=True),
    a_segment("你们什么时候能给个准话", 1_200, 2_000, words=True),
]
PUT_RIGHT = ["这个储能项目放在楼顶。", "你们什么时候能给个准话？"]


class Exchange:
    """A matcher with one listed confusion."""

    def match(self, text: str) -> list[KeywordHit]:
        at = text.find("除能")
        return [] if at < 0 else [KeywordHit("储能", at, at + 2, "pinyin", "除能", pack="energy", spelling="除能")]


FINISHING = Finishing(
    Punctuator({}, bias=-3.0, threshold=0.0),
    Exchange(),  # type: ignore[arg-type]
    lambda text: text.translate(str.maketrans("這個項樓頂", "这个项楼顶")),
)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_text_heard_at_once_is_made_ready_like_that_of_the_queue(place: Path, stream: bool) -> None:
    speech = LocalShortSpeech(ScriptedEngines(ScriptedEngine([UNMARKED])), all_customers, finishing=FINISHING)
    streamed: list[str] = []
    told = (lambda found: streamed.extend(s.text for s in found)) if stream else None
    heard = speech.hear([a_wav(3)], HearRequest(with_turns=True), on_segments=told)
    assert [segment.text for segment in heard.segments] == PUT_RIGHT
    assert "".join(turn.text for turn in heard.turns) == "".join(PUT_RIGHT)
    assert streamed == (PUT_RIGHT if stream else [])
    queued = FINISHING.turns(UNMARKED, channels=1)
    assert [turn.text for turn in heard.turns] == [turn.text for turn in queued]


def test_another_language_is_left_as_it_was_heard(place: Path) -> None:
    speech = LocalShortSpeech(ScriptedEngines(ScriptedEngine([UNMARKED])), all_customers, finishing=FINISHING)
    heard = speech.hear([a_wav(3)], HearRequest(language="ja"))
    assert [segment.text for segment in heard.segments] == [segment.text for segment in UNMARKED]


def test_the_packs_terms_are_listened_for_behind_the_callers(place: Path) -> None:
    engine = ScriptedEngine([ANSWER])
    speech = LocalShortSpeech(ScriptedEngines(engine), all_customers, hotwords=["峰谷电价", "储能柜"])
    speech.hear([a_wav(1)], HearRequest(hotwords=["电芯"]))
    assert engine.hotwords == [["电芯", "峰谷电价", "储能柜"]]


def test_the_option_asked_for_is_the_engine_that_hears(place: Path) -> None:
    engines = ScriptedEngines(ScriptedEngine([ANSWER]))
    LocalShortSpeech(engines, all_customers).hear([a_wav(1)], HearRequest(option=OTHER))
    assert engines.asked == [OTHER]


def test_what_is_too_many_bytes_is_refused_before_it_is_read_whole(place: Path) -> None:
    read = 0

    def chunks() -> Iterator[bytes]:
        nonlocal read
        for _ in range(100):
            read += 1
            yield b"\0" * 1000

    with pytest.raises(TooLarge, match="POST /v1/visits"):
        short(ScriptedEngine([ANSWER]), audio_bytes=5_000).hear(chunks(), HearRequest())
    assert read < 10
    assert list(place.iterdir()) == []


def test_what_is_too_long_is_refused_with_the_way_to_the_queue(place: Path) -> None:
    engine = ScriptedEngine([ANSWER])
    with pytest.raises(TooLarge, match="at most 2 s") as refused:
        short(engine, audio_s=2).hear([a_wav(3)], HearRequest())
    assert refused.value.code == "audio_too_long"
    assert engine.windows == 0


def test_what_is_no_audio_keeps_its_own_name(place: Path) -> None:
    with pytest.raises(NotAudio):
        short(ScriptedEngine([ANSWER])).hear([b"<html>hello</html>"], HearRequest())


def test_a_missing_model_is_said_before_a_byte_is_read() -> None:
    missing = ModelMissing("no model", remedy="put one there")

    def chunks() -> Iterator[bytes]:
        raise AssertionError("read")
        yield b""

    with pytest.raises(ModelMissing, match="no model"):
        short(ScriptedEngine([ANSWER], missing=missing)).hear(chunks(), HearRequest())


def test_an_installation_without_speech_says_the_way_out() -> None:
    with pytest.raises(ModelMissing) as refused:
        NoShortSpeech().hear([], HearRequest())
    assert "FIELDCUE_ASR__MODEL" in refused.value.remedy


def test_who_comes_when_all_places_are_taken_is_told_when_to_come_back(place: Path) -> None:
    engine = ScriptedEngine([ANSWER], pause_s=1.5)
    speech = short(engine, waiting=1)
    first = threading.Thread(target=lambda: speech.hear([a_wav(1)], HearRequest()))
    first.start()
    try:
        while not engine.languages:
            pass
        with pytest.raises(Unavailable) as refused:
            speech.hear([a_wav(1)], HearRequest())
    finally:
        first.join()
    assert refused.value.fields["retry_after_s"] > 0
    assert speech.hear([a_wav(1)], HearRequest()).segments  # the place is free again


def test_a_caller_who_leaves_stops_the_work(place: Path) -> None:
    with pytest.raises(Cancelled):
        short(ScriptedEngine([ANSWER], pause_s=5)).hear([a_wav(1)], HearRequest(), should_stop=lambda: True)


def test_text_comes_piece_by_piece_where_it_is_streamed(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.adapters.audio.short_speech.PIECE_S", 1.0)
    heard: list[list[Segment]] = []
    answers = [[a_segment(text, 0, 500)] for text in "一二三四"]
    whole = short(ScriptedEngine(answers)).hear(
        [a_wav(3)], HearRequest(), on_segments=lambda found: heard.append(list(found))
    )
    assert [[segment.text for segment in found] for found in heard] == [["一"], ["二"], ["三"], ["四"]]
    assert [segment.text for segment in whole.segments] == ["一", "二", "三", "四"]


def test_pieces_hold_the_same_samples_as_the_window_they_were_cut_from(tmp_path: Path) -> None:
    sent = tmp_path / "sent.wav"
    sent.write_bytes(a_wav(4))
    decoded = decode(sent, tmp_path)
    window = decoded.windows[0]
    tone = np.random.default_rng(2).integers(-3000, 3000, 4 * 16_000).astype("<i2")
    tone.tofile(tmp_path / window.files[0])
    pieces = cut_into_pieces(decoded, piece_s=1.0)
    assert len(pieces.windows) > 2
    assert np.array_equal(
        np.concatenate([load_window(tmp_path, piece, 0) for piece in pieces.windows]), load_window(tmp_path, window, 0)
    )
    assert [piece.start_ms for piece in pieces.windows[1:]] == [piece.end_ms for piece in pieces.windows[:-1]]
    assert pieces.duration_ms == decoded.duration_ms
    assert all(isinstance(piece, AudioWindow) for piece in pieces.windows)


def test_closing_ends_the_engines() -> None:
    engines = ScriptedEngines(ScriptedEngine([ANSWER]))
    LocalShortSpeech(engines, all_customers).close()
    assert engines.closed
