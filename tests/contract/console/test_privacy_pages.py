"""The privacy section: who may open what, what each page tells, and what is written down of every decision."""

import io
import zipfile
from datetime import timedelta
from typing import Any

import pytest

from service.console.language import LANGUAGES, load_words
from service.domain.people import Person
from service.domain.privacy.assessments import Measures, document_of
from service.domain.privacy.rules import HoldRow, ProcessorRow, default_retention
from tests.support.builders import OTHER_TENANT, TENANT, an_id
from tests.support.console import VISIT_OF, Browser, ConsoleApi
from tests.support.duties import a_request, hold_visit, send_abroad, trail
from tests.support.fakes import NOON

LIN, WU = (an_id("vis", VISIT_OF[rep]) for rep in ("rep_lin", "rep_wu"))
OF_EXECUTIVES = ("/privacy/requests", "/privacy/retention", "/privacy/processors", "/privacy/transfers",
                 "/privacy/assessments", "/privacy/fairness")  # fmt: skip
OF_LEADERS = ("/privacy", "/privacy/notices", "/privacy/reviews")
REQUEST = an_id("req", 7)
HERE = f"/privacy/requests/{REQUEST}"


def ask(console: ConsoleApi, **changes: Any) -> None:
    with console.api.services.uow() as tx:
        tx.privacy.requests.put(a_request(REQUEST, **changes))


@pytest.mark.parametrize(
    ("person", "opened"),
    [("rep_lin", ()), ("mgr_he", OF_LEADERS), ("exe_gu", OF_LEADERS + OF_EXECUTIVES)],
)
def test_each_page_is_for_those_who_answer_for_it(console: ConsoleApi, person: str, opened: tuple[str, ...]) -> None:
    browser = console.enter(person)
    found = {path: browser.get(path).status_code for path in OF_LEADERS + OF_EXECUTIVES}
    assert found == {path: 200 if path in opened else 403 for path in OF_LEADERS + OF_EXECUTIVES}
    linked = {path for path in OF_EXECUTIVES if f'href="/console{path}"' in browser.get("/privacy").text}
    assert linked == (set(OF_EXECUTIVES) & set(opened)), "nobody is led to a page that is not for them"


POSTS = {
    "record": ("/privacy/requests", {"kind": "copy", "subject_kind": "person", "subject_id": "rep_lin",
                                     "channel": "phone", "received_on": "2026-03-01"}),
    "refuse": (HERE, {"state": "refused", "reason": "x"}),
    "copy": (f"{HERE}/copy", {}),
    "erase": (f"{HERE}/erasure", {"confirmed": "rep_lin"}),
    "assess": ("/privacy/assessments", {"kind": "impact", "text": "x"}),
    "rules": ("/privacy/rules", {"notice": "never"}),
}  # fmt: skip


@pytest.mark.parametrize(("path", "fields"), POSTS.values(), ids=POSTS.keys())
def test_a_manager_decides_nothing_of_the_tenant(console: ConsoleApi, path: str, fields: dict[str, str]) -> None:
    ask(console, kind="erasure")
    assert console.enter("mgr_he").post(path, fields).status_code == 403
    assert trail(console) == []


@pytest.mark.parametrize("token", ["", "0" * 64])
@pytest.mark.parametrize(("path", "fields"), POSTS.values(), ids=POSTS.keys())
def test_a_form_from_elsewhere_is_refused(console: ConsoleApi, path: str, fields: dict[str, str], token: str) -> None:
    ask(console, kind="erasure")
    assert console.enter("exe_gu").post(path, fields, token=token).status_code == 403
    assert trail(console) == []


@pytest.mark.parametrize(
    ("scopes", "read", "written"),
    [((), 403, 403), (("audit:read",), 200, 403), (("audit:read", "privacy:write"), 200, 303)],
)
def test_a_key_that_opened_the_console_may_do_no_more_than_in_the_api(
    console: ConsoleApi, scopes: tuple[str, ...], read: int, written: int
) -> None:
    ask(console)
    browser = console.browser()
    browser.get("/sign-in")
    browser.post("/sign-in", {"api_key": console.api.key("console", *scopes)})
    browser.get("/visits")
    assert browser.get(HERE).status_code == read
    assert browser.post(HERE, {"state": "answered", "reason": "已告知"}).status_code == written


