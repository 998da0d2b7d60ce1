"""The invented team behind `fieldcue seed-demo`: its people, its customers, and who visits whom when."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from service.demo.corpus_talks import Talk
from service.domain.people import Person, PersonRole

ZONE = ZoneInfo("Asia/Shanghai")
DAYS = 90
EAST, SOUTH = "华东一组", "华南二组"  # five and three: who uses which talk track is compared from five reps on
_PEOPLE: tuple[tuple[str, str, PersonRole, str], ...] = (
    ("rep-lin", "林晓岚", "rep", EAST),
    ("rep-zhou", "周启明", "rep", EAST),
    ("rep-xu", "许若宁", "rep", EAST),
    ("rep-fan", "范逸飞", "rep", EAST),
    ("rep-su", "苏念慈", "rep", SOUTH),
    ("rep-jiang", "江承志", "rep", SOUTH),
    ("rep-lu", "陆思远", "rep", SOUTH),
    ("rep-qiu", "裘文博", "rep", EAST),
    ("mgr-he", "何曼", "manager", EAST),
    ("trn-shen", "沈一帆", "trainer", EAST),
    ("mgr-tan", "谭国栋", "manager", SOUTH),
    ("exe-gu", "顾岩", "executive", ""),
)
# How often a rep is given a talk that its author called lost: so that the radar has something to tell.
_LUCK = {"rep-lin": 0.1, "rep-zhou": 0.35, "rep-xu": 0.6, "rep-fan": 0.45, "rep-su": 0.2, "rep-jiang": 0.75,
         "rep-lu": 0.5, "rep-qiu": 0.4}  # fmt: skip
# A trade, the words that point to it, and how its invented customers are called.
_TRADES: tuple[tuple[str, str, str], ...] = (
    ("医疗", "医药诊疗院疫检剂康护牙兽", "医院"),
    ("能源", "能电光伏充储风热暖气", "能源"),
    ("软件", "软信云数SaaSERP网系统智", "科技"),
    ("食品", "食餐饮料茶酒厨粮菜果奶糖", "食品"),
    ("零售", "店零售消费家居门商超母婴", "商贸"),
    ("物流", "物流仓车运叉铁路港航船", "物流"),
    ("农业", "农苗种畜渔养殖田灌", "农业"),
    ("制造", "", "制造"),
)
_FIRST = "恒澜岳启云川景禾越鸿拓序森泓骁岚穗湘崇榆"
_SECOND = "泰远和正科达信城元盛博新源汇诚明瑞合嘉联"


@dataclass(frozen=True, slots=True)
class PlannedVisit:
    """One talk, placed in somebody's calendar."""

    talk: Talk
    rep_id: str
    account_id: str
    account: str
    visited_at: datetime


def invented_people(tenant_id: str, now: datetime) -> list[Person]:
    """Eight reps in two teams, who leads them, and whom they answer to."""
    return [Person(person_id, tenant_id, name, role, now, team) for person_id, name, role, team in _PEOPLE]


def plan_visits(talks: Sequence[Talk], *, count: int, now: datetime) -> list[PlannedVisit]:
    """`count` visits in the ninety days before `now`, the oldest first; the same talks give the same plan each time."""
    dice = Random(20_260_311)  # noqa: S311 - the same story every time
    reps = list(_LUCK)
    chosen = _spread(talks, count)
    days = _workdays(now)
    by_trade: dict[str, list[str]] = {}
    planned: list[PlannedVisit] = []
    free = list(chosen)
    dice.shuffle(free)
    total = len(free)
    for number in range(total):
        rep = reps[number % len(reps)]
        talk = _pick(free, lost=dice.random() < _LUCK[rep])
        trade = _trade_of(talk)
        known = by_trade.setdefault(f"{rep} {trade}", [])
        if not known or (len(known) < 4 and dice.random() < 0.3):
            known.append(_name(dice, trade, {name for names in by_trade.values() for name in names}))
        account = dice.choice(known)
        day = days[min(len(days) - 1, number * len(days) // total)]
        at = day.replace(hour=dice.choice((9, 10, 11, 14, 15, 16, 17)), minute=dice.choice((0, 10, 20, 30, 45)))
        planned.append(PlannedVisit(talk, rep, _account_id(account), account, at.astimezone(UTC)))
    return sorted(planned, key=lambda visit: (visit.visited_at, visit.rep_id))


def _spread(talks: Sequence[Talk], count: int) -> list[Talk]:
    """`count` talks from all over the list, so that no author's style fills the story."""
    step = max(1.0, len(talks) / max(1, count))
    return [talks[int(at * step)] for at in range(min(count, len(talks)))]


def _pick(free: list[Talk], *, lost: bool) -> Talk:
    wanted = next((talk for talk in free if (talk.risk == "high") is lost), free[0])
    free.remove(wanted)
    return wanted


def _workdays(now: datetime) -> list[datetime]:
    today = now.astimezone(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    days = [today - timedelta(days=back) for back in range(DAYS, 0, -1)]
    return [day for day in days if day.weekday() < 5]


def _trade_of(talk: Talk) -> str:
    hits = {trade: sum(character in words for character in talk.industry) for trade, words, _ in _TRADES}
    best = max(hits, key=lambda trade: hits[trade])
    return best if hits[best] else "制造"


def _name(dice: Random, trade: str, taken: set[str]) -> str:
    suffix = next(suffix for name, _, suffix in _TRADES if name == trade)
    while True:
        name = dice.choice(_FIRST) + dice.choice(_SECOND) + suffix
        if name not in taken:
            return name


def _account_id(name: str) -> str:
    """The CRM's id: letters and digits, because keys are; the same name gives the same id."""
    return f"acc-{zlib.crc32(name.encode()):08x}"
