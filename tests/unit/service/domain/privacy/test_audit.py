"""The trail names every row that was touched, and sums up who saw what."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.privacy.audit import AuditEntry, AuditHead, AuditRow, breach_scope, find_breaks, seal
from tests.support.fakes import NOON


def a_trail(count: int = 6) -> tuple[list[AuditRow], AuditHead]:
    rows: list[AuditRow] = []
    head = AuditHead()
    for number in range(count):
        entry = AuditEntry(f"key:{number % 2}", "audio.read", f"recording:{number // 3}", detail={"n": number})
        row = seal(entry, row_id=f"aud_{number}", tenant_id="t", at=NOON + timedelta(seconds=number), head=head)
        head = AuditHead(row.sequence, row.hash)
        rows.append(row)
    return rows, head


def named(rows: list[AuditRow], head: AuditHead) -> list[int]:
    return [each.sequence for each in find_breaks(rows, head)]


def test_an_untouched_trail_has_no_breaks() -> None:
    assert find_breaks(*a_trail()) == []
    assert find_breaks([], AuditHead()) == []


@given(st.integers(0, 5), st.sampled_from(["actor", "action", "object", "why", "visit_id", "previous", "hash", "id"]))
def test_any_edited_field_is_named(at: int, field: str) -> None:
    rows, head = a_trail()
    rows[at] = replace(rows[at], **{field: "x"})
    assert at + 1 in named(rows, head)


@given(st.integers(0, 5))
def test_any_deleted_row_is_named(at: int) -> None:
    rows, head = a_trail()
    del rows[at]
    assert named(rows, head) == [at + 1]


@given(st.integers(0, 5), st.integers(0, 5))
def test_two_rows_that_changed_places_are_named(one: int, other: int) -> None:
    rows, head = a_trail()
    if one == other:
        return
    first, second = rows[one], rows[other]
    rows[one], rows[other] = replace(second, sequence=first.sequence), replace(first, sequence=second.sequence)
    assert {one + 1, other + 1} <= set(named(rows, head))


def test_a_row_resealed_by_someone_breaks_the_one_behind_it() -> None:
    rows, head = a_trail()
    forged = seal(AuditEntry("key:x", "audio.read", "recording:9"), row_id="aud_2", tenant_id="t", at=NOON,
                  head=AuditHead(2, rows[1].hash))  # fmt: skip
    rows[2] = forged
    assert named(rows, head) == [4]


def test_a_trail_cut_off_and_resealed_does_not_match_its_head() -> None:
    rows, head = a_trail()
    assert named(rows[:3], head) == [4, 5, 6]
    assert named(rows, replace(head, hash="f" * 64)) == [6]


def test_a_row_that_was_slipped_in_is_named() -> None:
    rows, head = a_trail()
    assert named([rows[0], *rows], head) == [1]


def test_the_scope_of_a_breach_says_who_saw_what_and_when() -> None:
    rows, _ = a_trail()
    other = seal(AuditEntry("key:0", "key.created", "key:1"), row_id="a", tenant_id="t", at=NOON, head=AuditHead(6))
    lines = [(a.actor, a.object, a.times, a.first_at, a.last_at) for a in breach_scope([*reversed(rows), other])]
    assert lines[0] == ("key:0", "recording:0", 2, NOON, NOON + timedelta(seconds=2))
    assert len(lines) == 4


@pytest.mark.parametrize("pruned", [1, 3, 6])
def test_what_is_left_of_a_pruned_trail_proves_itself(pruned: int) -> None:
    rows, head = a_trail()
    kept = replace(head, first=pruned + 1, first_previous=rows[pruned - 1].hash)
    assert find_breaks(rows[pruned:], kept) == []
    assert named(rows[pruned + 1 :], kept) == ([pruned + 1] if pruned < 6 else [])
