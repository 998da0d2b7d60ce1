"""What the demo's CRM says of three months: deals, evidence, quotes, leads, tasks and payments, all invented.

Envelopes as a CRM would send them to `POST /v1/events`. Invariant: ids follow from the name of the thing and its place
in the story, so that a story told twice is taken once; nothing lies after `now`.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

SOURCE = "urn:fieldcue:seed-demo"
STAGES = ("产品选型", "院内准入", "招标备案", "合同谈判")
HOSPITALS = ("和瑞骨科医院", "青岫人民医院", "澄湾中心医院", "望川妇幼医院", "临溪第二医院", "云麓康复医院",
             "栖霞岭医院", "南屿肿瘤医院", "桐庐口腔医院", "赤湾急救中心", "暮云中医院", "星渡儿童医院")  # fmt: skip
PRODUCTS = ("骨科动力手柄", "便携超声", "麻醉监护仪", "内镜清洗机")
CONTACTS = ("邵主任", "黎院长", "祝科长", "褚医生")
LOSSES = ("价格", "竞品先入", "预算取消", "院内流程")
HERE = ("华东", "华南")
DEALS_A_REP = 6
LEADS = 40
TASK_DAYS = 30
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# The first thing told, by which a second telling finds the moment of the first.
TOLD_BACK = 88 * DAY


def first_told(rep: str) -> str:
    """The id of the plan that is told of before all else."""
    return f"demo-goal-{rep}"


@dataclass(slots=True)
class _Log:
    """Envelopes as they come about; what would lie in the future is not said."""

    now: datetime
    said: list[dict[str, Any]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def say(self, kind: str, entity_id: str, event_type: str, at: datetime, **data: Any) -> None:  # noqa: ANN401 - JSON
        if at >= self.now:
            return
        self.counts[entity_id] += 1
        self.said.append({"specversion": "1.0", "id": f"{entity_id}-{self.counts[entity_id]}", "source": SOURCE,
                          "type": event_type, "subject": f"{kind}/{entity_id}", "time": at.isoformat(),
                          "data": data})  # fmt: skip


def tell_crm(reps: Sequence[str], *, now: datetime, task_days: int = TASK_DAYS) -> list[dict[str, Any]]:
    """Every envelope of the three months before `now`, the oldest first.

    Args:
        task_days: for how many of the last days tasks and daily reports are told; they are most of the story.
    """
    dice = Random(20_260_417)  # noqa: S311 - the same story every time
    log = _Log(now)
    for number, rep in enumerate(reps):
        for turn in range(DEALS_A_REP):
            _deal(log, dice, rep, number * DEALS_A_REP + turn)
        _weeks(log, Random(f"{rep} weeks"), rep, task_days)  # noqa: S311
        log.say("plan", first_told(rep), "plan.goal_set", now - TOLD_BACK, type="goal", target_amount=3_000_000,
                owner_id=rep)  # fmt: skip
    for number in range(LEADS):
        _lead(log, dice, reps[number % len(reps)], number)
    return sorted(log.said, key=lambda envelope: (envelope["time"], envelope["id"]))


def _deal(log: _Log, dice: Random, rep: str, number: int) -> None:
    """One hospital's purchase, from the first word to where it stands: won, lost, under way, or asleep."""
    deal, account = f"demo-deal-{number:02d}", f"demo-hospital-{number % len(HOSPITALS):02d}-{rep}"
    hospital, product = HOSPITALS[number % len(HOSPITALS)], dice.choice(PRODUCTS)
    amount = dice.randrange(18, 160) * 10_000
    begin = log.now - timedelta(days=dice.randrange(12, 86), hours=dice.randrange(24))
    region = HERE[number // DEALS_A_REP % 2]
    careless, reach = dice.random() < 0.35, dice.choice((1, 2, 2, 3, 3, 4, 4, 4))
    _account(log, dice, account, hospital, rep, region, begin)
    log.say("opportunity", deal, "opportunity.created", begin, name=f"{hospital}{product}采购", pipeline="hospital",
            stage=STAGES[0], owner_id=rep, account_id=account, amount=amount, region=region, product=product,
            contact_name=dice.choice(CONTACTS), budget_status="已报科室")  # fmt: skip
    at = begin
    for stage in STAGES[1:reach]:
        at += timedelta(days=dice.randrange(4, 10), hours=dice.randrange(9))
        log.say("opportunity", deal, "opportunity.updated", at, stage=stage, owner_id=rep, account_id=account)
        if stage == "院内准入":
            at = _admission(log, dice, deal, rep, at, careless=careless)
        elif stage == "招标备案" and not careless:
            _evidence(log, deal, rep, at + 2 * DAY, node="bid_notice", file=f"{deal}-招标公告.pdf")
        elif stage == "合同谈判":
            _quote(log, dice, deal, rep, at + DAY, amount, name=f"{hospital}{product}报价")
    if reach == len(STAGES):
        _end(log, dice, deal, account, rep, at + timedelta(days=dice.randrange(6, 12)), amount)
    else:
        _stay_in_touch(log, dice, deal, rep)


def _account(log: _Log, dice: Random, account: str, name: str, rep: str, region: str, at: datetime) -> None:
    told: dict[str, Any] = {"name": name, "industry": "医疗", "region": region, "owner_id": rep}
    told |= {"grade": dice.choice("ABCC"), "expected_contribution": dice.randrange(30, 70) * 10_000}
    told |= {"next_action": "约科室主任见面"}
    if dice.random() < 0.85:
        source = dice.choice(("展会", "转介绍", "官网"))
        told |= {"contact": dice.choice(CONTACTS), "phone": "000-0000", "source": source}
    log.say("account", account, "account.created", at - HOUR, **told)


def _admission(log: _Log, dice: Random, deal: str, rep: str, at: datetime, *, careless: bool) -> datetime:
    """The five papers of a hospital's admission; a careless rep leaves two out and brings the receipt late."""
    late = timedelta(days=dice.randrange(3, 9)) if careless else timedelta(0)
    _evidence(log, deal, rep, at + 3 * DAY, node="trial_form", file=f"{deal}-试用申请.pdf", signed_by="科主任")
    _evidence(log, deal, rep, at + 9 * DAY + late, node="filing_receipt", file=f"{deal}-备案回执.pdf")
    for copy in range(1 if careless else 2):
        _evidence(log, deal, rep, at + (10 + copy) * DAY, node="clinical_report", file=f"{deal}-临床报告{copy + 1}.pdf")
    if not careless:
        _evidence(log, deal, rep, at + 12 * DAY, node="comparison_table", sections=["价格", "耗材", "维保"])
        log.say("opportunity", deal, "opportunity.legal_review_started", at + 13 * DAY, owner_id=rep)
    return at + 13 * DAY


def _evidence(log: _Log, deal: str, rep: str, at: datetime, **data: Any) -> None:  # noqa: ANN401 - JSON
    log.say("opportunity", deal, "evidence.submitted", at, owner_id=rep, **data)


def _quote(log: _Log, dice: Random, deal: str, rep: str, at: datetime, amount: int, *, name: str) -> None:
    given = dice.choice((0.03, 0.09, 0.15, 0.18))
    quote, about = f"{deal}-quote", {"opportunity_id": deal, "owner_id": rep}
    prices = {"target_price": amount, "final_price": round(amount * (1 - given)), "concession": given}
    log.say("quote", quote, "quote.submitted", at, name=name, **about, **prices)
    log.say("quote", quote, "quote.checked", at + HOUR, **about, compliant=given < 0.12)
    if given < 0.12:
        log.say("quote", quote, "quote.approved", at + 5 * HOUR, **about)


def _end(log: _Log, dice: Random, deal: str, account: str, rep: str, at: datetime, amount: int) -> None:
    who = {"account_id": account, "owner_id": rep}
    if dice.random() < 0.4:
        log.say("opportunity", deal, "opportunity.lost", at, status="lost", loss_reason=dice.choice(LOSSES), **who)
        return
    log.say("opportunity", deal, "opportunity.won", at, status="won", stage="赢单", **who)
    first, driver = round(amount * 0.6), dice.choice(("合同约定", "合同约定", "合同约定", "返点"))
    paid: dict[str, Any] = {"opportunity_id": deal, **who, "due_amount": first, "driver": driver, "cause": "合同首付"}
    log.say("payment", f"{deal}-first", "payment.received", at + 5 * DAY, **paid, amount=first)
    paid |= {"due_amount": amount - first, "driver": "合同约定", "cause": "验收合格", "final": True}
    log.say("payment", f"{deal}-rest", "payment.received", at + 12 * DAY, **paid, amount=amount - first)


def _stay_in_touch(log: _Log, dice: Random, deal: str, rep: str) -> None:
    """Some deals are looked after to this day, others have fallen asleep."""
    if dice.random() < 0.6:
        at = log.now - timedelta(hours=dice.randrange(2, 60))
        log.say("opportunity", deal, "opportunity.updated", at, owner_id=rep, next_step="约科室主任确认试用反馈",
                budget_status="已报医院预算办")  # fmt: skip


def _weeks(log: _Log, dice: Random, rep: str, days: int) -> None:
    """Planned and key tasks, daily reports and visits' records, as each working day brings them."""
    for back in range(days, 0, -1):
        day = (log.now - back * DAY).replace(hour=1, minute=dice.randrange(60), second=0, microsecond=0)
        if day.weekday() > 4:
            continue
        task, about = f"demo-task-{rep}-{day:%m%d}", {"owner_id": rep, "due_at": (day + 9 * HOUR).isoformat()}
        log.say("task", task, "task.planned", day, title="拜访前准备材料", **about)
        log.say("task", f"{task}-key", "task.created", day, title="约见决策人", key=True, **about)
        for name in (task, f"{task}-key"):
            if dice.random() < 0.93:
                proof: Mapping[str, Any] = {"evidence": f"{name}.jpg"} if dice.random() < 0.92 else {}
                done = day + dice.randrange(2, 9) * HOUR
                log.say("task", name, "task.done", done, owner_id=rep, completed_at=done.isoformat(), **proof)
        report = f"demo-report-{rep}-{day:%m%d}"
        log.say("plan", report, "plan.report_due", day, **about)
        log.say(
            "plan",
            report,
            "plan.report_submitted",
            day + timedelta(hours=8 if dice.random() < 0.97 else 11),
            owner_id=rep,
        )


def _lead(log: _Log, dice: Random, rep: str, number: int) -> None:
    lead, at = f"demo-lead-{number:02d}", log.now - timedelta(hours=dice.randrange(30, 29 * 24))
    log.say("lead", lead, "lead.created", at, name=f"线索{number + 1:02d}·{dice.choice(PRODUCTS)}", industry="医疗",
            region=HERE[number % 2], budget_band=dice.choice(("50万以上", "10到50万")), owner_id=rep)  # fmt: skip
    answered = at + timedelta(hours=dice.choice((1, 3, 6, 20, 20, 40)))
    log.say("lead", lead, "lead.confirmed", answered, confirmed_at=answered.isoformat(), owner_id=rep)


def read_in_pieces(envelopes: Sequence[dict[str, Any]], size: int) -> Iterator[Sequence[dict[str, Any]]]:
    """`size` at a time: as many as one request may carry, so that nobody waits long for the store."""
    for begin in range(0, len(envelopes), size):
        yield envelopes[begin : begin + size]
