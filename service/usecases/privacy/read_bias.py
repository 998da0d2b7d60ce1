"""Compare what the models say by group, for those who answer for fairness; who asked is written down.

Labels are read from the codes kept beside the analyses; churn levels and model versions stand in the sealed documents
alone, so the newest of these are opened and the answer says how many.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.domain.dialects import DIALECTS
from service.domain.errors import Invalid
from service.domain.ports import UnitOfWork
from service.domain.privacy.bias import (
    LEAST_REPS,
    LEAST_VISITS,
    BiasReport,
    Grouping,
    SeenSkill,
    SeenVisit,
    compare_groups,
)
from service.domain.visit import LabelledVisit
from service.usecases.coaching.read_skills import read_struck_observations
from service.usecases.privacy.keep_audit import note
from service.usecases.services import Services

READ = "bias_report.read"
DAYS = 90
LONGEST = timedelta(days=366)
OPENED = 500
"""Analyses that are opened for churn levels and versions, the newest of the time asked for."""
SAID_BEFORE = timedelta(days=1)
"""How much earlier than its visit something may be dated that was observed in it."""
KINDS = ("objection", "signal")
LEVELS = ("high", "medium")
_DIALECT_SAID = "方言是 CRM 在拜访上填写的，可能填错，系统不从声音里识别任何人的方言；没有填写的计为“未填”。"
_DIALECT_ASKED = (
    "要看方言，请按方言分组（by=dialect）：只用 CRM 在拜访上填写的方言，系统不识别。没有填写时，"
    "客户所在区域只是近似的替代，同一区域的人说话并不都一样。"
)


@dataclass(frozen=True, slots=True)
class ReadVersions:
    """The models that judged some of the opened analyses, by task, and how many of them."""

    versions: dict[str, str]
    visits: int


@dataclass(frozen=True, slots=True)
class ReadBias:
    """The report with what it covers, and what it cannot say, in Chinese."""

    by: Grouping
    since: datetime
    until: datetime
    visits: int
    opened: int
    report: BiasReport
    models: tuple[ReadVersions, ...]
    limits: tuple[str, ...]


def read_bias(
    services: Services,
    tenant_id: str,
    *,
    actor: str,
    by: Grouping,
    since: datetime | None = None,
    until: datetime | None = None,
) -> ReadBias:
    """The report over visits in [since, until); the last 90 days where left out.

    Raises:
        Invalid: `until` does not lie after `since` (`instant_invalid`), or more than a year does (`window_too_long`).
    """
    until = until or services.clock.now()
    since = since or until - timedelta(days=DAYS)
    if since >= until:
        raise Invalid("until must lie after since", code="instant_invalid")
    if until - since > LONGEST:
        raise Invalid(f"at most {LONGEST.days} days fit into one report: ask for less", code="window_too_long")
    with services.uow(write=False) as tx:
        found = _read(tx, services, tenant_id, by, since, until)
    with services.uow() as tx:  # apart, so that nobody waits to write while analyses are opened
        note(tx, services, tenant_id, actor, READ, f"bias_report:{by}", detail={"visits": found.visits})
    return found


def _read(
    tx: UnitOfWork, services: Services, tenant_id: str, by: Grouping, since: datetime, until: datetime
) -> ReadBias:
    visits = tx.visits.labelled(tenant_id, since=since, until=until)
    groups = _groups_of(tx, tenant_id, visits, by)
    newest = tx.visits.history(tenant_id, before=until, limit=OPENED, bare=True) if visits else []
    opened = {one.visit_id: one.analysis for one in newest if one.visited_at >= since}
    levels = {visit_id: analysis.churn_risk.level for visit_id, analysis in opened.items()}
    seen = [SeenVisit(one.rep_id, groups[one.visit_id], one.codes, levels.get(one.visit_id)) for one in visits]
    report = compare_groups(
        seen,
        _observed(tx, tenant_id, groups, since),
        labels=sorted(label for label in services.content.titles if label[0] in KINDS),
        levels=LEVELS,
        skills=[card.skill for card in services.content.skill_cards if card.in_use],
    )
    models = _versions(analysis.versions for analysis in opened.values())
    limits = _limits(by, report, models, visits=len(visits), opened=len(opened))
    return ReadBias(by, since, until, len(visits), len(opened), report, models, limits)


def _groups_of(tx: UnitOfWork, tenant_id: str, visits: Sequence[LabelledVisit], by: Grouping) -> dict[str, str]:
    """Each visit's group by its id, empty where nothing that is stored says it."""
    if by == "channel":
        return {one.visit_id: one.channel for one in visits}
    if by == "dialect":
        return {one.visit_id: DIALECTS.get(one.dialect, "") for one in visits}
    if by == "team":
        teams = {person.id: person.team for person in tx.people.of_team(tenant_id)}
        return {one.visit_id: teams.get(one.rep_id, "") for one in visits}
    place = _store_of if by == "store" else _region_of
    places = {account_id: place(tx, tenant_id, account_id) for account_id in {one.account_id for one in visits}}
    return {one.visit_id: places[one.account_id] for one in visits}


