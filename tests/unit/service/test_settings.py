"""Settings: every variable arrives where it is named, and what does not fit stops the start with its name."""

import os
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from service.settings import (
    AsrSettings,
    BrokerSettings,
    DatabaseSettings,
    Settings,
    StorageSettings,
    child_environment,
    known_variables,
    load_settings,
)

GIVEN: dict[str, tuple[str, Any]] = {
    "FIELDCUE_DATABASE__URL": ("postgresql+psycopg://db/fieldcue", "postgresql+psycopg://db/fieldcue"),
    "FIELDCUE_DATABASE__POOL_SIZE": ("3", 3),
    "FIELDCUE_STORAGE__DATA_DIR": ("/srv/fieldcue", Path("/srv/fieldcue")),
    "FIELDCUE_STORAGE__MIN_FREE_BYTES": ("0", 0),
    "FIELDCUE_API__HOST": ("0.0.0.0", "0.0.0.0"),
    "FIELDCUE_API__PORT": ("65535", 65_535),
    "FIELDCUE_RUNNER__SLOTS": ("64", 64),
    "FIELDCUE_RUNNER__QUEUES": ('["fast", "llm"]', ("fast", "llm")),
    "FIELDCUE_RUNNER__POLL_S": ("0.5", 0.5),
    "FIELDCUE_ASR__DEVICE": ("cuda", "cuda"),
    "FIELDCUE_ASR__LOCAL_FILES_ONLY": ("true", True),
    "FIELDCUE_WEBHOOK__ALLOW_HTTP_HOSTS": ('["127.0.0.1:9000", "crm.local:80"]', ("127.0.0.1:9000", "crm.local:80")),
    "FIELDCUE_LOG__LEVEL": ("error", "error"),
}


def only(monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    """The environment with these variables of ours and no others."""
    for name in [name for name in os.environ if name.upper().startswith("FIELDCUE_")]:
        monkeypatch.delenv(name)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


def setting(settings: Settings, variable: str) -> object:
    group, name = variable.removeprefix("FIELDCUE_").lower().split("__")
    return getattr(getattr(settings, group), name)


def test_each_variable_arrives_where_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, **{name: text for name, (text, _) in GIVEN.items()})
    settings = load_settings()
    assert {name: setting(settings, name) for name in GIVEN} == {name: value for name, (_, value) in GIVEN.items()}


def test_without_variables_everything_runs_in_one_process_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, FIELDCUE_API__PORT="", FIELDCUE_DATABASE__URL="")
    settings = load_settings()
    assert settings == Settings()
    assert (settings.api.host, settings.api.port) == ("127.0.0.1", 8080)
    assert (settings.database.url, settings.broker.url, settings.asr.model) == ("", None, "")
    assert settings.webhook.allow_http_hosts == ()
    assert (settings.content.models_dir / "triage").is_dir()


def test_names_are_read_in_any_case(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, fieldcue_api__port="99")
    assert load_settings().api.port == 99


@pytest.mark.parametrize(
    "name",
    [
        "FIELDCUE_API__PROT",
        "FIELDCUE_API",
        "FIELDCUE_PORT",
        "FIELDCUE_API_PORT",
        "FIELDCUE_",
        "fieldcue_asr__modell",
    ],
    ids=["misspelt", "a whole group", "no group", "one line too few", "no name", "small and misspelt"],
)
def test_a_variable_nobody_reads_stops_the_start(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, **{name: "1"})
    with pytest.raises(SystemExit, match=f"unknown setting {name};.*FIELDCUE_API__PORT"):
        load_settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FIELDCUE_API__PORT", "eighty-eighty"),
        ("FIELDCUE_API__PORT", "65536"),
        ("FIELDCUE_API__PORT", "-1"),
        ("FIELDCUE_DATABASE__POOL_SIZE", "1"),
        ("FIELDCUE_RUNNER__SLOTS", "0"),
        ("FIELDCUE_RUNNER__LLM_SLOTS", "0"),
        ("FIELDCUE_RUNNER__QUEUES", '["slow1"]'),
        ("FIELDCUE_RUNNER__POLL_S", "0"),
        ("FIELDCUE_RUNNER__POLL_S", "nan"),
        ("FIELDCUE_ASR__DEVICE", "tpu9"),
        ("FIELDCUE_ASR__THREADS", "sixty"),
        ("FIELDCUE_LOG__LEVEL", "chatty"),
        ("FIELDCUE_STORAGE__MIN_FREE_BYTES", "-77"),
        ("FIELDCUE_WEBHOOK__ALLOW_HTTP_HOSTS", "[7777]"),
    ],
)
def test_a_value_that_does_not_fit_is_named_and_not_repeated(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    only(monkeypatch, **{name: value})
    with pytest.raises(SystemExit, match=f"^{name}: ") as caught:
        load_settings()
    assert "Traceback" not in str(caught.value)
    assert value == "1" or value == "0" or value not in str(caught.value)


def test_all_values_that_do_not_fit_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, FIELDCUE_API__PORT="x", FIELDCUE_LOG__LEVEL="x")
    with pytest.raises(SystemExit, match=r"FIELDCUE_API__PORT: .*; FIELDCUE_LOG__LEVEL: "):
        load_settings()


