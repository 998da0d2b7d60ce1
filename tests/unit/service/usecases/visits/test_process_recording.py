"""From bytes to turns: each stage over fakes of decoder and engine."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nlp.asr.audio import AudioReport, AudioWindow, DecodedAudio
from nlp.asr.drops import Dropped
from nlp.errors import NotAudio
from nlp.taxonomy import Taxonomy
from nlp.types import Segment
from service.domain.content.bundle import Content
from service.domain.errors import Gone, Permanent, Transient
from service.domain.ports import StageHandler, StageResult, Supervisor
from service.domain.privacy.rules import ProcessorRow
from service.domain.privacy.transfers import year_of
from service.usecases.privacy.count_transfers import transfers_of
from service.usecases.visits.process_recording import SpeechStages
from tests.support.api import a_wav
from tests.support.builders import TENANT, a_recording, a_run, a_visit, an_id
from tests.support.fakes import NOON, FolderBlobStore
from tests.support.memory_speech import OneEngine
from tests.support.service import services_over

EMPTY = Content(Taxonomy(()), (), (), (), (), (), (), digest="d1")
REPORT = AudioReport(20_000, 16_000, 2, "opus", "ogg")
SAID = [Segment("您好", 0, 900, channel=0), Segment("价格太高了", 1_200, 3_000, channel=1)]


class OneWindow:
    """A decoder that always finds two channels in one window, and counts how often it was asked."""

    def __init__(self) -> None:
        self.calls = 0
        self.keys: list[bytes] = []

    def __call__(
        self,
        path: Path,
        out_dir: Path,
        *,
        on_progress: Callable[[float], None],
        should_stop: Callable[[], bool],
        work_key: bytes,
    ) -> DecodedAudio:
        del should_stop
        self.keys.append(work_key)
        assert path.exists()
        self.calls += 1
        (out_dir / "0.l").write_bytes(b"\0")
        (out_dir / "0.r").write_bytes(b"\0")
        on_progress(1.0)
        return DecodedAudio(out_dir, REPORT, "separate", (AudioWindow(0, 0, 20_000, ("0.l", "0.r")),), work_key)


class Scripted:
    """An engine that hears what it was told to hear, except in windows that are done."""

    def __init__(self, segments: list[Segment]) -> None:
        self.segments = segments
        self.heard: list[int] = []
        self.voices: list[bool] = []
        self.keys: list[bytes] = []
        self.fails: Permanent | None = None

    def transcribe(self, decoded: DecodedAudio, **told: Any) -> list[Segment]:
        self.keys.append(decoded.key)
        if self.fails is not None:
            raise self.fails
        self.voices.append(told["tell_voices"])
        for window in decoded.windows:
            if window.index not in told["done_windows"]:
                self.heard.append(window.index)
                told["on_window"](window.index, self.segments)
                told["on_dropped"](window.index, [Dropped("字幕", 0, 9, 0, "phantom", "字幕")])
        return self.segments

    def available(self) -> None:
        return None

    def describe(self) -> Mapping[str, str]:
        return {"engine": "scripted"}


class OneFile:
    """A fetcher that always answers with the same bytes."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    @contextmanager
    def open(self, url: str) -> Iterator[Iterator[bytes]]:
        assert url == "https://files.example/a.wav"
        yield iter([self.body])


def stages(folder: Path, *, segments: list[Segment] = SAID, body: bytes = b"") -> SpeechStages:
    services = services_over(content=EMPTY, folder=folder, fetcher=OneFile(body))
    blob, sha256, size = services.blobs.write(TENANT, iter([a_wav()]), limit=10**9)
    with services.uow() as tx:
        tx.visits.add(a_visit())
        tx.recordings.add(a_recording(blob=blob, sha256=sha256, size_bytes=size, state="processing"))
    return SpeechStages(services, OneWindow(), OneEngine(Scripted(segments)), ("峰谷电价",))