def _store_of(tx: UnitOfWork, tenant_id: str, account_id: str) -> str:
    """An account that the CRM knows as a store is one, as for what its customers ask."""
    return account_id if tx.entities.get(tenant_id, "store", account_id) is not None else ""


def _region_of(tx: UnitOfWork, tenant_id: str, account_id: str) -> str:
    account = tx.entities.get(tenant_id, "account", account_id)
    region = account.get("region") if account is not None else None
    return region if isinstance(region, str) else ""


def _observed(tx: UnitOfWork, tenant_id: str, groups: Mapping[str, str], since: datetime) -> list[SeenSkill]:
    """What was observed in these visits, without what upheld appeals have struck out; no quote is opened."""
    struck = read_struck_observations(tx, tenant_id, None)
    columns = ("id", "visit_id", "rep_id", "skill", "value", "weight")
    return [
        SeenSkill(row["rep_id"], groups[row["visit_id"]], row["skill"], row["value"], row["weight"])
        for row in tx.coaching.observations.heads(tenant_id, columns, since=since - SAID_BEFORE)
        if row["visit_id"] in groups and row["id"] not in struck
    ]


def _versions(found: Iterable[dict[str, str]]) -> tuple[ReadVersions, ...]:
    counted = Counter(tuple(sorted(versions.items())) for versions in found)
    return tuple(ReadVersions(dict(versions), visits) for versions, visits in sorted(counted.items()))


def _limits(
    by: Grouping, report: BiasReport, models: Sequence[ReadVersions], *, visits: int, opened: int
) -> tuple[str, ...]:
    told = [
        "差异不等于偏见：各组的行业、客户和销售阶段不同，标签和得分本来就可能不同。要下结论，请抽取各组的录音由人复核。",
        f"只在两个 95% 区间不重叠时标记。本报告作了 {report.comparisons} 次比较，比较越多，偶然出现的标记也越多。",
        "同一销售的拜访彼此相似，标签和流失等级的区间因此偏窄。",
        f"少于 {LEAST_VISITS} 次拜访或 {LEAST_REPS} 名销售的组并入“其他”，以免指向个人；合并后仍不足的不计入任何数字。",
        "技能值是各销售在该组拜访中观察值的加权平均，没有向团队均值收缩，与技能报告中的分数不完全相同。",
        _DIALECT_SAID if by == "dialect" else _DIALECT_ASKED,
    ]
    if opened < visits:
        told.append(f"流失等级和模型版本只读取了最近 {opened} 次拜访，标签和技能覆盖全部 {visits} 次。")
    if len(models) > 1:
        told.append(f"所涉时段用过 {len(models)} 组模型版本，换模型前后的差异也在其中。")
    if by == "region":
        told.append("区域取自 CRM 中客户现在的“region”字段，没有该字段的客户计为“未填”。")
    return tuple(told)