def test_another_tenants_requests_and_versions_are_not_found(console: ConsoleApi) -> None:
    ask(console)
    with console.api.services.uow() as tx:
        tx.people.put(Person("exe_far", OTHER_TENANT, "邻居", "executive", NOON, row_id=an_id("per", 98)))
    stranger = console.enter("exe_far", OTHER_TENANT)
    assert "没有待答复的请求" in stranger.get("/privacy/requests").text
    for path in (HERE, f"/privacy/requests/{an_id('req', 99)}", f"/privacy/assessments/{an_id('asm', 1)}"):
        assert stranger.get(path).status_code == 404
    assert stranger.post(HERE, {"state": "refused", "reason": "x"}).status_code == 404


def test_requests_stand_by_their_last_day_with_what_is_overdue(console: ConsoleApi) -> None:
    with console.api.services.uow() as tx:
        for number, days in enumerate((1, 60, 24)):
            received = NOON - timedelta(days=days)
            tx.privacy.requests.put(a_request(an_id("req", number), received=received))
    page = console.enter("exe_gu").get("/privacy/requests").text
    places = [page.index(an_id("req", number)) for number in (1, 2, 0)]
    assert places == sorted(places)
    rows = page.split("<tbody>")[1].split("</tr>")
    assert ["已逾期" in rows[0], "快到期" in rows[1], "待答复" in rows[2]] == [True, True, True]
    assert "林晓岚" in rows[0]
    assert "1 条已逾期" in console.enter("exe_gu").get("/privacy").text


def test_a_request_is_written_down_with_the_day_it_came(console: ConsoleApi) -> None:
    executive = console.enter("exe_gu")
    executive.get("/privacy/requests")
    made = executive.post(*POSTS["record"])
    assert made.status_code == 303
    page = executive.get(made.headers["location"].removeprefix("/console")).text
    assert "2026-03-20" in page, "fifteen working days after the first of March"
    assert "顾岩" in page
    (entry,) = trail(console, "request.recorded")
    assert entry.actor == "person:exe_gu"


@pytest.mark.parametrize(
    "change",
    [{"received_on": "2027-01-01"}, {"received_on": "soon"}, {"kind": "money"}, {"subject_id": "a b"},
     {"subject_kind": "tenant", "subject_id": "all"}, {"channel": ""}],
    ids=["tomorrow", "no day", "no kind", "no id", "a tenant", "no channel"],
)  # fmt: skip
def test_what_cannot_be_meant_is_not_written_down(console: ConsoleApi, change: dict[str, str]) -> None:
    executive = console.enter("exe_gu")
    path, fields = POSTS["record"]
    assert executive.post(path, {**fields, **change}).status_code == 422
    assert trail(console) == []


@pytest.mark.parametrize(("state", "words"), [("answered", "已答复"), ("refused", "已拒绝")])
def test_a_request_is_decided_once_with_what_the_person_was_told(console: ConsoleApi, state: str, words: str) -> None:
    ask(console)
    executive = console.enter("exe_gu")
    assert executive.post(HERE, {"state": state, "reason": " "}).status_code == 422
    assert executive.post(HERE, {"state": state, "reason": "已书面告知"}).status_code == 303
    page = executive.get(HERE).text
    assert [each in page for each in (words, "已书面告知", "顾岩")] == [True, True, True]
    assert "<textarea" not in page
    assert executive.post(HERE, {"state": state, "reason": "again"}).status_code == 409
    assert REQUEST in executive.get("/privacy/requests?show=closed").text
    assert [entry.why for entry in trail(console, f"request.{state}")] == ["已书面告知"]


def test_a_copy_is_handed_out_and_closes_its_request(console: ConsoleApi) -> None:
    ask(console, kind="copy", subject_kind="account", subject_id="acc_1")
    executive = console.enter("exe_gu")
    answer = executive.post(f"{HERE}/copy")
    assert "subject.json" in zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    assert "已提供副本" in executive.get(HERE).text
    assert executive.post(f"{HERE}/copy").status_code == 409
    assert [entry.actor for entry in trail(console, "subject.exported")] == ["person:exe_gu"]


