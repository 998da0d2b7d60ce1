"""Durations in expressions: the same answers in seconds, and no function in Python while rules are judged."""

import random
import sys
from datetime import timedelta
from types import FrameType

import pytest

from service.adapters.cel import CelConditions
from service.adapters.cel_durations import in_seconds


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("a.age > hours(72)", "a.age > duration('259200s')"),
        ("a.age>=days(3)&&b.age<minutes (15)", "a.age>=duration('259200s')&&b.age<duration('900s')"),
        ("a.until < days(99999)", "a.until < duration('8639913600s')"),
        ("a.text == 'hours(3)' && a.age > hours(3)", "a.text == 'hours(3)' && a.age > duration('10800s')"),
        ('a.text == "it\'s days(1)" || a.age > days(1)', "a.text == \"it's days(1)\" || a.age > duration('86400s')"),
        (r"a.text == 'it\'s days(1)' || a.age > days(1)", r"a.text == 'it\'s days(1)' || a.age > duration('86400s')"),
        (r"a.text.matches(r'\days(1)') && a.age > days(1)",
         r"a.text.matches(r'\days(1)') && a.age > duration('86400s')"),
        ("hours.n > 2 && office.hours(3)", "hours.n > 2 && office.hours(3)"),
        ("a.n == 3", "a.n == 3"),
    ],
)  # fmt: skip
def test_durations_are_told_in_seconds_and_texts_stay(written: str, told: str) -> None:
    assert in_seconds(written) == told


@pytest.mark.parametrize("compared", ["<", "<=", ">", ">=", "==", "!="])
@pytest.mark.parametrize(("unit", "number"), [("days", 3), ("hours", 72), ("minutes", 15), ("minutes", 0)])
def test_a_condition_compares_with_the_duration_that_is_written(compared: str, unit: str, number: int) -> None:
    condition = CelConditions().compile(f"a.age {compared} {unit}({number})", {"a.age": "duration"})
    border, chance = timedelta(**{unit: number}), random.Random(number)
    near = [border + timedelta(microseconds=step) for step in (-1, 0, 1)]
    for age in [*near, *(timedelta(minutes=chance.randrange(9_000)) for _ in range(20))]:
        expected = {"<": age < border, "<=": age <= border, ">": age > border, ">=": age >= border,
                    "==": age == border, "!=": age != border}[compared]  # fmt: skip
        assert condition.holds({"a.age": age}) is expected


def test_judging_calls_no_function_in_python_but_the_conditions_own() -> None:
    condition = CelConditions().compile("a.age > hours(72) && a.age < days(30)", {"a.age": "duration"})
    called: list[str] = []

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            called.append(frame.f_code.co_name)

    sys.setprofile(note)
    try:
        assert condition.holds({"a.age": timedelta(days=4)})
    finally:
        sys.setprofile(None)
    assert "<lambda>" not in called
