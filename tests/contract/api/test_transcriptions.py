"""The openai package against our transcription endpoint on a real server: its shapes, its stream, its errors."""

import io
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import httpx
import openai
import pytest
import srt
import webvtt
from openai.types.audio import TranscriptionDiarized, TranscriptionVerbose

from nlp.errors import ModelMissing
from nlp.types import Transcript
from service.adapters.audio.short_speech import LocalShortSpeech
from service.api.app import create_app
from service.domain.speech.choice import SpeechChoice
from service.domain.speech.short_speech import ShortLimits
from tests.support.api import OTHER_TENANT, TENANT, Api, a_wav
from tests.support.fakes import NOON
from tests.support.served_app import serving
from tests.support.short_speech import OTHER, SCRIPT, ScriptedEngine, ScriptedEngines
from tests.support.speech import a_segment

SAID = [
    a_segment("这个报价太贵了。", 200, 1500, channel=0, confidence=0.9, words=True),
    a_segment("那我把分期方案发给您。", 1700, 2900, channel=0, words=True),
]
WAV = a_wav(3)


def by_turns(transcript: Transcript) -> Transcript:
    roles = ("customer", "rep")
    turns = tuple(replace(turn, role=roles[turn.i % 2]) for turn in transcript.turns)
    return replace(transcript, turns=turns)


@dataclass
class Served:
    """The application on loopback, with an engine that says what it is told to."""

    api: Api
    engine: ScriptedEngine
    engines: ScriptedEngines
    address: str

    def openai(self, *scopes: str, tenant: str = TENANT) -> openai.OpenAI:
        key = self.api.key(*scopes, tenant=tenant)
        return openai.OpenAI(api_key=key, base_url=f"{self.address}/v1", max_retries=0)


@pytest.fixture
def served(api: Api) -> Iterator[Served]:
    engine = ScriptedEngine([SAID])
    engines = ScriptedEngines(engine)
    limits = ShortLimits(audio_bytes=2_000_000, audio_s=20, waiting=1)
    speech = LocalShortSpeech(engines, by_turns, limits=limits)
    api.services = replace(api.services, short_speech=speech, speech=engines.offer)
    with serving(create_app(api.services)) as address:
        yield Served(api, engine, engines, address)


def ask(client: openai.OpenAI, **wanted: Any) -> Any:
    return client.audio.transcriptions.create(file=("visit.wav", WAV), **{"model": "whisper-1", **wanted})


def test_json_is_the_text_and_what_it_took(served: Served) -> None:
    answer = ask(served.openai())
    assert answer.text == "这个报价太贵了。那我把分期方案发给您。"
    assert (answer.usage.type, answer.usage.seconds) == ("duration", 3)


def test_verbose_json_holds_everything_that_the_package_declares(served: Served) -> None:
    answer = ask(served.openai(), response_format="verbose_json")
    strict = TranscriptionVerbose.model_validate(answer.model_dump(), strict=False)
    assert [(s.start, s.end, s.text) for s in strict.segments or []] == [
        (0.2, 1.5, "这个报价太贵了。"),
        (1.7, 2.9, "那我把分期方案发给您。"),
    ]
    assert strict.segments is not None
    assert strict.segments[0].avg_logprob == pytest.approx(-0.105, abs=0.001)
    assert strict.segments[1].avg_logprob == -1.0  # the engine told no confidence
    assert (strict.words, strict.duration, strict.language) == (None, 3.0, "zh")


@pytest.mark.parametrize(
    ("granularities", "segments", "words"),
    [(["segment"], 2, None), (["word"], None, 19), (["segment", "word"], 2, 19)],
)
def test_granularities_choose_what_is_there(
    served: Served, granularities: list[str], segments: int | None, words: int | None
) -> None:
    answer = ask(served.openai(), response_format="verbose_json", timestamp_granularities=granularities)
    assert (answer.segments and len(answer.segments)) == segments
    assert (answer.words and len(answer.words)) == words
    if words:
        assert (answer.words[0].word, answer.words[0].start) == ("这", 0.2)


