"""Wiring: the installation's secret key, what is chosen by which setting, and what contradicts itself."""

import json
import os
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import structlog
from cryptography.fernet import Fernet
from fastapi import FastAPI
from pydantic import SecretStr

from nlp.errors import ModelMissing, ModelRefused
from service.adapters.audio.speech_process import SpeechProcess
from service.adapters.doorbell import LocalDoorbell
from service.adapters.logs import configure_logging
from service.adapters.no_speech import NoSpeechEngine
from service.bootstrap import (
    HEADER_BYTES,
    Installation,
    build,
    database_url,
    demo_settings,
    server_config,
    speech_engines,
)
from service.installed import KEY_FILE, secret_key
from service.settings import AsrSettings, ContentSettings, DatabaseSettings, Settings, StorageSettings

SHARED = DatabaseSettings(url="postgresql+psycopg://db/fieldcue")


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    config = structlog.get_config()
    yield
    structlog.configure(**config)


def on(folder: Path, *, key: str | None = None, database: DatabaseSettings | None = None) -> Settings:
    storage = StorageSettings(data_dir=folder, secret_key=None if key is None else SecretStr(key), min_free_bytes=0)
    return Settings(storage=storage, database=database or DatabaseSettings())


def test_the_first_start_makes_a_key_for_this_user_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        key = secret_key(on(tmp_path))
    finally:
        os.umask(before)
    file = tmp_path / KEY_FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert Fernet(key).decrypt(Fernet(file.read_bytes()).encrypt(b"whsec")) == b"whsec"


def test_later_starts_use_the_same_key_and_leave_the_file_alone(tmp_path: Path) -> None:
    first = secret_key(on(tmp_path))
    written = (tmp_path / KEY_FILE).stat()
    assert secret_key(on(tmp_path)) == first
    assert (tmp_path / KEY_FILE).stat() == written
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE]


def test_processes_that_start_at_once_agree_on_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: secret_key(on(tmp_path)), range(32)))
    assert len(keys) == 1
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE]


def test_a_line_end_after_the_key_does_not_matter(tmp_path: Path) -> None:
    key = Fernet.generate_key()
    (tmp_path / KEY_FILE).write_bytes(key + b"\n")
    assert secret_key(on(tmp_path)) == key


def test_two_installations_have_two_keys(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).mkdir()
    assert secret_key(on(tmp_path / "a")) != secret_key(on(tmp_path / "b"))


def test_a_given_key_is_used_and_none_is_written(tmp_path: Path) -> None:
    key = Fernet.generate_key()
    assert secret_key(on(tmp_path, key=key.decode())) == key
    assert secret_key(on(tmp_path, key=key.decode(), database=SHARED)) == key
    assert list(tmp_path.iterdir()) == []


def test_a_shared_database_needs_a_given_key(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"FIELDCUE_STORAGE__SECRET_KEY.*fieldcue keys secret"):
        secret_key(on(tmp_path, database=SHARED))
    assert list(tmp_path.iterdir()) == []


def test_a_shared_database_without_key_is_refused_before_anything_is_reached(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="FIELDCUE_STORAGE__SECRET_KEY"):
        build(on(tmp_path / "data", database=SHARED))


@pytest.mark.parametrize("key", ["hush-hush", "", "QUJD", "贵" * 11], ids=["words", "empty", "too short", "no ASCII"])
def test_a_given_key_that_is_none_is_refused_without_repeating_it(key: str, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"FIELDCUE_STORAGE__SECRET_KEY holds no Fernet key.*keys secret") as caught:
        secret_key(on(tmp_path, key=key))
    assert not key or key not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"half a ke", b"\xff\x00"], ids=["empty", "cut off", "binary"])
def test_a_damaged_key_file_is_refused_with_the_way_out_and_kept(content: bytes, tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).write_bytes(content)
    with pytest.raises(SystemExit, match=f"{KEY_FILE} holds no Fernet key; restore it from a backup"):
        secret_key(on(tmp_path))
    assert (tmp_path / KEY_FILE).read_bytes() == content


def test_without_an_address_rows_live_beside_the_recordings(tmp_path: Path) -> None:
    assert database_url(on(tmp_path)) == f"sqlite:///{tmp_path}/fieldcue.db"
    assert database_url(on(Path("data"))) == f"sqlite:///{Path.cwd()}/data/fieldcue.db"
    assert database_url(on(tmp_path, database=SHARED)) == SHARED.url


