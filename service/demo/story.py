"""`fieldcue demo`: three visits to one invented factory, the last one as a recording, until the CRM has been told.

Everything runs on this machine in a directory that is removed afterwards. Where nobody named a speech model, the
recording is heard by the one that understands its synthetic voices and nothing else; where the named one is missing,
it waits, as it would anywhere, and the stored transcript is sent by the same call that a CRM would use.
"""

import json
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import uvicorn
from rich.console import Console

from nlp.evaluation.characters import character_errors
from service.bootstrap import Installation, build, demo_settings, server_config
from service.demo.client import CrmClient, DemoFailed
from service.demo.crm import StubCrm
from service.demo.show import Titles, show_heard, show_webhook, show_written
from service.usecases.operations.manage_keys import create_key

ASSETS = Path(__file__).resolve().parent / "assets"
SPEECH = Path(__file__).resolve().parents[2] / "models" / "asr_demo"
WAIT_S = 60.0
TUESDAY = 1  # the recorded visit took place on one; its 下周二 and 周五 are told from there


def run_demo() -> int:
    """0 when the CRM received and verified everything."""
    console = Console(highlight=False)
    started = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="fieldcue-demo-") as folder, StubCrm() as crm:
            installation = build_for_the_demo(Path(folder), crm_port=crm.port)
            with running(installation) as (address, key):
                client = CrmClient(address, key)
                _play(console, client, crm, address=address, titles=installation.core.content.titles)
                client.close()
    except DemoFailed as failure:
        print(f"the demo stopped: {failure}", file=sys.stderr)
        return 1
    console.print(f"[dim]done in {time.monotonic() - started:.1f} s[/dim]")
    return 0


def build_for_the_demo(folder: Path, *, crm_port: int) -> Installation:
    """The service as installed here; the demonstration's own speech model only where no other is named."""
    settings = demo_settings(folder, crm_port=crm_port)
    if not settings.asr.model:
        hearing = settings.asr.model_copy(update={"engine": "sherpa-onnx", "model": str(SPEECH)})
        settings = settings.model_copy(update={"asr": hearing})
    return build(settings)


@contextmanager
def running(installation: Installation) -> Iterator[tuple[str, str]]:
    """The whole service on a free loopback port: its address and an admin key."""
    with installation.services.uow() as tx:
        key = create_key(tx, installation.services, tenant_id="demo", scopes=["admin"], label="demo")
    process = installation.process()
    server = uvicorn.Server(server_config(installation.app(), host="127.0.0.1", port=0))
    thread = threading.Thread(target=server.run, name="api", daemon=True)
    process.start()
    thread.start()
    try:
        yield f"http://127.0.0.1:{_port(server)}", key
    finally:
        server.should_exit = True
        thread.join(10)
        process.stop()
        installation.close()


def _port(server: uvicorn.Server) -> int:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if server.started:
            return int(server.servers[0].sockets[0].getsockname()[1])
        time.sleep(0.02)
    raise DemoFailed("the API did not start within 30 s")


def _play(console: Console, client: CrmClient, crm: StubCrm, *, address: str, titles: Titles) -> None:
    console.print(f"[bold]Fieldcue demo[/bold]  API {address}  stub CRM http://127.0.0.1:{crm.port}")
    endpoint = client.post(
        "/v1/webhook-endpoints", json={"url": f"http://127.0.0.1:{crm.port}/hooks/fieldcue", "payload": "full"}
    )
    crm.inbox.secret = endpoint["secret"]
    earlier = json.loads((ASSETS / "earlier_visits.json").read_text(encoding="utf-8"))
    who = {name: earlier[name] for name in ("account_id", "rep_id", "opportunity_id")}
    today = last_tuesday(datetime.now(UTC))  # noqa: TID251 - the story happens now
    for visit in earlier["visits"]:
        turns, days = visit.pop("turns"), visit.pop("days_before")
        visit_id = _announce(client, {**who, **visit}, today - timedelta(days=days))
        client.send_transcript(visit_id, turns)
        show_written(console, visit, _told(crm, visit_id), on=today - timedelta(days=days))
    stored = json.loads((ASSETS / "transcript.json").read_text(encoding="utf-8"))
    context = {name: value for name, value in stored["context"].items() if name != "date"}
    visit_id = _announce(client, {**who, **context, "stage": "商务谈判"}, today)
    show_webhook(console, _record(console, client, crm, visit_id, stored["turns"]), titles)


def last_tuesday(now: datetime) -> datetime:
    """Ten in the morning, Chinese time, of the last Tuesday that is over."""
    morning = now.astimezone(timezone(timedelta(hours=8))).replace(hour=10, minute=0, second=0, microsecond=0)
    return morning - timedelta(days=(morning.weekday() - TUESDAY - 1) % 7 + 1)


def _announce(client: CrmClient, visit: dict[str, Any], at: datetime) -> str:
    consent = {"basis": "consent", "method": "verbal", "given_at": at.isoformat()}
    return str(client.post("/v1/visits", json={**visit, "visited_at": at.isoformat(), "consent": consent})["id"])


def _record(
    console: Console, client: CrmClient, crm: StubCrm, visit_id: str, turns: list[dict[str, Any]]
) -> dict[str, Any]:
    file = ASSETS / "recording.ogg"
    recording = client.send_recording(visit_id, file)
    console.print(
        f"\n[bold]录音[/bold] {file.name}（{recording['size_bytes'] // 1000} kB，双声道）已受理：{recording['id']}"
    )
    recording = client.wait_for_recording(recording["id"], timeout_s=WAIT_S * 5)
    if recording["state"] == "waiting_for_model":
        console.print("本机没有中文语音模型：录音保留等待，这一步改用随附的文字稿，其余各步照常运行。")
        fields = ("role", "text", "start_ms", "end_ms")
        client.send_transcript(visit_id, [{name: turn[name] for name in fields} for turn in turns])
        return _told(crm, visit_id)
    if recording["state"] != "done":
        raise DemoFailed(f"the recording ended as {recording['state']}: {recording['detail']}")
    event = _told(crm, visit_id)
    said, heard = ("".join(turn["text"] for turn in found) for found in (turns, event["data"]["analysis"]["turns"]))
    show_heard(console, errors=character_errors(said, heard).rate)
    return event


def _told(crm: StubCrm, visit_id: str) -> dict[str, Any]:
    event = crm.inbox.wait_for(visit_id, timeout_s=WAIT_S)
    if event is None:
        raise DemoFailed(f"no webhook for {visit_id} within {WAIT_S:.0f} s")
    return event
