"""Live cues over a real socket: a real client, a real server, the real language core."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from service.adapters.text_core import load_text_core
from service.api.app import create_app
from service.bootstrap import server_config
from service.settings import ROOT
from service.usecases.services import Limits
from tests.support.api import OTHER_TENANT, TENANT, Api, make_api
from tests.support.crm import a_cloud_event

CORE = load_text_core(models_dir=ROOT / "models", prompts_dir=ROOT / "prompts")
START = {"type": "start", "rep_id": "rep-1", "account_id": "acc-1", "customer_role": "economic_buyer"}
BATCH = "application/cloudevents-batch+json"
DEAR = "两万八一把太贵了，比别家高出一大截。"


class Served:
    """The application with the real core, on a loopback socket."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.server = uvicorn.Server(server_config(create_app(api.services), host="127.0.0.1", port=0))
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()
        while not self.server.started:
            time.sleep(0.01)
        port = self.server.servers[0].sockets[0].getsockname()[1]
        self.address = f"ws://127.0.0.1:{port}/v1/live"

    def connect(self, *scopes: str, tenant: str = TENANT, **options: Any) -> ClientConnection:
        headers = {"Authorization": f"Bearer {self.api.key(*scopes, tenant=tenant)}"}
        return connect(self.address, additional_headers=options.pop("headers", headers), proxy=None, **options)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    api = make_api(tmp_path_factory.mktemp("live"), CORE.content)
    api.services = replace(api.services, core=CORE.analyzer, limits=Limits(live_talks=4))
    made = Served(api)
    yield made
    made.server.should_exit = True
    made.thread.join(10)


def ask(client: ClientConnection, frame: dict[str, Any] | str) -> dict[str, Any]:
    client.send(frame if isinstance(frame, str) else json.dumps(frame, ensure_ascii=False))
    answer = client.recv(timeout=20)
    found: dict[str, Any] = json.loads(answer)
    return found


def say(client: ClientConnection, text: str, role: str | None = "customer") -> dict[str, Any]:
    return ask(client, {"type": "sentence", "text": text, **({"role": role} if role else {})})


def finish(client: ClientConnection) -> None:
    ask(client, {"type": "end"})


def test_an_objection_is_answered_while_the_talk_goes_on(served: Served) -> None:
    with served.connect() as client:
        ready = ask(client, START)
        assert (ready["type"], ready["heard"], ready["cues"]) == ("ready", 0, [])
        heard = say(client, DEAR)
        assert (heard["type"], heard["i"], heard["role"]) == ("heard", 0, "customer")
        cue = heard["cues"][0]
        assert (cue["kind"], cue["talktrack"], cue["strategy"]) == ("handling", "price_too_high", "economic_buyer")
        assert cue["because"]["quote"] in DEAR
        assert heard["latency_ms"] > 0
        ended = ask(client, {"type": "end"})
        assert (ended["type"], ended["heard"]) == ("ended", 1)
        with pytest.raises(ConnectionClosed) as closed:
            client.recv(timeout=5)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1000


def test_a_sentence_without_a_role_gets_one_and_traditional_characters_are_read(served: Served) -> None:
    with served.connect() as client:
        ask(client, START)
        say(client, "您好，我是做储能的小林，占您十分钟。", role="rep")
        heard = say(client, "我們這邊峰谷電價差得挺大的，你們算過沒有？", role=None)
        assert heard["role"] == "customer"
        assert [cue["key"] for cue in heard["cues"]] == ["tariff_note"]
        assert "峰谷电价" in heard["cues"][0]["text"]
        finish(client)


