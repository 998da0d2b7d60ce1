"""Says in Chinese what a rule does, from its file alone, so that a manager can check it without reading expressions."""

import re
from collections.abc import Iterator
from datetime import timedelta

from service.domain.content.playbook_actions import Action, PushPack, ResponseClock
from service.domain.content.playbook_selections import When
from service.domain.content.playbooks import Playbook
from service.domain.playbooks.values import spoken

SUBJECT_NAMES = {
    "account": "客户", "opportunity": "商机", "lead": "线索", "task": "任务", "visit": "拜访", "quote": "报价",
    "request": "协同请求", "payment": "回款", "store": "门店", "plan": "计划", "person": "销售", "team": "团队",
    "region": "区域", "industry": "行业", "product": "产品",
}  # fmt: skip
ROLE_NAMES = {
    "owner": "负责人", "manager": "主管", "director": "总监", "sales_ops": "销售运营", "process_owner": "流程负责人",
    "finance": "财务", "legal": "法务", "tech": "技术", "logistics": "物流", "production": "生产", "market": "市场",
    "service": "客服", "expert": "专家", "trainer": "培训", "customer": "客户",
}  # fmt: skip
SEVERITY_NAMES = {"info": "提示", "low": "低", "medium": "中", "high": "高", "critical": "紧急"}
STATUS_NAMES = {
    "experimental": "试验（只记录，不通知）", "test": "试运行（只通知销售运营）", "stable": "启用",
    "deprecated": "停用",
}  # fmt: skip
DAYS = {
    "workday": "每个工作日", "day": "每天", "monday": "每周一", "tuesday": "每周二", "wednesday": "每周三",
    "thursday": "每周四", "friday": "每周五", "month_start": "每月1日",
}  # fmt: skip
_ATTRIBUTES = {
    "age": "距上次的时间", "worked": "距上次的工作时间", "until": "离该时间还有", "n": "次数", "distinct": "不同的个数",
    "present": "有", "holds": "成立", "text": "", "value": "", "number": "", "before": "（之前）", "day": "的日期",
    "max_ratio": "与基线之比的最大值", "min_ratio": "与基线之比的最小值", "known": "有足够历史",
    "minutes": "相差分钟数",
    "hours": "相差小时数", "metres": "相距米数", "days": "连续天数", "key": "内容", "quote": "原话", "code": "类型",
    "baseline": "基线", "values": "各期数值",
}  # fmt: skip
_DURATION = re.compile(r"\b(days|hours|minutes)\(([0-9]{1,5})\)", re.ASCII)
_UNITS = {"days": "天", "hours": "小时", "minutes": "分钟"}
_SIGNS = (("&&", "，且"), ("||", "，或"), (">=", "不少于"), ("<=", "不多于"), ("==", "等于"), ("!=", "不等于"),
          (">", "超过"), ("<", "少于"), (" in ", "属于"), ("!", "没有"))  # fmt: skip


def explain(book: Playbook) -> str:
    """What the rule says, in sentences."""
    return "\n".join(_sentences(book))


def _sentences(book: Playbook) -> Iterator[str]:
    level, status = SEVERITY_NAMES[book.severity], STATUS_NAMES[book.status]
    yield f"《{book.title}》关于{SUBJECT_NAMES[book.subject]}，级别{level}，{status}。"
    yield "它看：" + "；".join(f"{name}＝{_selection(when)}" for name, when in book.when.items()) + "。"
    moment = f"{DAYS[book.every.on]}{book.every.at:%H:%M}，" if book.every else ""
    yield f"{moment}当{_condition(book.condition)}时触发。"
    if book.unless is not None:
        yield f"但{_condition(book.unless)}时不触发。"
    yield "触发后：" + "；".join(map(_action, book.actions)) + "。"
    if book.clock is not None:
        yield from _clock(book.clock, book.done_when)
    rest = f"，{spoken(book.cooldown)}内不重复" if book.cooldown else ""
    yield f"同一原因只触发一次{rest}。"


def _clock(clock: ResponseClock, done_when: str | None) -> Iterator[str]:
    kind = "工作时间" if clock.hours == "business" else ""
    done = f"（{_condition(done_when)}即算处理）" if done_when else ""
    yield f"要求{kind}{spoken(clock.respond_within)}内处理{done}。"
    total = clock.respond_within
    for step in clock.then:
        total += step.after or timedelta(0)
        yield f"到{kind}{spoken(total)}仍未处理：" + "；".join(map(_action, step.actions)) + "。"


def _selection(when: When) -> str:
    types = "、".join(when.types)
    within = f"{spoken(when.within)}内" if when.within else ""
    period = spoken(when.period) if when.period else ""
    found = {
        "field": f"字段 {when.field}",
        "event": f"{within}最近一次 {types}",
        "absent": f"连续{spoken(when.for_) if when.for_ else ''}没有 {types}",
        "count": f"{within} {types} 的次数",
        "finding": f"{within}拜访中谈到 {'、'.join(when.finding.codes) if when.finding else ''}",
        "series": f"每{period}的 {types}（最近{when.last}期对比之前{when.baseline}期均值）",
        "gap": f"{' 与 '.join(when.gap or ())} 的时间差",
        "distance": "两处位置的距离",
        "clash": f"时间重叠的 {types}",
        "streak": f"{types} 中同一 {when.key} 连续出现的天数",
    }[when.kind]
    conditions = "、".join(f"{key} 符合要求" for key in when.match)
    return f"{found}（{conditions}）" if conditions else found


def _condition(text: str) -> str:
    said = _DURATION.sub(lambda found: f"{found[2]}{_UNITS[found[1]]}", text)
    said = re.sub(r"\b([a-z][a-z0-9_]*)\.([a-z][a-z0-9_]*)\b(?!\()", _attribute, said)
    for sign, words in _SIGNS:
        said = said.replace(f" {sign} ", words) if sign.strip() == sign and sign != "!" else said.replace(sign, words)
    return said


def _attribute(found: re.Match[str]) -> str:
    name, attribute = found[1], found[2]
    words = _ATTRIBUTES.get(attribute, f"的 {attribute}")
    return f"有“{name}”" if attribute == "present" else f"“{name}”{words}"


def _people(roles: tuple[str, ...]) -> str:
    return "、".join(ROLE_NAMES.get(role, role.removeprefix("person:")) for role in roles)


def _action(action: Action) -> str:
    message = action.message
    if message is not None:
        whom = _people(message.to)
        if isinstance(message, PushPack):
            pack = "、".join(filter(None, (f"话术包 {message.talktrack}" if message.talktrack else "",
                                           f"{message.cases}个同行业案例" if message.cases else "")))  # fmt: skip
            return f"推送{pack}给{whom}"
        verb = {"notify": "通知", "hint": "提示", "request": "请求", "assign_course": "安排课程给"}[action.kind]
        return f"{verb}{whom}：“{message.text}”"
    body = action.body
    named = {
        "move_to_pool": f"转入{getattr(body, 'pool', '')}",
        "freeze_stage": f"冻结阶段{getattr(body, 'stage', None) or '推进'}",
        "lock": f"锁定，等{_people((getattr(body, 'approver', ''),))}二次审批",
        "tag": f"打上“{getattr(body, 'tag', '')}”标签",
        "create_task": f"给{_people(getattr(body, 'to', ()))}建任务“{getattr(body, 'title', '')}”",
        "publish_score": f"公布分值 {getattr(body, 'name', '')}",
        "assign_lead": f"按系数派给最合适的销售（热线索在前{getattr(body, 'top', '')}名中）",
    }
    return named[action.kind]