def test_captions_are_read_by_parsers_that_are_not_ours(served: Served) -> None:
    found = list(srt.parse(ask(served.openai(), response_format="srt")))
    assert [(cue.start.total_seconds(), cue.content) for cue in found] == [
        (0.2, "这个报价太贵了。"),
        (1.7, "那我把分期方案发给您。"),
    ]
    cues = list(webvtt.from_buffer(io.StringIO(ask(served.openai(), response_format="vtt"))))
    assert [(cue.start, cue.end) for cue in cues] == [
        ("00:00:00.200", "00:00:01.500"),
        ("00:00:01.700", "00:00:02.900"),
    ]


def test_text_is_text(served: Served) -> None:
    assert ask(served.openai(), response_format="text") == "这个报价太贵了。那我把分期方案发给您。\n"


def test_diarized_json_names_speakers_as_they_begin(served: Served) -> None:
    answer = ask(served.openai(), response_format="diarized_json")
    strict = TranscriptionDiarized.model_validate(answer.model_dump())
    assert [(s.speaker, s.text) for s in strict.segments] == [
        ("A", "这个报价太贵了。"),
        ("B", "那我把分期方案发给您。"),
    ]


def test_diarized_json_takes_the_callers_words_for_the_roles(served: Served) -> None:
    names = {"known_speaker_names": ["agent", "customer"]}
    answer = ask(served.openai(), response_format="diarized_json", extra_body=names)
    assert [s.speaker for s in answer.segments] == ["customer", "agent"]


def test_a_stream_brings_what_is_finished_and_ends_with_the_whole(served: Served) -> None:
    events = list(ask(served.openai(), stream=True))
    deltas = [event.delta for event in events if event.type == "transcript.text.delta"]
    assert deltas == ["这个报价太贵了。", "那我把分期方案发给您。"]
    assert events[-1].type == "transcript.text.done"
    assert events[-1].text == "".join(deltas)


def test_a_diarized_stream_holds_segments(served: Served) -> None:
    events = list(ask(served.openai(), stream=True, response_format="diarized_json"))
    assert [(e.speaker, e.text) for e in events if e.type == "transcript.text.segment"] == [
        ("A", "这个报价太贵了。"),
        ("B", "那我把分期方案发给您。"),
    ]


def test_prompt_and_keywords_become_terms_to_listen_for(served: Served) -> None:
    ask(
        served.openai(), prompt="峰谷电价，储能柜。", extra_body={"keywords": ["并网", "并网"], "hotwords": "需量,电芯"}
    )
    assert served.engine.hotwords == [["并网", "需量", "电芯", "峰谷电价", "储能柜"]]


def test_the_language_is_passed_on(served: Served) -> None:
    ask(served.openai(), language="en")
    assert served.engine.languages == ["en"]


def test_a_model_is_chosen_by_its_name_and_the_tenants_own_by_the_common_one(served: Served) -> None:
    with served.api.services.uow() as tx:
        tx.speech.put(SpeechChoice(TENANT, OTHER.engine, OTHER.model, NOON))
    ask(served.openai(), model="script")
    ask(served.openai(), model="whisper-1")
    ask(served.openai(tenant=OTHER_TENANT), model="whisper-1")
    assert served.engines.asked == [SCRIPT, OTHER, SCRIPT]


