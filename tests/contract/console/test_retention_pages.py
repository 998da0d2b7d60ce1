"""How long things are kept, legal holds and the register of processors on their pages, decided as in the API."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from service.domain.people import Person
from service.domain.privacy.rules import RETENTION_ID, HoldRow, ProcessorRow, RetentionRow
from service.usecases.privacy.sweep_retention import retention_of
from tests.support.builders import OTHER_TENANT, TENANT, an_endpoint, an_id
from tests.support.console import Browser, ConsoleApi
from tests.support.duties import send_abroad, trail
from tests.support.fakes import NOON
from tests.support.privacy import some_installation

RETENTION, HOLDS, PROCESSORS = "/privacy/retention", "/privacy/holds", "/privacy/processors"
HOLD, ENTRY = an_id("hld", 4), an_id("prc", 4)
DEFAULTS = {"audio_days": "30", "transcript_days": "180", "features_days": "365", "audit_days": "1095"}
TIMES = {**DEFAULTS, "seen": "30-180-365-1095-"}
PLACED = {"kind": "account", "ref": "acc_1", "reason": "合同纠纷"}
ENTERED = {"kind": "webhook", "host": "CRM.example", "name": "远航客户云", "region": "CN", "purpose": "客户管理",
           "fields": "摘要\r\n\r\n 标签 ", "contract_ref": "DPA-1"}  # fmt: skip
POSTS = {
    "times": (RETENTION, {**TIMES, "audio_days": "7", "sure": "1"}),
    "hold": (HOLDS, PLACED),
    "release": (f"{HOLDS}/{HOLD}", {"sure": "1"}),
    "register": (PROCESSORS, ENTERED),
    "change": (f"{PROCESSORS}/{ENTRY}", ENTERED),
    "remove": (f"{PROCESSORS}/{ENTRY}/removal", {"sure": "1"}),
}
BY_POST = pytest.mark.parametrize(("path", "fields"), POSTS.values(), ids=POSTS.keys())


def put(console: ConsoleApi, *, tenant: str = TENANT) -> None:
    """A hold that stands and an entry of the register."""
    hold = HoldRow(HOLD, tenant, NOON, "account", "acc_2", "劳动仲裁", "person:exe_gu")
    entry = ProcessorRow(ENTRY, tenant, NOON, "robot", "chat.example", "群聊", "CN", "提醒", ("提醒",), "DPA-9")
    with console.api.services.uow() as tx:
        tx.privacy.holds.put(hold)
        tx.privacy.processors.put(entry)


def policy(console: ConsoleApi, tenant: str = TENANT) -> RetentionRow:
    with console.api.services.uow(write=False) as tx:
        return retention_of(tx, tenant, NOON)


def holds(console: ConsoleApi) -> list[HoldRow]:
    with console.api.services.uow(write=False) as tx:
        return list(tx.privacy.holds.find(TENANT))


def entries(console: ConsoleApi) -> list[ProcessorRow]:
    with console.api.services.uow(write=False) as tx:
        return list(tx.privacy.processors.find(TENANT))


def opened(console: ConsoleApi, path: str = RETENTION) -> Browser:
    executive = console.enter("exe_gu")
    assert executive.get(path).status_code == 200
    return executive


def wrong(page: str) -> list[str]:
    """Ids of the fields that a page calls wrong; each has its words, and a link to it at the top."""
    tags = re.findall(r"<(?:input|select|textarea)[^>]*aria-invalid[^>]*>", page)
    found = [re.findall(r' id="([^"]+)"', tag)[0] for tag in tags]
    assert all(f'id="wrong-{name}"' in page and f'href="#{name}"' in page for name in found)
    return found


@BY_POST
@pytest.mark.parametrize("person", ["mgr_he", "rep_lin"])
def test_only_executives_decide(console: ConsoleApi, path: str, fields: dict[str, str], person: str) -> None:
    put(console)
    assert console.enter(person).post(path, fields).status_code == 403
    assert trail(console) == []


@BY_POST
@pytest.mark.parametrize("token", ["", "0" * 64])
def test_a_form_from_elsewhere_is_refused(console: ConsoleApi, path: str, fields: dict[str, str], token: str) -> None:
    put(console)
    assert console.enter("exe_gu").post(path, fields, token=token).status_code == 403
    assert trail(console) == []


@BY_POST
def test_what_an_executive_decides_is_in_the_trail_under_their_name(
    console: ConsoleApi, path: str, fields: dict[str, str]
) -> None:
    put(console)
    assert console.enter("exe_gu").post(path, fields).status_code == 303
    assert [entry.actor for entry in trail(console)] == ["person:exe_gu"]


@pytest.mark.parametrize(
    ("scopes", "read", "written"),
    [((), 403, 403), (("audit:read",), 200, 403), (("audit:read", "privacy:write"), 200, 303)],
)
def test_a_key_decides_what_it_may_in_the_api(
    console: ConsoleApi, scopes: tuple[str, ...], read: int, written: int
) -> None:
    put(console)
    browser = console.browser()
    browser.get("/sign-in")
    browser.post("/sign-in", {"api_key": console.api.key("console", *scopes)})
    browser.get("/visits")
    for path in (RETENTION, PROCESSORS, f"{PROCESSORS}/{ENTRY}"):
        page = browser.get(path)
        assert page.status_code == read
        assert (f'action="/console{path}"' in page.text) == (written == 303), "no form that would be refused"
    for path, fields in POSTS.values():
        assert browser.post(path, fields).status_code == written


def test_another_tenants_holds_and_entries_are_not_found(console: ConsoleApi) -> None:
    put(console)
    with console.api.services.uow() as tx:
        tx.people.put(Person("exe_far", OTHER_TENANT, "邻居", "executive", NOON, row_id=an_id("per", 98)))
        tx.privacy.retention.put(RetentionRow(RETENTION_ID, TENANT, NOON, audio_days=9))
    stranger = console.enter("exe_far", OTHER_TENANT)
    page = stranger.get(RETENTION).text
    assert ["劳动仲裁" in page, 'value="9"' in page, "现在是默认的期限" in page] == [False, False, True]
    assert "群聊" not in stranger.get(PROCESSORS).text
    assert stranger.get(f"{PROCESSORS}/{ENTRY}").status_code == 404
    for name in ("release", "change", "remove"):
        assert stranger.post(*POSTS[name]).status_code == 404, name
    assert (len(entries(console)), holds(console)[0].released_at) == (1, None)


def test_times_stand_with_their_limits_and_are_shortened_kind_by_kind(console: ConsoleApi) -> None:
    executive = opened(console)
    page = executive.page
    assert ["现在是默认的期限" in page, "最长 1095 天" in page, 'max="30" value="30"' in page] == [True] * 3
    assert executive.post(*POSTS["times"]).status_code == 303
    page = executive.get(RETENTION).text
    assert ['value="7"' in page, "最近一次修改：2026-03-" in page] == [True, True]
    kept = policy(console)
    assert (kept.audio_days, kept.transcript_days, kept.audio_delete_after_asr) == (7, 180, False)
    assert [entry.detail for entry in trail(console, "retention.changed")] == [
        {"audio": 7, "audio_delete_after_asr": False}
    ]
    assert policy(console, OTHER_TENANT).audio_days == 30


@pytest.mark.parametrize("days", ["31", "0", "-1", "", "7.5", "七", "1e1"])
def test_days_that_cannot_be_are_told_at_their_field_with_what_was_typed(console: ConsoleApi, days: str) -> None:
    answer = opened(console).post(RETENTION, {**TIMES, "audio_days": days, "audit_days": "1096", "sure": "1"})
    assert (answer.status_code, wrong(answer.text)) == (422, ["audio_days", "audit_days"])
    assert ["请填 1 到 30 的整数" in answer.text, 'value="1096"' in answer.text] == [True, True]
    assert trail(console) == []


@pytest.mark.parametrize("change", [{"features_days": "364"}, {"audio_delete_after_asr": "1"}], ids=["shorter", "asr"])
def test_what_erases_is_ticked_first(console: ConsoleApi, change: dict[str, str]) -> None:
    executive = opened(console)
    answer = executive.post(RETENTION, {**TIMES, **change})
    assert (answer.status_code, wrong(answer.text)) == (422, ["sure"])
    assert trail(console) == []
    assert executive.post(RETENTION, {**TIMES, **change, "sure": "1"}).status_code == 303
    assert len(trail(console, "retention.changed")) == 1


def test_a_longer_time_within_the_limits_needs_no_tick_and_the_same_times_leave_no_trace(console: ConsoleApi) -> None:
    with console.api.services.uow() as tx:
        tx.privacy.retention.put(RetentionRow(RETENTION_ID, TENANT, NOON, audio_days=7, audio_delete_after_asr=True))
    executive = opened(console)
    same = {**TIMES, "audio_days": "7", "audio_delete_after_asr": "1", "seen": "7-180-365-1095-1"}
    assert executive.post(RETENTION, same).status_code == 303
    assert trail(console) == []
    longer = {**DEFAULTS, "audio_days": "14", "seen": same["seen"]}
    assert executive.post(RETENTION, longer).status_code == 303
    assert (policy(console).audio_days, policy(console).audio_delete_after_asr) == (14, False)


def test_times_that_somebody_changed_meanwhile_are_shown_and_not_written_over(console: ConsoleApi) -> None:
    executive = opened(console)
    with console.api.services.uow() as tx:
        tx.privacy.retention.put(RetentionRow(RETENTION_ID, TENANT, NOON, transcript_days=90))
    answer = executive.post(*POSTS["times"])
    assert (answer.status_code, "期限被别人改过了" in answer.text, 'value="90"' in answer.text) == (409, True, True)
    assert (policy(console).audio_days, trail(console)) == (30, [])


def test_a_hold_is_put_with_its_reason_and_keeps_its_visits(console: ConsoleApi) -> None:
    executive = opened(console, HOLDS.replace("holds", "retention"))
    assert "没有生效的法律保全" in executive.page
    made = executive.post(HOLDS, PLACED)
    (hold,) = holds(console)
    assert made.headers["location"] == f"/console{RETENTION}#{hold.id}"
    page = executive.get(RETENTION).text
    said = ("生效的法律保全：1", "合同纠纷", "顾岩 于 2026-03-", "包括 1 次拜访", "acc_1")
    assert [each for each in said if each not in page] == []
    assert [(entry.why, entry.object) for entry in trail(console, "hold.placed")] == [("合同纠纷", f"hold:{hold.id}")]
    refused = console.api.client().delete("/v1/subjects/account:acc_1")
    assert refused.json()["code"] == "legal_hold"


@pytest.mark.parametrize(
    ("kind", "ref", "name"), [("person", "rep_lin", "林晓岚"), ("visit", an_id("vis", 1), an_id("vis", 1))]
)
def test_people_and_visits_are_held_too_by_their_names(console: ConsoleApi, kind: str, ref: str, name: str) -> None:
    executive = opened(console)
    assert executive.post(HOLDS, {**PLACED, "kind": kind, "ref": f" {ref} "}).status_code == 303
    assert f"<strong>{name}</strong>" in executive.get(RETENTION).text
    assert [(hold.kind, hold.ref) for hold in holds(console)] == [(kind, ref)]


def test_a_hold_that_covers_nothing_says_so(console: ConsoleApi) -> None:
    executive = opened(console)
    executive.post(HOLDS, {**PLACED, "ref": "acc-typo"})
    assert "没有找到拜访，请核对编号" in executive.get(RETENTION).text


@pytest.mark.parametrize(
    ("change", "fields"),
    [({"reason": " "}, ["reason"]), ({"reason": "长" * 201}, ["reason"]), ({"reason": "\u200b\u202e"}, ["reason"]),
     ({"ref": "a b"}, ["ref"]), ({"ref": ""}, ["ref"]), ({"ref": "a" * 129}, ["ref"]),
     ({"kind": "tenant", "ref": "all"}, ["kind"]), ({"kind": "", "ref": "", "reason": ""}, ["kind", "ref", "reason"])],
    ids=["blank", "long", "unseen", "no id", "no ref", "long ref", "a tenant", "nothing"],
)  # fmt: skip
def test_a_hold_that_cannot_be_meant_is_told_at_its_field(
    console: ConsoleApi, change: dict[str, str], fields: list[str]
) -> None:
    answer = opened(console).post(HOLDS, {**PLACED, **change})
    assert (answer.status_code, wrong(answer.text)) == (422, fields)
    assert 'value="30"' in answer.text, "the times beside it stand as they are"
    assert (holds(console), trail(console)) == ([], [])


def test_a_hold_is_released_by_who_knows_what_follows_and_once(console: ConsoleApi) -> None:
    put(console)
    executive = opened(console)
    answer = executive.post(f"{HOLDS}/{HOLD}")
    assert (answer.status_code, "没有勾选，保全没有解除" in answer.text) == (422, True)
    assert holds(console)[0].released_at is None
    for _ in range(2):
        assert executive.post(*POSTS["release"]).status_code == 303
        console.api.clock.forward(minutes=5)
    page = executive.get(RETENTION).text
    assert ["没有生效的法律保全" in page, "已经解除的：1" in page, "解除这项保全" in page] == [True, True, False]
    assert [entry.object for entry in trail(console, "hold.released")] == [f"hold:{HOLD}"]
    assert executive.post(f"{HOLDS}/{an_id('hld', 9)}", {"sure": "1"}).status_code == 404


def test_the_address_of_holds_leads_to_where_they_stand(console: ConsoleApi) -> None:
    assert opened(console).get(HOLDS).headers["location"] == f"/console{RETENTION}#holds"


def test_a_processor_is_registered_with_the_kinds_of_data_line_by_line(console: ConsoleApi) -> None:
    executive = opened(console, PROCESSORS)
    assert "还没有登记任何接收方" in executive.page
    assert executive.post(*POSTS["register"]).status_code == 303
    (row,) = entries(console)
    assert (row.host, row.fields, row.region) == ("crm.example", ("摘要", "标签"), "CN")
    page = executive.get(PROCESSORS).text
    assert ["已登记：1" in page, f"/privacy/processors/{row.id}" in page, "DPA-1" in page] == [True] * 3
    assert [entry.detail for entry in trail(console, "processor.registered")] == [
        {"host": "crm.example", "region": "CN"}
    ]


BAD: dict[str, tuple[dict[str, str], list[str]]] = {
    "an address": ({"host": "https://crm.example/x"}, ["host"]),
    "a port": ({"host": "crm.example:8443"}, ["host"]),
    "another region": ({"region": "US"}, ["region"]),
    "no region": ({"region": "somewhere"}, ["region"]),
    "no data": ({"fields": " \r\n "}, ["fields"]),
    "too much data": ({"fields": "\r\n".join(map(str, range(51)))}, ["fields"]),
    "a long line": ({"fields": "长" * 201}, ["fields"]),
    "blanks": ({"name": " ", "purpose": "\u200b", "contract_ref": "长" * 201}, ["name", "purpose", "contract_ref"]),
}


@pytest.mark.parametrize(("change", "fields"), BAD.values(), ids=BAD.keys())
def test_an_entry_that_cannot_be_meant_is_told_at_its_field(
    console: ConsoleApi, change: dict[str, str], fields: list[str]
) -> None:
    answer = opened(console, PROCESSORS).post(PROCESSORS, {**ENTERED, **change})
    assert (answer.status_code, sorted(wrong(answer.text))) == (422, sorted(fields))
    kept = {name: value for name, value in {**ENTERED, **change}.items() if name in ("host", "name", "purpose")}
    assert [name for name, value in kept.items() if f'value="{value}"' not in answer.text] == [], "what was typed stays"
    assert (entries(console), trail(console)) == ([], [])


def test_no_kind_of_receiver_is_made_up(console: ConsoleApi) -> None:
    answer = opened(console, PROCESSORS).post(PROCESSORS, {**ENTERED, "kind": "fax"})
    assert (answer.status_code, wrong(answer.text)) == (422, ["kind"])


def test_a_region_that_consent_covers_is_offered_and_taken(console: ConsoleApi) -> None:
    console.api.services = replace(console.api.services, regions=("CN", "SG"))
    executive = opened(console, PROCESSORS)
    assert '<option value="SG">' in executive.page
    assert executive.post(PROCESSORS, {**ENTERED, "region": "SG"}).status_code == 303


def test_adding_writes_nothing_over_another_kind_stands_beside(console: ConsoleApi) -> None:
    executive = opened(console, PROCESSORS)
    executive.post(*POSTS["register"])
    answer = executive.post(PROCESSORS, {**ENTERED, "host": "crm.EXAMPLE", "name": "别家"})
    assert (answer.status_code, wrong(answer.text), "已经登记过了" in answer.text) == (422, ["host"], True)
    assert executive.post(PROCESSORS, {**ENTERED, "kind": "crm"}).status_code == 303
    assert {(row.kind, row.name) for row in entries(console)} == {
        ("crm", ENTERED["name"]),
        ("webhook", ENTERED["name"]),
    }


def test_an_entry_is_changed_on_its_page_but_for_what_it_is_known_by(console: ConsoleApi) -> None:
    put(console)
    here = f"{PROCESSORS}/{ENTRY}"
    executive = opened(console, here)
    page = executive.page
    assert ['value="DPA-9"' in page, ">提醒</textarea>" in page, 'name="host"' in page] == [True, True, False]
    answer = executive.post(here, {**ENTERED, "contract_ref": ""})
    assert (answer.status_code, wrong(answer.text)) == (422, ["contract_ref"])
    assert 'value="远航客户云"' in answer.text, "what was typed stays"
    assert executive.post(here, ENTERED).headers["location"] == f"/console{PROCESSORS}#{ENTRY}"
    (row,) = entries(console)
    assert (row.id, row.kind, row.host, row.name) == (ENTRY, "robot", "chat.example", "远航客户云")
    assert [entry.object for entry in trail(console, "processor.registered")] == [f"processor:{ENTRY}"]


def test_an_entry_is_removed_by_who_knows_what_follows(console: ConsoleApi) -> None:
    put(console)
    executive = opened(console, f"{PROCESSORS}/{ENTRY}")
    answer = executive.post(f"{PROCESSORS}/{ENTRY}/removal")
    assert (answer.status_code, "什么都没有移除" in answer.text, len(entries(console))) == (422, True, 1)
    assert executive.post(*POSTS["remove"]).status_code == 303
    assert entries(console) == []
    assert executive.post(*POSTS["remove"]).status_code == 404
    assert [entry.object for entry in trail(console, "processor.removed")] == [f"processor:{ENTRY}"]


@pytest.mark.parametrize(("required", "said"), [(False, "数据照常发送"), (True, "都被拦下")])
def test_receivers_without_an_entry_are_named_until_they_have_one(
    console: ConsoleApi, required: bool, said: str
) -> None:
    facts: Any = some_installation(processors_required=required, llm_host="llm.example")
    console.api.services = replace(console.api.services, installed=lambda: facts)
    with console.api.services.uow() as tx:
        tx.endpoints.add(an_endpoint(url="https://crm.example/hooks"))
        tx.endpoints.add(replace(an_endpoint(url="https://gone.example"), id=an_id("ep", 8), disabled_at=NOON))
        send_abroad(tx, "old.example", "", 2, at=NOON - timedelta(days=1))
    executive = opened(console, PROCESSORS)
    note = executive.page.split('id="unregistered"')[1].split("</section>")[0]
    assert re.findall(r"<code>(.*?)</code>", note) == ["crm.example", "llm.example", "old.example"]
    assert said in note
    assert "<b>3</b><span>没有登记的接收方" in executive.get("/privacy").text
    page = executive.get(f"{PROCESSORS}?host=crm.example").text
    assert 'name="host" maxlength="253" placeholder="crm.example.com" value="crm.example"' in page
    assert executive.post(*POSTS["register"]).status_code == 303
    note = executive.get(PROCESSORS).text.split('id="unregistered"')[1].split("</section>")[0]
    assert re.findall(r"<code>(.*?)</code>", note) == ["llm.example", "old.example"]


def test_words_from_outside_stay_words(console: ConsoleApi) -> None:
    executive = opened(console, f"{PROCESSORS}?host=%22%3E%3Cscript%3E")
    assert "<script>" not in executive.page.split("<main")[1]
    executive.post(HOLDS, {**PLACED, "reason": "<script>alert(1)</script>"})
    page = executive.get(RETENTION).text
    assert ["&lt;script&gt;alert(1)" in page, "<script>alert" in page] == [True, False]