def test_an_erasure_takes_the_id_once_more_and_leaves_a_receipt(console: ConsoleApi) -> None:
    ask(console, kind="erasure", subject_kind="account", subject_id="acc_1")
    executive = console.enter("exe_gu")
    assert executive.post(f"{HERE}/copy").status_code == 409, "it asks for something else"
    assert executive.post(f"{HERE}/erasure", {"confirmed": "acc_2"}).status_code == 422
    assert executive.get("/accounts/acc_1").status_code == 200
    assert executive.post(f"{HERE}/erasure", {"confirmed": "acc_1"}).status_code == 303
    page = executive.get(HERE).text
    with console.api.services.uow(write=False) as tx:
        (receipt,) = tx.privacy.receipts.find(TENANT)
    assert [each in page for each in (receipt.id, receipt.stone, "删除回执", "已删除的对象")] == [True] * 4
    assert "acc_1" not in page.split("<main")[1]
    assert executive.get("/accounts/acc_1").status_code == 404


def test_a_legal_hold_is_told_and_nothing_is_erased(console: ConsoleApi) -> None:
    ask(console, kind="erasure", subject_kind="account", subject_id="acc_1")
    with console.api.services.uow() as tx:
        tx.privacy.holds.put(HoldRow(an_id("hld"), TENANT, NOON, "account", "acc_1", "合同纠纷", "person:exe_gu"))
    executive = console.enter("exe_gu")
    answer = executive.post(f"{HERE}/erasure", {"confirmed": "acc_1"})
    assert (answer.status_code, "有法律保全" in answer.text) == (409, True)
    assert executive.get("/accounts/acc_1").status_code == 200


def test_transfers_stand_against_the_thresholds_by_recipient(console: ConsoleApi) -> None:
    with console.api.services.uow() as tx:
        send_abroad(tx, "crm.example", "SG", 12, sensitive=2)
        send_abroad(tx, "new.example", "", 3)
    executive = console.enter("exe_gu")
    page = executive.get("/privacy/transfers").text
    rows = page.split("<tbody>")[1].split("</tr>")
    assert ["crm.example" in rows[0], "SG" in rows[0], ">12<" in rows[0], "未登记" in rows[1]] == [True] * 4
    assert "12 人，门槛 100,000 人" in page
    assert page.count("已达到") == 1, "the threshold of sensitive data alone"
    assert "没有数据发往其他地区" in executive.get("/privacy/transfers?year=2025").text
    assert executive.get("/privacy/transfers?year=25").status_code == 422


def make(browser: Browser, text: str, kind: str = "impact") -> str:
    browser.get("/privacy/assessments")
    made = browser.post("/privacy/assessments", {"kind": kind, "text": text})
    assert made.status_code == 303
    return str(made.headers["location"]).removeprefix("/console")


def test_a_version_is_made_signed_and_compared_with_what_is_done_later(console: ConsoleApi) -> None:
    executive = console.enter("exe_gu")
    first = make(executive, "目的正当。\r\n风险可控。")
    assert "待签署" in executive.get("/privacy/assessments").text
    executive.get(first)
    assert executive.post(first).status_code == 303
    assert "以 顾岩 的名义签署" not in executive.get(first).text
    assert "实际做法与签署的第 1 版一致" in executive.get("/privacy/assessments").text
    row = ProcessorRow(
        an_id("prc"), TENANT, NOON, "webhook", "crm.example", "远航", "SG", "客户管理", ("summary",), "D1"
    )
    with console.api.services.uow() as tx:
        tx.privacy.processors.put(row)
    page = executive.get("/privacy/assessments").text
    assert "第 1 版签署之后，实际做法有 1 处变化" in page
    assert "已登记的处理者 · webhook crm.example" in page
    assert "1 处变化" not in executive.get(first).text
    second = make(executive, "增加一家接收方。")
    assert "webhook crm.example" in executive.get(second).text.split("与上一版相比")[1]
    assert executive.post(first).status_code == 409, "signed before"
    assert [entry.actor for entry in trail(console, "assessment.approved")] == ["person:exe_gu"]


def test_an_older_version_is_signed_no_more(console: ConsoleApi) -> None:
    executive = console.enter("exe_gu")
    first, _ = make(executive, "一"), make(executive, "二")
    assert "签署表示您为这一版负责" not in executive.get(first).text
    answer = executive.post(first)
    assert (answer.status_code, "请签署新的那一版" in answer.text) == (409, True)


@pytest.mark.parametrize("fields", [{"kind": "impact", "text": " "}, {"kind": "x", "text": "x"},
                                    {"kind": "record", "text": "长" * 20_001}])  # fmt: skip