def test_a_broken_connection_is_taken_up_where_it_was(served: Served) -> None:
    with served.connect(close_timeout=0) as first:
        session_id = ask(first, START)["session_id"]
        cue = say(first, DEAR)["cues"][0]
        first.socket.shutdown(socket.SHUT_RDWR)  # no goodbye: the cable was pulled
    with served.connect() as second:
        ready = ask(second, {"type": "resume", "session_id": session_id, "last_cue": 0})
        assert (ready["session_id"], ready["heard"]) == (session_id, 1)
        assert ready["cues"][0] == cue
        heard = say(second, "嗯，还是贵。")
        assert heard["i"] == 1
        assert [one["key"] for one in heard["cues"]].count("objection:price") == 0  # it was just shown
        finish(second)


def test_a_second_screen_replaces_the_first(served: Served) -> None:
    with served.connect() as first, served.connect() as second:
        session_id = ask(first, START)["session_id"]
        assert ask(second, {"type": "resume", "session_id": session_id, "last_cue": 0})["type"] == "ready"
        refused = say(first, DEAR)
        assert (refused["code"], refused["fatal"]) == ("live_taken_over", True)
        with pytest.raises(ConnectionClosed):
            first.recv(timeout=5)
        assert say(second, DEAR)["i"] == 0
        finish(second)


def test_a_talk_of_another_tenant_is_gone(served: Served) -> None:
    with served.connect() as mine, served.connect(tenant=OTHER_TENANT) as theirs:
        session_id = ask(mine, START)["session_id"]
        answer = ask(theirs, {"type": "resume", "session_id": session_id, "last_cue": 0})
        assert (answer["type"], answer["code"], answer["fatal"]) == ("error", "live_talk_gone", True)
        finish(mine)