def run(
    stage: StageHandler, services: Any, given: Mapping[str, Any], done: Mapping[str, Any] | None = None
) -> StageResult:
    kept: dict[str, Mapping[str, Any]] = {}
    result = stage(
        a_run(input=given),
        Supervisor(checkpoint=lambda key, value: kept.update({key: value}), done=done or {}),
    )
    with services.uow() as tx:
        result.effects(tx)
    return StageResult({**result.output, "kept": kept}, result.effects)


def test_decoding_describes_the_recording_and_names_no_path_of_this_machine(tmp_path: Path) -> None:
    speech = stages(tmp_path)
    result = run(speech.decode, speech.services, {})
    with speech.services.uow(write=False) as tx:
        recording = tx.recordings.get(TENANT, an_id("rec"))
    assert recording is not None
    assert recording.duration_ms == 20_000
    assert str(tmp_path) not in str(result.output)


def test_each_window_is_a_checkpoint_and_drops_are_kept(tmp_path: Path) -> None:
    speech = stages(tmp_path)
    decoded = run(speech.decode, speech.services, {}).output
    heard = run(speech.transcribe, speech.services, decoded).output
    assert list(heard["kept"]) == ["0"]
    assert [segment["text"] for segment in heard["segments"]] == ["您好", "价格太高了"]
    assert heard["dropped"][0]["reason"] == "phantom"
    assert heard["engine"] == {"engine": "scripted"}


def test_a_window_that_was_done_before_is_not_heard_again(tmp_path: Path) -> None:
    speech = stages(tmp_path)
    decoded = run(speech.decode, speech.services, {}).output
    first = run(speech.transcribe, speech.services, decoded).output
    run(speech.transcribe, speech.services, decoded, done=first["kept"])
    assert scripted(speech).heard == [0]


def test_windows_that_vanished_from_disk_are_decoded_again(tmp_path: Path) -> None:
    speech = stages(tmp_path)
    decoded = run(speech.decode, speech.services, {}).output
    speech.services.blobs.drop_work_dir(an_id("rec"))
    run(speech.transcribe, speech.services, decoded)
    assert isinstance(speech.decoder, OneWindow)
    assert speech.decoder.calls == 2


def scripted(speech: SpeechStages) -> Scripted:
    engine = speech.engines.of(None)
    assert isinstance(engine, Scripted)
    return engine


def test_both_stages_get_the_recordings_key_and_no_row_holds_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FolderBlobStore, "work_key", lambda *_: b"secret of the recording")
    speech = stages(tmp_path)
    decoded = run(speech.decode, speech.services, {}).output
    run(speech.transcribe, speech.services, decoded)
    speech.services.blobs.drop_work_dir(an_id("rec"))
    run(speech.transcribe, speech.services, decoded)
    assert isinstance(speech.decoder, OneWindow)
    assert {*speech.decoder.keys, *scripted(speech).keys} == {b"secret of the recording"}
    assert (len(speech.decoder.keys), len(scripted(speech).keys)) == (2, 2)
    assert "secret" not in str(decoded)
    assert "key" not in decoded["decoded"]


def test_windows_that_do_not_open_are_dropped_and_decoded_anew_by_the_next_attempt(tmp_path: Path) -> None:
    speech = stages(tmp_path)
    decoded = run(speech.decode, speech.services, {}).output
    scripted(speech).fails = Permanent("touched", code="seal_broken")
    with pytest.raises(Transient) as failure:
        run(speech.transcribe, speech.services, decoded)
    assert failure.value.code == "work_broken"
    scripted(speech).fails = None
    run(speech.transcribe, speech.services, decoded)
    assert isinstance(speech.decoder, OneWindow)
    assert speech.decoder.calls == 2


def test_another_lasting_failure_stays_one_and_keeps_the_windows(tmp_path: Path) -> None:
    speech = stages(tmp_path)
    decoded = run(speech.decode, speech.services, {}).output
    scripted(speech).fails = Permanent("refused", code="remote_refused")
    with pytest.raises(Permanent) as failure:
        run(speech.transcribe, speech.services, decoded)
    assert failure.value.code == "remote_refused"
    assert (tmp_path / "work" / an_id("rec") / "0.l").exists()


