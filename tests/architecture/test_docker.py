"""The images and the compose file name only paths, commands and settings that exist."""

import json
import re
import shlex
from pathlib import Path
from typing import get_args

import pytest
import yaml

from service.cli.on_demand import MODULE_OF
from service.domain.stages import Queue
from service.runner.celery_app import LEAVE_S
from service.runner.pace import Pace
from service.settings import RunnerSettings, known_variables

ROOT = Path(__file__).resolve().parents[2]
IMAGES = sorted((ROOT / "docker").glob("*.Dockerfile"))
COMPOSE = yaml.safe_load((ROOT / "docker" / "compose.yaml").read_text(encoding="utf-8"))
OURS = ("api", "runner", "runner-text", "runner-speech", "runner-gpu")
RUNNERS = OURS[1:]
APART = ("runner-text", "runner-speech")


def instructions(path: Path) -> list[tuple[str, str]]:
    text = re.sub(r"\\\n\s*", "", path.read_text(encoding="utf-8"))
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in lines]


def commands() -> set[str]:
    return set(MODULE_OF)


@pytest.mark.parametrize("path", IMAGES, ids=lambda path: path.name)
def test_every_copied_path_exists_and_is_sent_to_the_builder(path: Path) -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    for instruction, rest in instructions(path):
        if instruction == "COPY" and "--from" not in rest:
            for source in shlex.split(rest)[:-1]:
                assert (ROOT / source).exists(), source
                assert f"!{source}" in ignored, f"{source} is missing from .dockerignore's allow list"


@pytest.mark.parametrize("path", IMAGES, ids=lambda path: path.name)
def test_it_does_not_run_as_root(path: Path) -> None:
    users = [rest for instruction, rest in instructions(path) if instruction == "USER"]
    assert users
    assert users[-1] not in {"root", "0"}


@pytest.mark.parametrize("path", IMAGES, ids=lambda path: path.name)
def test_it_starts_and_checks_itself_with_commands_that_exist(path: Path) -> None:
    found = dict(instructions(path))
    started = json.loads(found["CMD"])
    assert started[0] == "fieldcue"
    assert started[1] in commands()
    checked = json.loads(found["HEALTHCHECK"].partition("CMD ")[2])
    assert checked[0] in {"fieldcue", "python"}
    assert checked[0] != "fieldcue" or checked[1] in commands()


@pytest.mark.parametrize("path", IMAGES, ids=lambda path: path.name)
def test_packages_are_installed_with_their_hashes(path: Path) -> None:
    installs = [
        rest for instruction, rest in instructions(path) if instruction == "RUN" and "requirements.lock" in rest
    ]
    assert installs
    assert all("--require-hashes" in rest for rest in installs)


@pytest.mark.parametrize("path", IMAGES, ids=lambda path: path.name)
def test_the_settings_it_sets_are_read_by_somebody(path: Path) -> None:
    text = " ".join(rest for instruction, rest in instructions(path) if instruction == "ENV")
    assert set(re.findall(r"FIELDCUE_\w+", text)) <= set(known_variables())


@pytest.mark.parametrize("name", OURS)
def test_compose_builds_images_that_exist_with_settings_that_are_read(name: str) -> None:
    service = COMPOSE["services"][name]
    assert (ROOT / service["build"]["dockerfile"]).exists()
    assert set(service["environment"]) <= set(known_variables())
    assert set(service["depends_on"]) <= set(COMPOSE["services"])


@pytest.mark.parametrize("name", ["postgres", "redis"])
def test_compose_waits_for_servers_that_say_they_are_healthy(name: str) -> None:
    assert COMPOSE["services"][name]["healthcheck"]["test"]
    assert all(COMPOSE["services"][ours]["depends_on"][name]["condition"] == "service_healthy" for ours in OURS)


def test_compose_waits_for_rabbitmq_where_it_is_asked_for() -> None:
    broker = COMPOSE["services"]["rabbitmq"]
    assert broker["profiles"] == ["rabbitmq"]
    assert broker["healthcheck"]["test"][1] == "rabbitmq-diagnostics"
    assert all(
        "FIELDCUE_BROKER_URL" in COMPOSE["services"][name]["environment"]["FIELDCUE_BROKER__URL"] for name in OURS
    )


def test_runners_apart_serve_every_queue_once_and_start_on_request_alone() -> None:
    served = [queue for name in APART for queue in queues_of(name)]
    assert sorted(served) == sorted(get_args(Queue))
    assert queues_of("runner-speech") == ["asr"]
    assert all(COMPOSE["services"][name]["profiles"] == ["apart"] for name in APART)
    assert "profiles" not in COMPOSE["services"]["runner"]


@pytest.mark.parametrize("name", RUNNERS)
def test_a_runner_is_given_longer_to_stop_than_it_takes(name: str) -> None:
    grace = COMPOSE["services"][name]["stop_grace_period"]
    assert int(grace.removesuffix("s")) >= Pace().stop_grace_s + LEAVE_S


@pytest.mark.parametrize("name", OURS)
def test_the_settings_in_compose_are_understood(name: str) -> None:
    """Nested ones as the settings read them: a queue that does not exist, or 0 slots, would stop the start."""
    environment = COMPOSE["services"][name]["environment"]
    runner = {key: value for key, value in environment.items() if key.startswith("FIELDCUE_RUNNER__")}
    fields = {key.removeprefix("FIELDCUE_RUNNER__").lower(): value for key, value in runner.items()}
    if "queues" in fields:
        fields["queues"] = json.loads(fields["queues"])
    RunnerSettings.model_validate(fields)


def queues_of(name: str) -> list[str]:
    return list(json.loads(COMPOSE["services"][name]["environment"]["FIELDCUE_RUNNER__QUEUES"]))


def test_compose_publishes_the_api_on_loopback_only() -> None:
    assert COMPOSE["services"]["api"]["ports"] == ["127.0.0.1:8080:8080"]


def test_compose_holds_no_secret() -> None:
    text = (ROOT / "docker" / "compose.yaml").read_text(encoding="utf-8")
    assert "${POSTGRES_PASSWORD:?" in text
    assert "${FIELDCUE_SECRET_KEY:?" in text
