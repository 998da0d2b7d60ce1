"""Which engine is made from which plan, and what tenants are offered; no process is started here."""

from pathlib import Path

import pytest

from nlp.errors import ModelMissing, ModelRefused
from service.adapters.audio.engines import EnginePool, SpeechPlan, make_setup
from service.adapters.audio.setups import RemoteSetup, SherpaSetup, WhisperSetup, hub_environment
from service.adapters.no_speech import NoSpeechEngine
from service.domain.speech.choice import SpeechOffer, SpeechOption
from tests.support.tiny_sherpa import build_tiny_sherpa

SENSE = SpeechOption("sherpa-onnx", "sense")
SMALL = SpeechOption("faster-whisper", "small")
HOSTED = SpeechOption("remote", "whisper-1")


@pytest.fixture
def plan(tmp_path: Path) -> SpeechPlan:
    models = tmp_path / "models"
    build_tiny_sherpa(models / "sense")
    (models / "small").mkdir()
    (models / "small" / "model.bin").write_bytes(b"")
    (models / "notes").mkdir()
    return SpeechPlan(
        model="/srv/turbo",
        models_dir=models,
        remote_url="http://127.0.0.1:9/v1",
        remote_key="secret",
        remote_models=("whisper-1",),
    )


def test_what_lies_in_the_models_directory_is_offered_beside_the_default(plan: SpeechPlan) -> None:
    turbo = SpeechOption("faster-whisper", "turbo")
    assert EnginePool(plan).offer() == SpeechOffer(turbo, (turbo, SENSE, SMALL, HOSTED))


def test_without_a_model_there_is_no_default_and_recordings_wait() -> None:
    pool = EnginePool(SpeechPlan())
    assert pool.offer() == SpeechOffer()
    assert isinstance(pool.of(None), NoSpeechEngine)
    assert not pool.ready()


def test_remote_models_without_an_address_are_not_offered() -> None:
    assert EnginePool(SpeechPlan(remote_models=("whisper-1",))).offer().options == ()


def test_the_default_chosen_by_name_is_the_same_engine(plan: SpeechPlan) -> None:
    pool = EnginePool(plan)
    assert pool.of(SpeechOption("faster-whisper", "turbo")) is pool.of(None) is pool.default
    assert pool.of(SENSE) is pool.of(SENSE)
    assert pool.of(SENSE) is not pool.default


def test_one_engine_that_can_work_lets_the_waiting_try_again(plan: SpeechPlan) -> None:
    pool = EnginePool(plan)
    assert not pool.ready()  # /srv/turbo is not there
    assert pool.of(SENSE).available() is None
    assert pool.ready()
    pool.close()


def test_a_chosen_model_that_was_removed_waits(plan: SpeechPlan) -> None:
    gone = EnginePool(plan).of(SpeechOption("sherpa-onnx", "gone")).available()
    assert isinstance(gone, ModelMissing)


@pytest.mark.parametrize("option", [SENSE, SMALL, HOSTED], ids=lambda option: option.engine)
def test_every_engine_says_what_it_is_before_it_is_loaded(plan: SpeechPlan, option: SpeechOption) -> None:
    described = EnginePool(plan).of(option).describe()
    assert described == {"engine": option.engine, "model": option.model}


@pytest.mark.parametrize("name", ["distil-large-v3", "small.en"])
@pytest.mark.parametrize("engine", ["faster-whisper", "remote"])
def test_english_models_are_refused_for_chinese(plan: SpeechPlan, engine: str, name: str) -> None:
    with pytest.raises(ModelRefused):
        EnginePool(SpeechPlan(engine=engine, model=name, remote_url=plan.remote_url))  # type: ignore[arg-type]


def test_plans_become_setups() -> None:
    assert isinstance(make_setup(SpeechPlan(model="small")), WhisperSetup)
    sherpa = make_setup(SpeechPlan(engine="sherpa-onnx", model="sense/", threads=3, device="auto"))
    assert isinstance(sherpa, SherpaSetup)
    assert (sherpa.model, sherpa.network, sherpa.sherpa.device) == ("sense", False, "cpu")
    assert Path(sherpa.options()["model"]).is_absolute()
    assert hub_environment(sherpa)["OMP_NUM_THREADS"] == "3"
    assert hub_environment(sherpa)["HF_HUB_OFFLINE"] == "1"
    remote = make_setup(SpeechPlan(engine="remote", model="m", remote_url="https://a.example/v1", remote_key="secret"))
    assert isinstance(remote, RemoteSetup)
    assert remote.options()["key"] == "secret"
    assert "secret" not in repr(remote)
    assert "HF_HUB_OFFLINE" not in hub_environment(remote)
