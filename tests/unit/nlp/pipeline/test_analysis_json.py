"""The exchange format: strict in, plain JSON out."""

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.analysis_json import (
    analysis_data,
    extract_line,
    plain,
    read_extract,
    read_message,
    read_text,
    read_visit,
    spot_line,
    triage_line,
    visit_line,
)
from nlp.classify.verdicts import TriageVerdict
from nlp.errors import InputInvalid
from nlp.extract.extractor import extract_items
from nlp.keywords.matcher import KeywordHit
from nlp.types import (
    Analysis,
    ChurnRisk,
    Debrief,
    Element,
    Explanation,
    Finding,
    FiveElements,
    Interaction,
    NextStep,
    Summary,
    SummarySentence,
    Turn,
    Word,
)

TODAY = date(2026, 3, 11)
VISIT = {
    "id": "v1",
    "industry": "医疗",
    "channel": "面访",
    "stage": "谈价",
    "date": "2026-03-09",
    "turns": [{"i": 0, "start": 0, "role": "rep", "text": "您好"}, {"i": 1, "start": 2.5, "text": "太贵了"}],
}


def _line(**changes: object) -> str:
    return json.dumps({**VISIT, **changes}, ensure_ascii=False)


def test_a_visit_is_read_with_roles_times_and_day() -> None:
    transcript, context = read_visit(_line(), today=TODAY)
    assert [(t.i, t.role, t.role_score, t.start_ms) for t in transcript.turns] == [
        (0, "rep", 1.0, 0),
        (1, "other", 0.0, 2500),
    ]
    assert (context.visit_id, context.date, context.channel) == ("v1", date(2026, 3, 9), "面访")


def test_a_turn_ends_with_its_words_or_where_the_next_begins() -> None:
    turns = [{"start": 0, "text": "您好"}, {"start": 0.3, "text": "好"}, {"start": 9, "text": "嗯"}, {"text": "行"}]
    transcript, _ = read_visit(_line(turns=turns), today=TODAY)
    assert [t.end_ms for t in transcript.turns] == [300, 550, 9250, None]


def test_a_start_may_be_a_clock() -> None:
    transcript, _ = read_visit(
        _line(turns=[{"start": "01:02:03.5", "text": "好"}, {"start": "75:01", "text": "好"}]), today=TODAY
    )
    assert [t.start_ms for t in transcript.turns] == [3_723_500, 4_501_000]


def test_what_is_missing_takes_its_default() -> None:
    transcript, context = read_visit('{"id": "v", "turns": []}', today=TODAY)
    assert (transcript.turns, context.date, context.industry, context.competitors) == ((), TODAY, "", ())


FAULTS = [
    ("nonsense", "no JSON"),
    ("[1]", "no JSON object"),
    ('{"id": "v", "turns": [NaN]}', "NaN is no JSON number"),
    ('{"turns": []}', "line 7: id: is missing"),
    (_line(id=3), "line 7: id: write text in quotes"),
    (_line(id=" "), "id: is empty"),
    (_line(turns="x"), "turns: write a list"),
    (_line(turns=["x"]), "turns[0] is no object"),
    (_line(turns=[{"text": 5}]), "turns[0].text: write text in quotes"),
    (_line(turns=[{"role": "rep"}]), "turns[0].text: is missing"),
    (_line(turns=[{"text": "a", "role": "boss"}]), "turns[0].role: write rep, customer or other"),
    (_line(turns=[{"text": "a", "start": "soon"}]), "turns[0].start: write seconds"),
    (_line(turns=[{"text": "a", "start": -1}]), "turns[0].start: write seconds"),
    (_line(turns=[{"text": "a", "start": True}]), "turns[0].start: write seconds"),
    (_line(turns=[{"text": "a", "start": 5, "end": 3}]), "turns[0].end: a turn ends after it starts"),
    (_line(turns=[{"i": "0", "text": "a"}]), "turns[0].i: write a whole number"),
    (_line(turns=[{"i": 1, "text": "a"}, {"i": 1, "text": "b"}]), "two turns carry one i"),
    (_line(date="2026-02-30"), "date: '2026-02-30' is no date"),
    (_line(date=20260311), 'date: write a date such as "2026-03-11"'),
    (_line(competitors="赛瑞"), "competitors: write a list of texts"),
    (_line(turns=[{"text": "a\u0000b"}]), "turns[0].text: holds a NUL"),
    (_line(turns=[{"text": "字" * 70_000}]), "turns[0].text: 70000 characters"),
]


@pytest.mark.parametrize(("line", "said"), FAULTS, ids=[said[:40] for _, said in FAULTS])
def test_a_fault_is_named_with_line_field_and_way_out(line: str, said: str) -> None:
    with pytest.raises(InputInvalid) as caught:
        read_visit(line, number=7, today=TODAY)
    assert said in str(caught.value)
    assert str(caught.value).startswith("line 7: ")


def test_deeply_nested_lines_are_refused_not_crashed_on() -> None:
    with pytest.raises(InputInvalid):
        read_visit("[" * 200_000, today=TODAY)


@given(st.text(max_size=80))
def test_any_line_is_read_or_refused_with_its_number(line: str) -> None:
    try:
        read_visit(line, today=TODAY)
    except InputInvalid as error:
        said = str(error)
    else:
        said = "line 1: read"
    assert said.startswith("line 1: ")