REFUSED: dict[str, tuple[dict[str, Any], type[openai.APIStatusError], str]] = {
    "unknown model": ({"model": "gpt-4o-transcribe"}, openai.NotFoundError, "GET /v1/models"),
    "words without times": (
        {"response_format": "json", "timestamp_granularities": ["word"]},
        openai.BadRequestError,
        "verbose_json",
    ),
    "no such format": ({"response_format": "xml"}, openai.UnprocessableEntityError, "diarized_json"),
    "log probabilities": ({"include": ["logprobs"]}, openai.UnprocessableEntityError, "leave `include` out"),
    "voices to compare": (
        {"extra_body": {"known_speaker_references": ["data:audio/wav;base64,AA=="]}},
        openai.UnprocessableEntityError,
        "voices are not compared",
    ),
    "names that mean nobody": (
        {"extra_body": {"known_speaker_names": ["alice"]}},
        openai.UnprocessableEntityError,
        "seller",
    ),
    "a field of nobody": ({"extra_body": {"best_of": "5"}}, openai.UnprocessableEntityError, "does not take"),
    "too hot": ({"temperature": 2}, openai.UnprocessableEntityError, "0 to 1"),
    "captions as a stream": (
        {"stream": True, "response_format": "srt"},
        openai.UnprocessableEntityError,
        "come as a stream",
    ),
    "language in words": ({"language": "Chinese"}, openai.UnprocessableEntityError, "ISO 639-1"),
}


@pytest.mark.parametrize(("wanted", "kind", "words"), REFUSED.values(), ids=REFUSED)
def test_a_refusal_reaches_the_caller_in_words(
    served: Served, wanted: dict[str, Any], kind: type[openai.APIStatusError], words: str
) -> None:
    with pytest.raises(kind) as refused:
        ask(served.openai(), **wanted)
    assert words in refused.value.message
    body = refused.value.response.json()
    assert body["error"]["message"] == body["detail"]
    assert body["error"]["code"] == body["code"]
    assert served.engine.windows == 0


def test_what_is_too_long_names_the_queue(served: Served) -> None:
    with pytest.raises(openai.APIStatusError) as refused:
        served.openai().audio.transcriptions.create(file=("long.wav", a_wav(25)), model="whisper-1")
    assert refused.value.status_code == 413
    assert "POST /v1/visits/{id}/recording" in refused.value.message


def test_too_many_bytes_are_refused_by_their_count(served: Served) -> None:
    with pytest.raises(openai.APIStatusError) as refused:
        served.openai().audio.transcriptions.create(file=("big.wav", b"\0" * 2_100_000), model="whisper-1")
    assert refused.value.status_code == 413


def test_what_is_no_audio_is_named(served: Served) -> None:
    with pytest.raises(openai.UnprocessableEntityError) as refused:
        served.openai().audio.transcriptions.create(file=("a.wav", b"<html>"), model="whisper-1")
    assert refused.value.code == "not_audio"


def test_a_stream_that_cannot_begin_is_a_refusal_and_not_a_stream(served: Served) -> None:
    with pytest.raises(openai.UnprocessableEntityError):
        served.openai().audio.transcriptions.create(file=("a.wav", b"<html>"), model="whisper-1", stream=True)


def test_a_wrong_key_and_a_narrow_key_are_told_apart(served: Served) -> None:
    stranger = openai.OpenAI(api_key="sk-none", base_url=f"{served.address}/v1", max_retries=0)
    with pytest.raises(openai.AuthenticationError, match="valid key"):
        ask(stranger)
    with pytest.raises(openai.PermissionDeniedError, match="speech"):
        ask(served.openai("visits:read"))


def test_a_missing_model_is_a_503_with_the_way_out(served: Served) -> None:
    served.engine.missing = ModelMissing("the speech model is not there", remedy="put it there")
    with pytest.raises(openai.InternalServerError) as refused:
        ask(served.openai())
    assert (refused.value.status_code, refused.value.code) == (503, "model_missing")
    assert "the speech model is not there: put it there; nothing of this request was kept" in str(refused.value)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_a_model_that_vanishes_while_it_listens_promises_nothing(served: Served, stream: bool) -> None:
    served.engine.vanishes = ModelMissing("the service refuses", remedy="check its key")
    with pytest.raises(openai.InternalServerError, match="check its key; nothing of this request was kept"):
        list(ask(served.openai(), stream=stream))


