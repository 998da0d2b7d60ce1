"""The words in which rules are explained, in Chinese and in English: what things are called, and the sentences' frames.

Invariant: both languages name the same things; what a firm wrote itself (titles, texts, tags) is never translated.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from service.domain.playbooks.values import spoken

Tongue = Literal["zh", "en"]
_UNITS = ((timedelta(days=1), "day"), (timedelta(hours=1), "hour"), (timedelta(minutes=1), "minute"))


@dataclass(frozen=True, slots=True)
class Wording:
    """One language's words. `frames` are sentences with blanks, `signs` how operators are read, in the order tried."""

    tongue: Tongue
    subjects: Mapping[str, str]
    roles: Mapping[str, str]
    severities: Mapping[str, str]
    statuses: Mapping[str, str]
    days: Mapping[str, str]
    attributes: Mapping[str, str]
    signs: tuple[tuple[str, str], ...]
    frames: Mapping[str, str]
    comma: str

    def say(self, frame: str, **blanks: object) -> str:
        """A frame with its blanks filled in."""
        return self.frames[frame].format(**blanks)

    def time(self, duration: timedelta) -> str:
        """A duration in at most two units."""
        return spoken(duration) if self.tongue == "zh" else _spoken_english(duration)

    def listed(self, words: Iterable[str]) -> str:
        """Words of a list, one after the other."""
        return self.comma.join(words)


def _spoken_english(duration: timedelta) -> str:
    """`3 days 2 hours`."""
    rest, said = abs(duration), []
    for size, unit in _UNITS:
        number, rest = divmod(rest, size)
        if number:
            said.append(f"{number} {unit}{'' if number == 1 else 's'}")
    return " ".join(said[:2]) or "0 minutes"


CHINESE = Wording(
    tongue="zh",
    subjects={
        "account": "客户", "opportunity": "商机", "lead": "线索", "task": "任务", "visit": "拜访", "quote": "报价",
        "request": "协同请求", "payment": "回款", "store": "门店", "plan": "计划", "person": "销售", "team": "团队",
        "region": "区域", "industry": "行业", "product": "产品",
    },
    roles={
        "owner": "负责人", "manager": "主管", "director": "总监", "sales_ops": "销售运营",
        "process_owner": "流程负责人", "finance": "财务", "legal": "法务", "tech": "技术", "logistics": "物流",
        "production": "生产", "market": "市场", "service": "客服", "expert": "专家",
        "trainer": "培训", "customer": "客户",
    },
    severities={"info": "提示", "low": "低", "medium": "中", "high": "高", "critical": "紧急"},
    statuses={
        "experimental": "试验（只记录，不通知）", "test": "试运行（只通知销售运营）", "stable": "启用",
        "deprecated": "停用",
    },
    days={
        "workday": "每个工作日", "day": "每天", "monday": "每周一", "tuesday": "每周二", "wednesday": "每周三",
        "thursday": "每周四", "friday": "每周五", "month_start": "每月1日",
    },
    attributes={
        "age": "距上次的时间", "worked": "距上次的工作时间", "until": "离该时间还有", "n": "次数",
        "distinct": "不同的个数", "holds": "成立", "text": "", "value": "", "number": "", "before": "（之前）",
        "day": "的日期",
        "max_ratio": "与基线之比的最大值", "min_ratio": "与基线之比的最小值", "known": "有足够历史",
        "minutes": "相差分钟数", "hours": "相差小时数", "metres": "相距米数", "days": "连续天数", "key": "内容",
        "quote": "原话", "code": "类型", "baseline": "基线", "values": "各期数值",
    },
    signs=((" && ", "，且"), (" || ", "，或"), (" >= ", "不少于"), (" <= ", "不多于"), (" == ", "等于"),
           (" != ", "不等于"), (" > ", "超过"), (" < ", "少于"), (" in ", "属于"), ("!", "没有")),
    frames={
        "head": "《{title}》关于{subject}，级别{severity}，{status}。",
        "looks": "它看：{what}。", "looks_join": "；", "named": "{name}＝{what}",
        "fires": "{moment}当{condition}时触发。", "moment": "{day}{at}，", "unless": "但{condition}时不触发。",
        "then": "触发后：{what}。", "once": "同一原因只触发一次{rest}。", "rest": "，{time}内不重复",
        "within_time": "要求{business}{time}内处理{done}。", "business": "工作时间", "done": "（{condition}即算处理）",
        "late": "到{business}{time}仍未处理：{what}。",
        "within": "{time}内", "field": "字段 {field}", "event": "{within}最近一次 {types}",
        "absent": "连续{time}没有 {types}", "count": "{within} {types} 的次数",
        "finding": "{within}拜访中谈到 {codes}",
        "series": "每{period}的 {types}（最近{last}期对比之前{baseline}期均值）",
        "gap": "{first} 与 {second} 的时间差", "distance": "两处位置的距离", "clash": "时间重叠的 {types}",
        "streak": "{types} 中同一 {key} 连续出现的天数", "matching": "{found}（{conditions}）",
        "match": "{key} 符合要求",
        "present": "有“{name}”", "missing": "没有“{name}”", "attribute": "“{name}”{words}", "unknown": "的 {attribute}",
        "days": "{n}天", "hours": "{n}小时", "minutes": "{n}分钟", "one_days": "{n}天", "one_hours": "{n}小时",
        "one_minutes": "{n}分钟",
        "push_pack": "推送{pack}给{whom}", "talktrack": "话术包 {id}", "cases": "{n}个同行业案例",
        "notify": "通知{whom}：“{text}”", "hint": "提示{whom}：“{text}”", "request": "请求{whom}：“{text}”",
        "assign_course": "安排课程给{whom}：“{text}”", "move_to_pool": "转入{pool}", "freeze_stage": "冻结阶段{stage}",
        "any_stage": "推进", "lock": "锁定，等{whom}二次审批", "tag": "打上“{tag}”标签",
        "create_task": "给{whom}建任务“{title}”", "publish_score": "公布分值 {name}",
        "assign_lead": "按系数派给最合适的销售（热线索在前{top}名中）",
    },
    comma="、",
)  # fmt: skip