def test_messages_texts_and_extract_lines_are_read() -> None:
    assert read_message('{"id": "m", "from": "rep", "context": "在谈价", "text": "行"}') == ("m", "rep", "在谈价", "行")
    assert read_text('{"text": "报价"}') == "报价"
    assert read_extract('{"text": "明天", "now": "2026-03-11T10:00:00+08:00"}', today=date(2020, 1, 1)) == (
        "明天",
        TODAY,
    )
    assert read_extract('{"text": "明天", "now": "2026-03-10T18:00:00Z"}', today=TODAY) == ("明天", TODAY)
    assert read_extract('{"text": "明天"}', today=TODAY) == ("明天", TODAY)


def test_a_message_needs_a_sender() -> None:
    with pytest.raises(InputInvalid, match="from: write rep or customer"):
        read_message('{"from": "boss", "text": "行"}')


ANALYSIS = Analysis(
    visit_id="v1",
    versions={"nlp": "1"},
    turns=(
        Turn(0, "太贵了", "customer", 1.0, 0, 900, "太貴了", words=(Word("太", 0, 100),)),
        Turn(1, "明天发您", "rep", 0.8),
    ),
    findings=(
        Finding("a", "objection", "price", 0.91234, 0, "customer", (0, 3), "太贵了", Explanation("turns", "1")),
        Finding("b", "signal", "commitment", 0.8, 1, "rep", (0, 4), "明天发您", Explanation("turns", "1")),
        Finding(
            "c",
            "keyword",
            "贵",
            1.0,
            0,
            "customer",
            (1, 2),
            "贵",
            Explanation("keywords/exact", "1"),
            attributes={"match": "exact"},
        ),
    ),
    summary=Summary("异议（价格）：太贵了", (SummarySentence("异议（价格）：太贵了", (0,)),)),
    five_elements=FiveElements(time=Element("2026-03-11"), objections=(Element("价格", 0, "太贵了"),)),
    next_steps=(NextStep("rep", "明天发您", date(2026, 3, 12), 1, "明天发您"),),
    debrief=Debrief(next_step="明天发您", due=date(2026, 3, 12)),
    interaction=Interaction(),
    churn_risk=ChurnRisk("medium", 0.51239),
)


def test_a_visit_line_has_exactly_the_fields_of_the_format() -> None:
    line = visit_line(ANALYSIS)
    assert list(line) == [
        "id",
        "turns",
        "summary",
        "key_points",
        "five_elements",
        "next_steps",
        "churn_risk",
        "hints",
        "courses",
        "skills",
    ]
    assert line["turns"][0] == {
        "i": 0,
        "role": "customer",
        "objections": [{"code": "price", "score": 0.9123}],
        "signals": [],
        "keywords": [{"term": "贵", "start": 1, "end": 2, "match": "exact"}],
    }
    assert line["turns"][1]["signals"] == [{"code": "commitment", "score": 0.8}]
    assert line["next_steps"] == [{"who": "rep", "what": "明天发您", "due": "2026-03-12"}]
    assert line["churn_risk"] == {"level": "medium", "probability": 0.5124}
    assert line["key_points"] == ["异议（价格）：太贵了"]
    json.dumps(line, allow_nan=False)


def test_coaching_fills_its_fields() -> None:
    line = visit_line(ANALYSIS, coaching={"hints": [{"text": "问预算", "turns": [0]}], "skills": {"value": 70}})
    assert (line["hints"], line["courses"], line["skills"]) == ([{"text": "问预算", "turns": [0]}], [], {"value": 70})


def test_the_other_lines_have_exactly_their_fields() -> None:
    verdict = TriageVerdict(True, 0.87654, "deal_at_risk")
    assert triage_line("m", verdict, latency_ms=1.2345) == {
        "id": "m",
        "manager_should_step_in": True,
        "score": 0.8765,
        "reason": "deal_at_risk",
        "latency_ms": 1.23,
    }
    assert spot_line("报价", [KeywordHit("报价", 0, 2, "exact", "报价")]) == {
        "text": "报价",
        "keywords": [{"term": "报价", "start": 0, "end": 2, "match": "exact"}],
    }
    text = "九万八，三天"
    assert extract_line(text, extract_items(text, TODAY)) == {
        "text": text,
        "items": [{"kind": "money", "value": 98000, "span": [0, 3]}, {"kind": "duration", "value": 72, "span": [4, 6]}],
    }


def test_the_api_shape_is_plain_json_with_days_and_spans() -> None:
    data = json.loads(json.dumps(analysis_data(ANALYSIS), allow_nan=False))
    assert data["findings"][0]["span"] == [0, 3]
    assert data["next_steps"][0]["due"] == "2026-03-12"
    assert data["turns"][0]["raw_text"] == "太貴了"
    assert "words" not in data["turns"][0]
    assert set(data) >= {"visit_id", "versions", "summary", "five_elements", "debrief", "interaction", "churn_risk"}


def test_plain_turns_every_value_into_json() -> None:
    assert plain({"a": (date(2026, 3, 1), [1, None]), 2: "x"}) == {"a": ["2026-03-01", [1, None]], "2": "x"}