def test_a_second_caller_is_told_when_to_come_back(served: Served) -> None:
    served.engine.pause_s = 2.0
    first = threading.Thread(target=lambda: ask(served.openai()))
    first.start()
    wait_for(lambda: bool(served.engine.languages))
    with pytest.raises(openai.InternalServerError) as refused:
        ask(served.openai())
    first.join()
    assert refused.value.code == "speech_busy"
    assert int(refused.value.response.headers["retry-after"]) > 0


def test_a_caller_who_hangs_up_frees_the_place(served: Served) -> None:
    served.engine.pause_s = 30.0
    impatient = served.openai().with_options(timeout=httpx.Timeout(1.5))
    with pytest.raises(openai.APITimeoutError):
        ask(impatient)
    served.engine.pause_s = 0.0
    wait_for(lambda: ask_or_none(served) is not None)


def ask_or_none(served: Served) -> Any:
    try:
        return ask(served.openai())
    except openai.InternalServerError:
        return None


def wait_for(condition: Callable[[], bool], *, seconds: float = 10) -> None:
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, "waited too long"
        time.sleep(0.05)


def test_nothing_is_stored(served: Served) -> None:
    ask(served.openai())
    assert served.api.blobs() == []
    assert served.api.database.state.recordings == {}


def test_models_are_listed_as_the_package_reads_them(served: Served) -> None:
    found = {model.id: model for model in served.openai().models.list()}
    assert {"script", "other"} <= set(found)
    assert found["script"].object == "model"
    assert (found["script"].kind, found["script"].default) == ("speech", True)  # type: ignore[attr-defined]
    assert served.openai().models.retrieve("other").engine == "faster-whisper"  # type: ignore[attr-defined]
    with pytest.raises(openai.NotFoundError, match="no such model"):
        served.openai().models.retrieve("nobody")


def test_the_choice_of_one_tenant_is_not_shown_to_another(served: Served) -> None:
    with served.api.services.uow() as tx:
        tx.speech.put(SpeechChoice(TENANT, OTHER.engine, OTHER.model, NOON))
    mine = {m.id: m.default for m in served.openai().models.list()}  # type: ignore[attr-defined]
    theirs = {m.id: m.default for m in served.openai(tenant=OTHER_TENANT).models.list()}  # type: ignore[attr-defined]
    assert (mine["other"], mine["script"]) == (True, False)
    assert (theirs["other"], theirs["script"]) == (False, True)


def test_text_models_are_listed_with_the_versions_in_use(served: Served) -> None:
    served.api.services = replace(served.api.services, versions={"service": "0.1.0", "turns": "turns-abc"})
    listed = served.api.client().get("/v1/models").json()["data"]
    assert [(m["id"], m["kind"], m["version"]) for m in listed if m["kind"] == "text"] == [
        ("turns", "text", "turns-abc")
    ]


def test_a_form_with_two_files_or_none_is_refused(served: Served) -> None:
    client = served.api.client()
    two = client.post("/v1/audio/transcriptions", files=[("file", ("a", WAV)), ("file", ("b", WAV))])
    none = client.post("/v1/audio/transcriptions", files={"audio": ("a", WAV)})
    assert {two.json()["code"], none.json()["code"]} == {"one_file_expected"}
    plain = client.post("/v1/audio/transcriptions", json={"file": "a"})
    assert (plain.status_code, plain.json()["error"]["type"]) == (415, "invalid_request_error")


def test_a_field_that_stands_twice_is_refused_by_name(served: Served) -> None:
    boundary = "b0"
    field = '--b0\r\nContent-Disposition: form-data; name="model"\r\n\r\na\r\n'
    file = '--b0\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nx\r\n'
    response = served.api.client().post(
        "/v1/audio/transcriptions",
        content=field * 2 + file + "--b0--\r\n",
        headers={"Content-Type": f"multipart/form-data; boundary={boundary}"},
    )
    assert (response.status_code, response.json()["param"]) == (422, "model")