def test_a_tenant_may_have_so_many_talks(served: Served) -> None:
    with ExitStack() as stack:
        sockets = [stack.enter_context(served.connect()) for _ in range(5)]
        answers = [ask(one, START) for one in sockets]
        assert [answer["type"] for answer in answers] == ["ready"] * 4 + ["error"]
        assert answers[-1]["code"] == "live_talks_full"
        for one in sockets[:4]:
            finish(one)


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({}, 401, "unauthenticated"),
        ({"Authorization": "Bearer fcue_x_y_z"}, 401, "unauthenticated"),
        ({"Authorization": "Basic abc"}, 401, "unauthenticated"),
    ],
    ids=["none", "nonsense", "another scheme"],
)
def test_nobody_comes_in_without_a_key(served: Served, headers: dict[str, str], status: int, code: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        served.connect(headers=headers)
    response = refused.value.response
    assert response.status_code == status
    assert json.loads(response.body or b"{}")["code"] == code


def test_a_key_needs_the_scope(served: Served) -> None:
    with pytest.raises(InvalidStatus) as refused:
        served.connect("visits:read")
    assert refused.value.response.status_code == 403


def test_a_key_in_the_address_is_refused(served: Served) -> None:
    with pytest.raises(InvalidStatus) as refused:
        connect(f"{served.address}?key={served.api.key()}", proxy=None)
    assert refused.value.response.status_code == 400


def test_a_browser_sends_its_key_as_a_subprotocol(served: Served) -> None:
    key = served.api.key()
    with connect(served.address, subprotocols=["fieldcue.live.v1", f"key.{key}"], proxy=None) as client:  # type: ignore[list-item]
        assert client.subprotocol == "fieldcue.live.v1"  # the key is not repeated
        assert ask(client, START)["type"] == "ready"
        finish(client)


def test_a_revoked_key_ends_the_talk(served: Served) -> None:
    with served.connect() as client:
        ask(client, START)
        with served.api.services.uow() as tx:
            newest = tx.api_keys.page(TENANT)[0]
            tx.api_keys.revoke(TENANT, newest.id, served.api.clock.now())
        ended = False
        for _ in range(40):
            if say(client, "嗯。").get("code") == "unauthenticated":
                ended = True
                break
            time.sleep(0.25)
        assert ended


BAD = {
    "no json": ("{", "json_invalid"),
    "no object": ("[]", "frame_invalid"),
    "no type": ("{}", "frame_invalid"),
    "another type": ('{"type": "shout"}', "frame_invalid"),
    "an unknown field": ('{"type": "end", "now": true}', "frame_invalid"),
    "an empty sentence": ('{"type": "sentence", "text": ""}', "frame_invalid"),
    "a sentence too long": (json.dumps({"type": "sentence", "text": "贵" * 2_001}), "frame_invalid"),
    "a role nobody has": ('{"type": "sentence", "text": "贵", "role": "king"}', "frame_invalid"),
    "twice the same key": ('{"type": "end", "type": "end"}', "duplicate_key"),
    "a lone surrogate": ('{"type": "sentence", "text": "\\ud800"}', "invalid_unicode"),
}


@pytest.mark.parametrize(("frame", "code"), BAD.values(), ids=BAD)
def test_a_frame_that_does_not_fit_is_refused_and_the_talk_goes_on(served: Served, frame: str, code: str) -> None:
    with served.connect() as client:
        ask(client, START)
        answer = ask(client, frame)
        assert (answer["type"], answer["code"], answer["fatal"]) == ("error", code, False)
        assert "king" not in answer["detail"]
        assert say(client, DEAR)["i"] == 0
        finish(client)


def test_sentences_come_after_a_start_and_one_start_is_enough(served: Served) -> None:
    with served.connect() as client:
        assert say(client, DEAR)["code"] == "live_talk_missing"
        assert ask(client, {**START, "customer_role": "king"})["code"] == "customer_role_unknown"
        assert ask(client, START)["type"] == "ready"
        assert ask(client, START)["code"] == "live_talk_open"
        finish(client)


def test_bytes_that_are_no_audio_yet_are_refused(served: Served) -> None:
    with served.connect() as client:
        ask(client, START)
        client.send(b"\x00\x01")
        assert json.loads(client.recv(timeout=10))["fatal"] is False
        finish(client)


def test_who_sends_nothing_but_nonsense_is_sent_away(served: Served) -> None:
    with served.connect() as client:
        answers = []
        for _ in range(25):
            try:
                answers.append(ask(client, "{"))
            except ConnectionClosed:
                break
        assert len(answers) == 20
        assert answers[-1]["fatal"]


def test_a_frame_over_the_limit_ends_the_connection(served: Served) -> None:
    with served.connect() as client:
        client.send("x" * 300_000)
        with pytest.raises(ConnectionClosed) as closed:
            client.recv(timeout=10)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009


def test_talks_at_the_same_time_do_not_hear_each_other(served: Served) -> None:
    with served.connect() as one, served.connect() as other:
        for client in (one, other):
            ask(client, START)
        assert say(one, DEAR)["i"] == 0
        assert say(one, "嗯。")["i"] == 1
        assert say(other, DEAR)["cues"][0]["shown"] == 1
        for client in (one, other):
            finish(client)


def test_nothing_of_a_live_talk_is_stored(served: Served, tmp_path: Path) -> None:
    assert tmp_path
    with served.connect() as client:
        ask(client, START)
        say(client, "金丝雀八八一二说太贵了。")
        finish(client)
    assert "金丝雀八八一二" not in repr(served.api.database.state)


def test_a_cue_is_joined_with_what_the_crm_says_and_names_the_event(served: Served) -> None:
    at = served.api.clock.now() - timedelta(days=3)
    data = {"account_id": "acc-crm", "final_price": 28_000}
    told = a_cloud_event("quote.submitted", "quote/q-live", at, data)
    taken = served.api.client().post("/v1/events", json=[told], headers={"Content-Type": BATCH}).json()
    with served.connect() as client:
        ask(client, {**START, "account_id": "acc-crm"})
        heard = say(client, DEAR)
        finish(client)
    (fact,) = heard["cues"][0]["crm"]
    assert (fact["fact"], fact["source"], fact["entity_id"]) == ("quote_open", "crm", "q-live")
    assert "28,000元" in fact["text"]
    assert [event["event_id"] for event in fact["because"]] == [taken["events"][0]["id"]]