def test_turns_become_a_transcript_and_the_windows_are_dropped(tmp_path: Path) -> None:
    speech = stages(tmp_path)
    decoded = run(speech.decode, speech.services, {}).output
    heard = run(speech.transcribe, speech.services, decoded).output
    run(speech.turns, speech.services, heard)
    with speech.services.uow(write=False) as tx:
        record = tx.transcripts.latest(TENANT, an_id("vis"))
    assert record is not None
    assert [(turn.channel, turn.text) for turn in record.transcript.turns] == [(0, "您好"), (1, "价格太高了")]
    assert (record.source, record.transcript.duration_ms) == ("asr", 20_000)
    assert not (tmp_path / "work" / an_id("rec")).exists()


def test_a_recording_without_speech_ends_with_a_name(tmp_path: Path) -> None:
    speech = stages(tmp_path, segments=[])
    given = {"segments": [], "channels": 1, "duration_ms": 20_000, "engine": {}, "dropped": []}
    with pytest.raises(Permanent) as failure:
        run(speech.turns, speech.services, given)
    assert failure.value.code == "no_speech"


def test_a_fetched_recording_is_named_by_its_hash(tmp_path: Path) -> None:
    speech = stages(tmp_path, body=a_wav(2))
    result = run(speech.fetch, speech.services, {"url": "https://files.example/a.wav"})
    with speech.services.uow(write=False) as tx:
        recording = tx.recordings.get(TENANT, an_id("rec"))
    assert recording is not None
    assert recording.sha256 == result.output["sha256"]


def test_fetched_bytes_that_are_no_audio_are_not_kept(tmp_path: Path) -> None:
    speech = stages(tmp_path, body=b"<html>")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(NotAudio):
        run(speech.fetch, speech.services, {"url": "https://files.example/a.wav"})
    assert sorted(tmp_path.rglob("*")) == before


def test_an_erased_recording_ends_every_stage_for_good(tmp_path: Path) -> None:
    services = services_over(content=EMPTY, folder=tmp_path)
    speech = SpeechStages(services, OneWindow(), OneEngine(Scripted([])), ())
    with pytest.raises(Gone):
        run(speech.decode, services, {})


@pytest.mark.parametrize("agreed", [False, True, None], ids=["not agreed", "agreed", "no consent"])
def test_voices_are_measured_only_where_the_visits_consent_says_so(tmp_path: Path, agreed: bool | None) -> None:
    speech = stages(tmp_path)
    visit = a_visit()
    consent = None if agreed is None or visit.consent is None else replace(visit.consent, voices=agreed)
    with speech.services.uow() as tx:
        tx.visits.update(replace(visit, consent=consent))
    decoded = run(speech.decode, speech.services, {}).output
    run(speech.transcribe, speech.services, decoded)
    assert speech.engines.engine.voices == [agreed is True]  # type: ignore[attr-defined]


class Elsewhere(Scripted):
    """An engine that is another's service."""

    def describe(self) -> Mapping[str, str]:
        return {"engine": "remote"}


@pytest.mark.parametrize(("engine", "persons"), [(Elsewhere, 2), (Scripted, 0)], ids=["remote", "in this machine"])
def test_who_speaks_is_counted_when_a_service_in_another_region_hears_it(
    tmp_path: Path, engine: type[Scripted], persons: int
) -> None:
    made = stages(tmp_path)
    speech = replace(made, engines=OneEngine(engine(SAID)), remote_host="asr.example")
    with made.services.uow() as tx:
        tx.privacy.processors.put(
            ProcessorRow("prc_1", TENANT, NOON, "llm", "asr.example", "n", "US", "p", ("f",), "c")
        )
    decoded = run(speech.decode, speech.services, {}).output
    run(speech.transcribe, speech.services, decoded)
    with made.services.uow(write=False) as tx:
        assert transfers_of(tx, TENANT, year_of(made.services.clock.now())).persons == persons
