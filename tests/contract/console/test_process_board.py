"""A process as a board: the colour of each opportunity's health, and its deductions down to the records behind them."""

import re
from html import unescape
from typing import Any

from tests.support.console import ConsoleApi
from tests.support.crm import a_cloud_event

BOARD = "/processes/hospital_admission"
LINE = re.compile(r'<li><b class="numbers">([+-]\d+)</b>(.*?)</li>', re.DOTALL)


def tell(console: ConsoleApi, event_type: str, subject: str, **data: Any) -> str:
    """The stored event's id."""
    console.api.clock.forward(seconds=1)
    answer = console.api.client().post(
        "/v1/events", json=a_cloud_event(event_type, subject, console.api.clock.now(), data)
    )
    assert answer.status_code == 202, answer.text
    return str(answer.json()["events"][0]["id"])


def begin(console: ConsoleApi, number: int) -> str:
    """An opportunity in 院内准入; the event by which it came there."""
    subject = f"opportunity/h{number}"
    tell(console, "opportunity.created", subject, name=f"采购{number}", pipeline="hospital", stage="产品选型",
         owner_id="rep_lin")  # fmt: skip
    return tell(console, "opportunity.updated", subject, stage="院内准入")


def hand_in(console: ConsoleApi, number: int, node: str, **data: Any) -> str:
    return tell(console, "evidence.submitted", f"task/{node}-{number}-{data.get('file', '')}",
                opportunity_id=f"h{number}", node=node, **data)  # fmt: skip


def hand_in_all_but_a_report(console: ConsoleApi, number: int) -> str:
    """The one report that came in."""
    hand_in(console, number, "trial_form", file="a", signed_by="科室主任")
    hand_in(console, number, "comparison_table", sections=["价格", "耗材", "维保"])
    tell(console, "legal_review.started", f"request/r-{number}", opportunity_id=f"h{number}")
    return hand_in(console, number, "clinical_report", file="报告一.pdf")


def cards(console: ConsoleApi) -> dict[str, str]:
    page = unescape(console.enter("mgr_he").get(BOARD).text)
    found = [piece.split("<strong>")[1] for piece in re.split(r"(?=<div class=\"line\"><strong>采购)", page)[1:]]
    return {piece.split("</strong>")[0]: piece for piece in found}


def test_each_opportunity_wears_the_colour_of_its_health(console: ConsoleApi) -> None:
    begin(console, 0)
    hand_in_all_but_a_report(console, 0)
    hand_in(console, 0, "clinical_report", file="报告二.pdf")
    hand_in(console, 0, "filing_receipt", file="回执.jpg")
    begin(console, 1)
    hand_in_all_but_a_report(console, 1)
    begin(console, 2)
    console.api.clock.forward(days=17)
    shown = cards(console)
    chips = {name: re.findall(r'<span class="chip (\w+)">([^<]+)</span>', card)[0] for name, card in shown.items()}
    assert chips["采购0"] == ("low", "健康分 100 · 绿")
    assert chips["采购1"] == ("medium", "健康分 83 · 黄"), "the user's numbers: 3 a day for 3 days, 8 for the report"
    assert chips["采购2"][0] == "high"
    assert chips["采购2"][1].endswith("· 红")
    assert list(shown) == ["采购2", "采购1", "采购0"], "the unhealthiest first"


def test_a_score_opens_into_deductions_with_the_records_behind_them(console: ConsoleApi) -> None:
    entered = begin(console, 1)
    report = hand_in_all_but_a_report(console, 1)
    console.api.clock.forward(days=17)
    card = cards(console)["采购1"]
    assert "<details" in card.split('<b class="numbers">')[0], "the score opens"
    lines = dict(LINE.findall(card))
    assert set(lines) == {"-9", "-8"}
    assert "晚了3天" in lines["-9"]
    assert "还差1份" in lines["-8"]
    for event_id, line, kind in ((entered, "-9", "商机"), (entered, "-8", "商机"), (report, "-8", "任务")):
        behind = lines[line].split("依据的记录：")[1]
        assert re.search(rf'\d\d-\d\d \d\d:\d\d {kind}</span> <span[^>]*{event_id}">…{event_id[-8:]}<', behind)


def test_an_opportunity_with_nothing_against_it_has_nothing_to_open(console: ConsoleApi) -> None:
    begin(console, 0)
    hand_in_all_but_a_report(console, 0)
    hand_in(console, 0, "clinical_report", file="报告二.pdf")
    hand_in(console, 0, "filing_receipt", file="回执.jpg")
    card = cards(console)["采购0"]
    assert "健康分 100 · 绿" in card
    assert LINE.search(card) is None