ENGLISH = Wording(
    tongue="en",
    subjects={
        "account": "account", "opportunity": "opportunity", "lead": "lead", "task": "task", "visit": "visit",
        "quote": "quote", "request": "request to another team", "payment": "payment", "store": "store", "plan": "plan",
        "person": "rep", "team": "team", "region": "region", "industry": "industry", "product": "product",
    },
    roles={
        "owner": "owner", "manager": "manager", "director": "director", "sales_ops": "sales operations",
        "process_owner": "process owner", "finance": "finance", "legal": "legal", "tech": "engineering",
        "logistics": "logistics", "production": "production", "market": "marketing", "service": "customer service",
        "expert": "expert", "trainer": "trainer", "customer": "customer",
    },
    severities={"info": "note", "low": "low", "medium": "medium", "high": "high", "critical": "critical"},
    statuses={
        "experimental": "experimental (logs only, tells nobody)", "test": "on trial (tells sales operations only)",
        "stable": "on", "deprecated": "off",
    },
    days={
        "workday": "Every working day", "day": "Every day", "monday": "Every Monday", "tuesday": "Every Tuesday",
        "wednesday": "Every Wednesday", "thursday": "Every Thursday", "friday": "Every Friday",
        "month_start": "On the 1st of each month",
    },
    attributes={
        "age": "time since the last", "worked": "working time since the last", "until": "time left until",
        "n": "number of", "distinct": "different values of", "holds": "holds", "text": "", "value": "", "number": "",
        "before": "former value of", "day": "day of", "max_ratio": "highest ratio to the baseline of",
        "min_ratio": "lowest ratio to the baseline of", "known": "enough history of",
        "minutes": "minutes between, in", "hours": "hours between, in", "metres": "metres between, in",
        "days": "days running of", "key": "content of", "quote": "words of", "code": "kind of",
        "baseline": "baseline of", "values": "values of",
    },
    signs=((" && ", ", and "), (" || ", ", or "), (" >= ", " is at least "), (" <= ", " is at most "),
           (" == ", " is "), (" != ", " is not "), (" > ", " is more than "), (" < ", " is less than "),
           (" in ", " is one of "), ("!", "no ")),
    frames={
        "head": "“{title}” is about one {subject}; severity {severity}; {status}.",
        "looks": "It looks at: {what}.", "looks_join": "; ", "named": "{name} = {what}",
        "fires": "{moment}it fires when {condition}.", "moment": "{day} at {at}, ",
        "unless": "But not when {condition}.",
        "then": "Then: {what}.", "once": "It fires once for one cause{rest}.", "rest": ", and not again within {time}",
        "within_time": "Somebody has to act within {time}{business}{done}.", "business": " of working time",
        "done": " (done when {condition})", "late": "Not done after {time}{business}: {what}.",
        "within": " within {time}", "field": "field {field}", "event": "the last {types}{within}",
        "absent": "no {types} for {time}", "count": "how many {types}{within}",
        "finding": "{codes} spoken of in visits{within}",
        "series": "{types} per {period} (the last {last} beside the mean of the {baseline} before)",
        "gap": "time between {first} and {second}", "distance": "distance between two places",
        "clash": "{types} whose times overlap", "streak": "days running with the same {key} in {types}",
        "matching": "{found} ({conditions})", "match": "{key} as asked for",
        "present": "“{name}” is there", "missing": "“{name}” is not there",
        "attribute": "{words} “{name}”", "unknown": "{attribute} of",
        "days": "{n} days", "hours": "{n} hours", "minutes": "{n} minutes", "one_days": "{n} day",
        "one_hours": "{n} hour", "one_minutes": "{n} minute",
        "push_pack": "push {pack} to {whom}", "talktrack": "talk tracks {id}", "cases": "{n} cases of the industry",
        "notify": "tell {whom}: “{text}”", "hint": "hint to {whom}: “{text}”", "request": "request to {whom}: “{text}”",
        "assign_course": "assign a course to {whom}: “{text}”", "move_to_pool": "move to {pool}",
        "freeze_stage": "freeze stage {stage}", "any_stage": "changes",
        "lock": "lock until {whom} approves, too", "tag": "tag as “{tag}”",
        "create_task": "create the task “{title}” for {whom}", "publish_score": "publish the score {name}",
        "assign_lead": "assign to the rep who fits best (hot leads to one of the first {top})",
    },
    comma=", ",
)  # fmt: skip

WORDINGS: Mapping[Tongue, Wording] = {"zh": CHINESE, "en": ENGLISH}
