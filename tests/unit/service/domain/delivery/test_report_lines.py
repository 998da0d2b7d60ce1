"""What a chat group reads of a report: names where they are known, ids where not, nothing where nothing was."""

from typing import Any

import pytest

from service.domain.delivery.cards import card_of, people_in
from service.domain.delivery.report_lines import lines_of, people_of
from tests.support.builders import an_event

DAILY: dict[str, Any] = {
    "report": "daily", "of": "2026-03-06", "events": 41, "steps": 3, "stalled": 9, "active": 2, "people": 3,
    "silent": ["rep_wu"], "silent_n": 7, "completeness": 0.925,
    "counts": [{"what": "赢单", "n": 2}, {"what": "回款", "n": 1}],
    "progress": [{"what": "赢单", "deal": "云杉储能一期", "owner_id": "rep_lin", "event_id": "cev_1"},
                 {"what": "回款", "deal": "o-9", "owner_id": None, "event_id": "cev_2"}],
    "stalled_deals": [{"opportunity_id": "o-2", "deal": "青桐医院呼吸机", "stage": "", "days": 12, "amount": 880000.0,
                       "owner_id": "rep_zhou"}],
    "link": "/v1/reports/daily?day=2026-03-06",
    "links": {"page": "/console/reports/daily?day=2026-03-06"},
}  # fmt: skip
WEEKLY: dict[str, Any] = {
    "report": "weekly", "of": "2026-03-02", "events": 300, "stalled": 0,
    "ranking": [{"owner_id": "rep_lin", "won": 3, "ended": 4, "rate": 0.75},
                {"owner_id": "rep_wu", "won": 1, "ended": 2, "rate": None}],
}  # fmt: skip
NAMES = {"rep_lin": "林晓岚", "rep_zhou": "周启明"}


def test_a_daily_card_says_what_went_on_what_stands_still_and_who_was_silent() -> None:
    event = an_event(1, type="report.ready", data=DAILY)
    card = card_of(event, DAILY, public_url="https://f.example/", names=NAMES)
    assert card.title == "销售日报"
    assert dict(card.facts) == {"日期": "2026-03-06", "新事件": "41", "关键进展": "3", "停滞商机": "9",
                                "有动作的人": "2 / 3", "客户信息完整度": "92%"}  # fmt: skip
    assert card.paragraphs == (
        "进展汇总：赢单 2、回款 1",
        "赢单：云杉储能一期，林晓岚",
        "回款：o-9",
        "停滞：青桐医院呼吸机（阶段未填，12天没有动静，880,000元），周启明",
        "没有任何动作：rep_wu等7人",
    )
    assert card.link == "https://f.example/console/reports/daily?day=2026-03-06"


def test_a_weekly_card_ranks_and_says_where_cases_are_too_few() -> None:
    card = card_of(an_event(2, type="report.ready", data=WEEKLY), WEEKLY, public_url="", names=NAMES)
    assert card.title == "销售周报"
    assert card.paragraphs == (
        "第1名 林晓岚：赢3单，结束4单，转化率75%",
        "第2名 rep_wu：赢1单，结束2单，不足三单",
    )


def test_people_are_named_by_id_until_the_card_is_made() -> None:
    assert people_of(DAILY) == {"rep_lin", "rep_zhou", "rep_wu"}
    assert people_in(an_event(1, type="report.ready", data=DAILY)) == {"rep_lin", "rep_zhou", "rep_wu"}
    assert people_in(an_event(1, type="alert.raised", data=DAILY)) == frozenset()


@pytest.mark.parametrize("junk", [None, 7, "x", ["x"], [None], {"a": 1}])
def test_what_an_older_event_does_not_hold_is_left_out(junk: object) -> None:
    odd = dict.fromkeys(("progress", "stalled_deals", "ranking", "counts", "silent"), junk)
    assert [line for line in lines_of(odd, {}) if "x" not in line] == []
    assert people_of(odd) <= {"x"}
