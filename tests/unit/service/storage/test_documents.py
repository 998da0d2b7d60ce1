"""What is stored as a document comes back equal, whatever was said; what no longer fits fails loudly."""

import json
from datetime import UTC, date
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from nlp.types import (
    Analysis,
    Because,
    ChurnRisk,
    Debrief,
    Element,
    Explanation,
    Finding,
    FiveElements,
    Interaction,
    NextStep,
    Skipped,
    Summary,
    SummarySentence,
    Transcript,
    Turn,
    Word,
)
from service.domain.visit import Consent
from service.storage.columns import dump_json
from service.storage.documents import ANALYSIS, CONSENT, TRANSCRIPT, columns_of
from tests.support.builders import a_run, a_transcript, an_analysis

Value = TypeVar("Value")
TEXT = st.text(max_size=12)
SHARE = st.floats(0, 1)
WEIGHT = st.floats(allow_nan=False, allow_infinity=False)
MS = st.integers(0, 10**8)
ROLE = st.sampled_from(["rep", "customer", "other"])
DAY = st.none() | st.dates()
PLAIN = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | WEIGHT | TEXT


def few(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(strategy, max_size=2).map(tuple)


WORDS = few(st.builds(Word, text=TEXT, start_ms=MS, end_ms=MS, confidence=st.none() | SHARE))
TURNS = few(
    st.builds(
        Turn,
        i=MS,
        text=TEXT,
        role=ROLE,
        role_score=SHARE,
        start_ms=st.none() | MS,
        end_ms=st.none() | MS,
        raw_text=TEXT,
        channel=st.none() | st.integers(0, 1),
        words=WORDS,
        confidence=st.none() | SHARE,
    )
)
BECAUSE = few(st.builds(Because, TEXT, WEIGHT))
ELEMENT = st.builds(Element, TEXT, st.none() | MS, TEXT)
FINDINGS = few(
    st.builds(
        Finding,
        id=TEXT,
        kind=st.sampled_from(["keyword", "objection", "signal", "entity", "commitment", "compliance"]),
        code=TEXT,
        score=SHARE,
        turn=MS,
        role=ROLE,
        span=st.tuples(MS, MS),
        quote=TEXT,
        explanation=st.builds(Explanation, TEXT, TEXT, BECAUSE),
        start_ms=st.none() | MS,
        end_ms=st.none() | MS,
        attributes=st.dictionaries(TEXT, PLAIN | st.lists(PLAIN, max_size=2), max_size=3),
    )
)
MEASURE = st.none() | WEIGHT
ANALYSES = st.builds(
    Analysis,
    visit_id=TEXT,
    versions=st.dictionaries(TEXT, TEXT, max_size=2),
    turns=TURNS,
    findings=FINDINGS,
    summary=st.builds(Summary, TEXT, few(st.builds(SummarySentence, TEXT, few(MS)))),
    five_elements=st.builds(
        FiveElements,
        time=st.none() | ELEMENT,
        place=st.none() | ELEMENT,
        decision_maker=st.none() | ELEMENT,
        objections=few(ELEMENT),
        next_commitment=st.none() | ELEMENT,
    ),
    next_steps=few(st.builds(NextStep, who=ROLE, what=TEXT, due=DAY, turn=MS, quote=TEXT)),
    debrief=st.builds(Debrief, st.none() | ELEMENT, few(ELEMENT), TEXT, DAY),
    interaction=st.builds(Interaction, MEASURE, MEASURE, MEASURE, st.none() | MS, MEASURE, MEASURE),
    churn_risk=st.builds(ChurnRisk, st.sampled_from(["low", "medium", "high"]), SHARE, BECAUSE),
    skipped=few(st.builds(Skipped, TEXT, TEXT, TEXT)),
    dropped_quotes=MS,
)
INSTANT = st.datetimes(timezones=st.just(UTC))


def there_and_back(adapter: TypeAdapter[Value], value: Value) -> Value:
    """As a row does it: to JSON text and back."""
    return adapter.validate_python(json.loads(dump_json(adapter.dump_python(value, mode="json"))))


@given(ANALYSES)
def test_an_analysis_comes_back_equal(analysis: Analysis) -> None:
    assert there_and_back(ANALYSIS, analysis) == analysis


@given(st.builds(Transcript, TURNS, TEXT, st.none() | MS))
def test_a_transcript_comes_back_equal(transcript: Transcript) -> None:
    assert there_and_back(TRANSCRIPT, transcript) == transcript


@given(st.builds(Consent, TEXT, TEXT, INSTANT, TEXT, st.none() | INSTANT, st.none() | INSTANT))
def test_a_consent_comes_back_equal_to_the_microsecond(consent: Consent) -> None:
    assert there_and_back(CONSENT, consent) == consent


def test_real_characters_are_stored_as_they_are() -> None:
    assert "价格太高了" in dump_json(ANALYSIS.dump_python(an_analysis(), mode="json"))


@pytest.mark.parametrize("number", [float("nan"), float("inf")], ids=["nan", "inf"])
def test_a_number_that_json_does_not_know_is_not_stored_as_a_number(number: float) -> None:
    transcript = Transcript((Turn(0, "贵", role_score=number),))
    with pytest.raises((ValueError, ValidationError)):
        there_and_back(TRANSCRIPT, transcript)


def required(document: dict[str, Any], path: tuple[str | int, ...]) -> dict[str, Any]:
    """The document without what the path leads to."""
    copy: dict[str, Any] = json.loads(json.dumps(document))
    at: Any = copy
    for step in path[:-1]:
        at = at[step]
    del at[path[-1]]
    return copy


@pytest.mark.parametrize(
    "path",
    [
        ("visit_id",),
        ("turns",),
        ("findings", 0, "quote"),
        ("findings", 0, "explanation", "version"),
        ("summary", "text"),
        ("churn_risk", "level"),
        ("turns", 0, "text"),
    ],
    ids=lambda path: ".".join(map(str, path)),
)
def test_a_document_that_lost_a_part_fails_loudly(path: tuple[str | int, ...]) -> None:
    document = ANALYSIS.dump_python(an_analysis(), mode="json")
    with pytest.raises(ValidationError, match=str(path[-1])):
        ANALYSIS.validate_python(required(document, path))


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("findings", {}),
        ("turns", None),
        ("churn_risk", {"level": "extreme", "probability": 0.5}),
        ("next_steps", [{"who": "boss", "what": "x", "due": None, "turn": 0}]),
        ("next_steps", [{"who": "rep", "what": "x", "due": "tomorrow", "turn": 0}]),
        ("visit_id", 7),
    ],
    ids=["an object for a list", "null for a list", "unknown level", "unknown role", "a word for a day", "a number"],
)
def test_a_document_of_another_shape_fails_loudly(part: str, value: object) -> None:
    document = {**ANALYSIS.dump_python(an_analysis(), mode="json"), part: value}
    with pytest.raises(ValidationError, match=part):
        ANALYSIS.validate_python(document)


def test_a_document_from_before_a_part_existed_is_read_with_its_default() -> None:
    document = required(ANALYSIS.dump_python(an_analysis(), mode="json"), ("dropped_quotes",))
    assert ANALYSIS.validate_python(document) == an_analysis()


def test_days_are_stored_as_iso_text_and_come_back_as_days() -> None:
    step = NextStep("rep", "发报价", date(2026, 3, 11), 0)
    stored = TypeAdapter(NextStep).dump_python(step, mode="json")
    assert stored["due"] == "2026-03-11"
    assert TypeAdapter(NextStep).validate_python(stored) == step


def test_a_row_has_one_column_a_field_and_nested_values_as_they_are() -> None:
    run = a_run(1, input={"n": 1})
    row = columns_of(run)
    assert type(run)(**row) == run
    assert row["input"] is run.input
    assert columns_of(a_transcript())["turns"] == a_transcript().turns