@pytest.mark.parametrize("value", ["127.0.0.1:9000", "[", "a,b"])
def test_a_list_that_is_no_json_is_answered_with_an_example(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, FIELDCUE_WEBHOOK__ALLOW_HTTP_HOSTS=value)
    with pytest.raises(SystemExit, match=r'webhook.*\["127\.0\.0\.1:9000"\]'):
        load_settings()


def test_secrets_are_not_shown_with_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    only(
        monkeypatch,
        FIELDCUE_STORAGE__SECRET_KEY="hush-hush-key",
        FIELDCUE_BROKER__URL="redis://:hush-hush@broker/0",
    )
    settings = load_settings()
    assert "hush" not in repr(settings)
    assert "hush" not in settings.model_dump_json()
    assert settings.broker.url is not None
    assert settings.broker.url.get_secret_value().startswith("redis://:hush")


def test_known_variables_are_all_read_and_named_once() -> None:
    known = known_variables()
    assert len(known) == len(set(known))
    assert set(GIVEN) < set(known)
    for name in known:
        setting(Settings(), name)  # AttributeError where a name leads nowhere


def test_settings_do_not_change_after_the_start() -> None:
    settings = Settings()
    with pytest.raises(ValidationError, match="frozen"):
        settings.api = settings.api  # type: ignore[misc]
    with pytest.raises(ValidationError, match="frozen"):
        settings.api.port = 1  # type: ignore[misc]


@pytest.mark.parametrize("group", [DatabaseSettings, StorageSettings, AsrSettings])
def test_a_group_takes_no_name_it_does_not_know(group: type[DatabaseSettings]) -> None:
    with pytest.raises(ValidationError, match="Extra inputs"):
        group.model_validate({"colour": "red"})


def test_a_speech_process_sees_proxies_and_gpu_libraries_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    only(
        monkeypatch,
        FIELDCUE_STORAGE__SECRET_KEY="hush",
        HTTPS_PROXY="http://proxy:1",
        no_proxy="localhost",
        HF_TOKEN="hf",
        CUDA_VISIBLE_DEVICES="0",
        LD_LIBRARY_PATH="/usr/lib/cuda",
        CLOUD_SECRET_ACCESS_KEY="hush",
        DATABASE_URL="hush",
        HF_HOMES="hush",
    )
    seen = child_environment()
    assert seen["HTTPS_PROXY"] == "http://proxy:1"
    assert seen["no_proxy"] == "localhost"
    assert {"HF_TOKEN", "CUDA_VISIBLE_DEVICES", "LD_LIBRARY_PATH"} <= set(seen)
    assert "hush" not in seen.values()
    assert "PATH" not in seen


@pytest.mark.parametrize("url", ["foo://127.0.0.1", "http://127.0.0.1", "127.0.0.1:6379"])
def test_a_broker_that_nobody_can_ring_is_refused_without_its_address(url: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        BrokerSettings(url=SecretStr(url))
    assert "redis://" in str(refusal.value)
    assert url not in str(refusal.value)


@pytest.mark.parametrize("url", ["redis://h/0", "rediss://h/0", "amqp://h//", "amqps://h//"])
def test_the_brokers_that_ring_are_taken(url: str) -> None:
    assert BrokerSettings(url=SecretStr(url)).url is not None