def test_without_a_model_recordings_wait() -> None:
    assert isinstance(speech_engines(AsrSettings()).default, NoSpeechEngine)


def test_a_model_that_is_not_on_this_machine_is_missing_with_the_way_out(tmp_path: Path) -> None:
    engine = speech_engines(AsrSettings(model=str(tmp_path / "nothing"), local_files_only=True)).default
    assert isinstance(engine, SpeechProcess)
    try:
        missing = engine.available()
        assert isinstance(missing, ModelMissing)
        assert missing.remedy
    finally:
        engine.close()


def test_a_model_that_cannot_write_chinese_is_refused_at_the_start() -> None:
    with pytest.raises(ModelRefused):
        speech_engines(AsrSettings(model="medium.en"))


def test_a_remote_engine_needs_an_address() -> None:
    with pytest.raises(SystemExit, match="FIELDCUE_ASR__REMOTE_URL"):
        speech_engines(AsrSettings(engine="remote", model="whisper-1"))


def test_headers_are_bounded_and_the_server_does_not_name_itself() -> None:
    config = server_config(FastAPI(), host="127.0.0.1", port=0)
    assert config.http == "h11"
    assert config.h11_max_incomplete_event_size == HEADER_BYTES
    assert config.server_header is False
    assert config.timeout_graceful_shutdown


def test_the_demo_keeps_to_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIELDCUE_DATABASE__URL", SHARED.url)
    monkeypatch.setenv("FIELDCUE_BROKER__URL", "redis://broker/0")
    monkeypatch.setenv("FIELDCUE_ASR__MODEL", "large-v3-turbo")
    demo = demo_settings(tmp_path, crm_port=9000)
    assert (demo.database.url, demo.broker.url) == ("", None)
    assert demo.storage.data_dir == tmp_path
    assert demo.webhook.allow_http_hosts == ("127.0.0.1:9000",)
    assert demo.asr.model == "large-v3-turbo"


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    made = build(on(tmp_path_factory.mktemp("installation") / "deep" / "data"))
    yield made
    made.close()


def test_an_installation_makes_its_directory_and_keeps_everything_in_it(installation: Installation) -> None:
    data_dir = installation.settings.storage.data_dir
    assert stat.S_IMODE(data_dir.stat().st_mode) == 0o700
    assert {KEY_FILE, "fieldcue.db", "parts"} <= {path.name for path in data_dir.iterdir()}


def test_an_installation_can_be_read_and_written_at_once(installation: Installation) -> None:
    with installation.services.uow(write=False) as tx:
        assert tx.runs.depth(installation.services.clock.now()) == {}


def test_an_installation_tells_the_version_of_every_part(installation: Installation) -> None:
    assert {"service", "content", "turns", "roles", "triage", "churn"} <= set(installation.services.versions)


def test_without_a_broker_the_runner_lives_in_this_process(installation: Installation) -> None:
    assert isinstance(installation.doorbell, LocalDoorbell)
    with pytest.raises(SystemExit, match=r"FIELDCUE_BROKER__URL.*fieldcue serve"):
        installation.serve_rings()


def test_the_application_and_its_runner_can_be_made(installation: Installation) -> None:
    assert "/v1/visits" in installation.app().openapi()["paths"]
    assert installation.process() is not None


def test_a_second_start_on_the_same_directory_opens_what_the_first_sealed(installation: Installation) -> None:
    assert secret_key(installation.settings) == (installation.settings.storage.data_dir / KEY_FILE).read_bytes()


def test_an_installation_does_not_start_without_a_triage_model(tmp_path: Path) -> None:
    settings = on(tmp_path / "data").model_copy(update={"content": ContentSettings(models_dir=tmp_path / "models")})
    with pytest.raises(ModelMissing, match="triage") as caught:
        build(settings)
    assert "models.train" in caught.value.remedy


def test_a_log_line_is_one_json_object_with_real_characters(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("warning")
    log = structlog.get_logger("test")
    log.info("unseen")
    log.warning("seen", detail="模型不在")
    (line,) = capsys.readouterr().err.splitlines()
    assert "模型不在" in line
    assert {key: json.loads(line)[key] for key in ("event", "level", "detail")} == {
        "event": "seen",
        "level": "warning",
        "detail": "模型不在",
    }