def test_a_version_says_something_of_a_kind(console: ConsoleApi, fields: dict[str, str]) -> None:
    assert console.enter("exe_gu").post("/privacy/assessments", fields).status_code == 422


def test_all_that_a_document_is_made_of_has_words_in_both_languages() -> None:
    measures = Measures("CN", ("SG",), {"llm.example": "language model", "asr.example": "speech recognition"}, (),
                        encrypts_at_rest=True, masks_events=True, processors_required=False)  # fmt: skip
    document = document_of(measures, default_retention(TENANT, NOON), ())
    own = ("llm.example", "asr.example", "CN", "SG")
    said = set(document) | {item for items in document.values() for item in items}
    said |= {value for items in document.values() for value in items.values() if isinstance(value, str)}
    english = {words for key, words in load_words("en").items() if key.startswith("assessed.")}
    assert sorted(said - english - set(own)) == []
    assert len(LANGUAGES) == 2


def test_held_visits_are_those_of_ones_own_team(console: ConsoleApi) -> None:
    with console.api.services.uow() as tx:
        hold_visit(tx, LIN)
        hold_visit(tx, WU, state="refused")
    seen = {
        person: [each in console.enter(person).get("/privacy/notices").text for each in (LIN, WU)]
        for person in ("mgr_he", "mgr_tan", "exe_gu")
    }
    assert seen == {"mgr_he": [True, False], "mgr_tan": [False, True], "exe_gu": [True, True]}
    manager = console.enter("mgr_he")
    sent = {"decision": "confirm", "reason": "已当面告知"}
    assert manager.post(f"/privacy/notices/{WU}", sent).status_code == 404
    assert manager.post(f"/privacy/notices/{LIN}", {**sent, "reason": ""}).status_code == 422
    assert manager.post(f"/privacy/notices/{LIN}", {**sent, "decision": "keep"}).status_code == 422
    assert manager.post(f"/privacy/notices/{LIN}", sent).status_code == 303
    assert "没有待核实的拜访" in manager.get("/privacy/notices").text
    assert [(entry.actor, entry.why) for entry in trail(console, "consent.confirmed")] == [
        ("person:mgr_he", "已当面告知")
    ]


def test_a_consent_is_withdrawn_by_who_knows_what_is_erased(console: ConsoleApi) -> None:
    with console.api.services.uow() as tx:
        hold_visit(tx, LIN)
    manager = console.enter("mgr_he")
    sent = {"decision": "withdraw", "reason": "客户来电不同意"}
    assert manager.post(f"/privacy/notices/{LIN}", sent).status_code == 422
    with console.api.services.uow(write=False) as tx:
        assert tx.transcripts.latest(TENANT, LIN) is not None
    assert manager.post(f"/privacy/notices/{LIN}", {**sent, "sure": "1"}).status_code == 303
    with console.api.services.uow(write=False) as tx:
        assert tx.transcripts.latest(TENANT, LIN) is None
    assert [entry.why for entry in trail(console, "consent.withdrawn")] == ["客户来电不同意"]


def test_only_a_held_visit_is_withdrawn_here(console: ConsoleApi) -> None:
    sent = {"decision": "withdraw", "reason": "x", "sure": "1"}
    assert console.enter("mgr_he").post(f"/privacy/notices/{LIN}", sent).status_code == 422
    assert console.enter("rep_lin").post(f"/privacy/notices/{LIN}", sent).status_code == 403
    assert trail(console) == []


def test_an_executive_changes_the_rules_and_a_manager_reads_them(console: ConsoleApi) -> None:
    executive, manager = console.enter("exe_gu"), console.enter("mgr_he")
    executive.get("/privacy/notices")
    assert executive.post("/privacy/rules", {"notice": "sometimes"}).status_code == 422
    assert executive.post("/privacy/rules", {"notice": "verbal", "coaching_only": "1"}).status_code == 303
    assert 'value="verbal" checked' in executive.get("/privacy/notices").text
    page = manager.get("/privacy/notices").text
    assert ["口头同意的拜访" in page, "只用于辅导" in page, 'name="notice"' in page] == [True, True, False]
    assert [entry.detail for entry in trail(console, "rules.changed")] == [{"notice": "verbal", "coaching_only": True}]
