"""A firm of its own for the privacy pages: two teams that differ, requests near their last day, data sent abroad.

It is written into the rows at once: what these pages show is counted and decided, and no talk has to be heard for it.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from nlp.types import ChurnRisk
from service.domain.coaching.observations import ObservationRow
from service.domain.people import Person
from service.domain.ports import UnitOfWork
from service.domain.privacy.rules import HoldRow, ProcessorRow
from service.usecases.privacy.assess_processing import approve_assessment, make_assessment
from service.usecases.services import Services
from tests.browser.conftest import Served
from tests.support.builders import a_transcript_record, a_visit, an_analysis, an_analysis_record, an_id
from tests.support.duties import a_request, hold_visit, send_abroad

FIRM, NORTH, WEST, SMALL = "duties", "北方一组", "西部二组", "新建小组"
LEADERS = (("exe-fang", "方知远", "executive", ""), ("mgr-ning", "宁海澜", "manager", NORTH))
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨"
REPS = tuple((f"rep-{number:02d}", f"{name}{'小明' if number % 2 else '若溪'}") for number, name in enumerate(SURNAMES))
TEAMS = (NORTH, WEST)
FIRST = 500  # visits of the demo have ids of their own
HELD = (an_id("vis", FIRST), an_id("vis", FIRST + 2))
SKILLS = ("objection", "discovery", "value", "closing")


def team_of(number: int) -> str:
    """The last two are a team of their own, too small to be told of."""
    return SMALL if number >= 14 else TEAMS[number % 2]


def make_firm(served: Served) -> None:
    """Once a session, however many modules ask."""
    services = served.installation.services
    with services.uow(write=False) as tx:
        if tx.people.get(FIRM, "exe-fang") is not None:
            return
    now = services.clock.now()
    with services.uow() as tx:
        people = [*LEADERS, *((rep_id, name, "rep", team_of(at)) for at, (rep_id, name) in enumerate(REPS))]
        for person_id, name, role, team in people:
            tx.people.put(Person(person_id, FIRM, name, role, now, team))  # type: ignore[arg-type]
        _visits(tx, now)
        for visit_id, state in zip(HELD, ("missing", "refused"), strict=True):
            hold_visit(tx, visit_id, tenant_id=FIRM, state=state)  # type: ignore[arg-type]
        _requests(tx, now)
        _holds(tx, now)
        send_abroad(tx, "crm.sg.example", "SG", 37, sensitive=4, tenant_id=FIRM, at=now)
        send_abroad(tx, "hooks.us.example", "US", 12, tenant_id=FIRM, at=now)
        send_abroad(tx, "new.example", "", 5, tenant_id=FIRM, at=now)
    with services.uow() as tx:
        _assessments(tx, services, now)


def _visits(tx: UnitOfWork, now: datetime) -> None:
    month_before = now - timedelta(days=30)
    for number in range(96):
        rep = number % len(REPS)
        rep_id, visit_id = REPS[rep][0], an_id("vis", FIRST + number)
        at = month_before - timedelta(hours=number)
        visit = a_visit(FIRST + number, tenant_id=FIRM, rep_id=rep_id, account_id=f"acc-{number % 9}", visited_at=at,
                        created_at=at, channel=("onsite", "phone", "video")[number % 3])  # fmt: skip
        tx.visits.add(visit)
        tx.transcripts.put(a_transcript_record(tenant_id=FIRM, visit_id=visit_id))
        dear = number % 5 == 0 or (team_of(rep) == WEST and number % 5 != 1)
        told = replace(an_analysis(visit_id), churn_risk=_risk(number))
        told = told if dear else replace(told, findings=())
        tx.analyses.put(an_analysis_record(tenant_id=FIRM, visit_id=visit_id, analysis=told))
        for skill in SKILLS:
            value = (45 if team_of(rep) == WEST else 58) + (7 * number + len(skill)) % 23 + rep
            tx.coaching.observations.put(
                ObservationRow(f"obs_{FIRST}_{number}_{skill}", FIRM, at, visit_id, rep_id, visit.account_id, skill,
                               "answered", "回应了异议", value, 1.0, "talk", 0, "价格太高了")
            )  # fmt: skip


def _risk(number: int) -> ChurnRisk:
    risk = an_analysis().churn_risk
    return replace(risk, level=("low", "medium", "high")[number % 3])


def _requests(tx: UnitOfWork, now: datetime) -> None:
    asked = (
        ("correction", "person", "rep-00", 40, "email"),
        ("erasure", "account", "acc-3", 19, "letter"),
        ("copy", "person", "rep-05", 6, "phone"),
        ("objection", "person", "rep-09", 2, "in_person"),
    )
    for number, (kind, subject_kind, subject_id, days, channel) in enumerate(asked):
        row = a_request(an_id("req", number), received=now - timedelta(days=days), tenant_id=FIRM, kind=kind,
                        subject_kind=subject_kind, subject_id=subject_id, channel=channel,
                        recorded_by="person:exe-fang")  # fmt: skip
        tx.privacy.requests.put(row)


def _holds(tx: UnitOfWork, now: datetime) -> None:
    """Two stand, of which one names nobody; one has ended."""
    begun, by = now - timedelta(days=12), "person:exe-fang"
    for number, (kind, ref, reason, days) in enumerate((
        ("account", "acc-5", "合同纠纷，法务要求保全全部往来记录", None),
        ("person", "rep-99", "劳动仲裁", None),
        ("visit", an_id("vis", FIRST + 4), "监管调查", 3),
    )):  # fmt: skip
        ended = None if days is None else now - timedelta(days=days)
        tx.privacy.holds.put(HoldRow(an_id("hld", number), FIRM, begun, kind, ref, reason, by, ended))  # type: ignore[arg-type]


def _assessments(tx: UnitOfWork, services: Services, now: datetime) -> None:
    text = "目的：辅导销售，不用于考核。\n风险：录音中可能有客户的敏感信息。\n措施：脱敏、加密、限期删除、人工复核。"
    made = make_assessment(tx, services, FIRM, "impact", text=text, actor="person:exe-fang")
    approve_assessment(tx, services, FIRM, made.id, actor="person:exe-fang")
    row = ProcessorRow(an_id("prc", FIRST), FIRM, now, "webhook", "crm.sg.example", "远航客户云", "SG", "客户管理",
                       ("summary", "findings"), "DPA-2026-014")  # fmt: skip
    tx.privacy.processors.put(row)
    make_assessment(tx, services, FIRM, "impact", text=f"{text}\n新增接收方已签合同。", actor="person:exe-fang")
