"""Rows 75 and 73 of the hostile-content suite: files that are hostile by their shape or by a character.

Whatever a file tries, it is refused with file, line, key and way out, or it is harmless; in bounded time either way.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from service.adapters.content.loader import MOST_FAULTS
from tests.support.hostile_content import GOOD, faults_of, line_of
from tests.support.playbooks import rule_text


@dataclass(frozen=True)
class Shape:
    """A file that is hostile by its shape alone; `says` stands in the refusal, `at` is where its line is."""

    name: str
    make: Callable[[], str]
    says: str
    at: str = ""


def instead_of_owner(line: str) -> str:
    return GOOD.replace("owner: 测试", line, 1)


def of_selection(options: str) -> str:
    return rule_text(f"calls: {{{options}}}", "calls.n > 1")


def with_steps(number: int) -> str:
    step = "{after: 1m, actions: [{tag: {tag: x}}]}"
    return GOOD + "clock: {respond_within: 1m, then: [" + ", ".join([step] * number) + "]}"


def with_story(number: int) -> str:
    events = ", ".join(["{at: 2026-03-01 09:00, type: a.b}"] * number)
    return GOOD.replace("  stays_silent:", f"    - {{now: 2026-03-02 09:00, events: [{events}]}}\n  stays_silent:")


def block_bomb() -> str:
    nines = (", ".join([f"*l{i - 1}"] * 9) for i in range(1, 9))
    return "l0: &l0 [x]\n" + "\n".join(f"l{i}: &l{i} [{nine}]" for i, nine in enumerate(nines, 1))


def owner_is(value: str) -> Callable[[], str]:
    return lambda: instead_of_owner(f"owner: {value}")


def beside(line: str) -> Callable[[], str]:
    return lambda: GOOD + line


LEVELS, AT_12, DIGITS, ALIAS, TAG = (
    "more than 30 levels", "at most 12", "more than 30 digits", "anchor or alias", "a tag",
)  # fmt: skip
MANY_TYPES = ", ".join(f"a.b{i}" for i in range(1_000))
MANY_KEYS = ", ".join(f"k{i}: 1" for i in range(50))
MANY_SELECTIONS = "\n".join(f"sel{i}: {{field: stage}}" for i in range(2_000))
MANY_ACTIONS = "actions:\n" + "  - tag: {tag: x}\n" * 3_000
SHAPES = (
    Shape("flow_lists_100000_deep", lambda: "a: " + "[" * 100_000 + "]" * 100_000, LEVELS),
    Shape("flow_maps_5000_deep", owner_is("{a: " * 5_000 + "}" * 5_000), LEVELS, "owner:"),
    Shape("block_maps_700_deep", lambda: "\n".join(" " * i + "a:" for i in range(700)), LEVELS),
    Shape("block_lists_in_one_line", lambda: "a:\n  " + "- " * 20_000 + "x", LEVELS),
    Shape("open_lists_without_end", owner_is("[" * 50_000), LEVELS, "owner:"),
    Shape("a_file_of_a_megabyte", lambda: GOOD + "#" + "x" * 1_000_000, "256 KiB"),
    Shape("chinese_counts_in_bytes", lambda: GOOD + "#" + "字" * 90_000, "256 KiB"),
    Shape("twenty_thousand_keys", lambda: GOOD + "\n".join(f"k{i}: 1" for i in range(20_000)), "unknown key"),
    Shape("a_key_of_100000_letters", lambda: GOOD + "k" * 100_000 + ": x", "not YAML"),
    Shape("two_thousand_selections", lambda: rule_text(MANY_SELECTIONS, "'true'"), AT_12, "when:"),
    Shape("three_thousand_actions", lambda: GOOD.replace("actions:\n", MANY_ACTIONS), AT_12, "actions:"),
    Shape("five_hundred_steps", lambda: with_steps(500), "at most 6", "clock:"),
    Shape("five_thousand_story_events", lambda: with_story(5_000), "at most 60"),
    Shape("a_thousand_event_types", lambda: of_selection(f"count: [{MANY_TYPES}], within: 3d"), "at most 20", "calls:"),
    Shape("fifty_matches", lambda: of_selection(f"count: [a.b], within: 3d, match: {{{MANY_KEYS}}}"), "at most 10",
          "calls:"),
    Shape("a_text_without_end", lambda: GOOD.replace("请看", "价" * 60_000), "at most 1000", "- notify"),
    Shape("an_integer_of_5000_digits", owner_is("9" * 5_000), DIGITS, "owner:"),
    Shape("a_decimal_of_5000_digits", owner_is("1." + "9" * 5_000), DIGITS, "owner:"),
    Shape("not_a_number", beside("cooldown: .nan"), "15m, 72h", "cooldown"),
    Shape("infinity", beside("cooldown: .inf"), "15m, 72h", "cooldown"),
    Shape("no_time_at_all", lambda: of_selection("count: [a.b], within: 0d"), "15m, 72h", "calls:"),
    Shape("ten_thousand_years", beside("cooldown: 99999w"), "two years", "cooldown"),
    Shape("alias_bomb_in_blocks", block_bomb, ALIAS),
    Shape("alias_bomb_in_merges", lambda: "a: &a {x: 1}\nb: {<<: [*a, *a, *a]}", ALIAS),
    Shape("an_alias_to_itself", lambda: "a: &a [*a]", ALIAS),
    Shape("an_anchor_on_a_key", beside("&k cooldown: 1d"), ALIAS, "&k"),
    Shape("a_merge_key", beside("<<: {owner: x}"), "unknown key", "<<"),
    Shape("a_python_object", owner_is("!!python/object/apply:os.system [id]"), TAG, "owner:"),
    Shape("a_python_name", owner_is("!!python/name:os.system"), TAG, "owner:"),
    Shape("a_local_tag", owner_is("!include /etc/passwd"), TAG, "owner:"),
    Shape("a_binary_tag", owner_is("!!binary aGk="), TAG, "owner:"),
    Shape("a_tag_on_a_key", beside("!!str cooldown: 1d"), TAG, "!!str"),
    Shape("a_directive", lambda: "%YAML 1.1\n---\n" + GOOD, "a directive"),
    Shape("a_tag_directive", lambda: "%TAG ! tag:evil.example,2026:\n---\n" + GOOD, "a directive"),
    Shape("a_second_document", beside("---\nid: other"), "a second document", "---"),
    Shape("a_key_twice", beside("severity: high"), "twice", "severity: high"),
    Shape("a_key_twice_in_flow", beside("clock: {respond_within: 1h, respond_within: 2h}"), "twice", "clock"),
    Shape("a_list_as_key", beside("? [a]\n: b"), "key that is a list", "? [a]"),
    Shape("a_tab_for_a_space", lambda: instead_of_owner("\towner: 测试"), "not YAML", "\towner"),
    Shape("a_list_at_the_top", lambda: "- id: x", "start with `id:`"),
    Shape("nothing", lambda: "", "start with `id:`"),
    Shape("only_a_comment", lambda: "# nothing", "start with `id:`"),
)  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_a_hostile_shape_is_refused_where_it_stands(shape: Shape) -> None:
    text = shape.make()
    said = faults_of(text)
    assert shape.says in said[0]
    assert not shape.at or f"rule.yaml:{line_of(text, shape.at)}:" in said[0]


def test_thousands_of_faults_are_told_of_in_a_short_answer() -> None:
    said = faults_of(GOOD + "\n".join(f"k{i}: 1" for i in range(20_000)))
    assert (
        said[-1] == f"rule.yaml: {20_000 - MOST_FAULTS} more faults like these; mend the first ones, then check again"
    )


UNSEEN = ["\x00", "\x07", "\x7f", "\x85", "\xad", "\u200b", "\u200f", "\u2028", "\u2029", "\u202e", "\u2066", "\u2060",
          "\u3164", "\u2800", "\ue000", "\ufeff", "\uffff", "\U000e0073"]  # fmt: skip


@pytest.mark.parametrize("character", UNSEEN, ids=lambda one: f"U+{ord(one):04X}")
@pytest.mark.parametrize(
    "place",
    ["title: 试一试", "owner: 测试", "severity: medium", 'stage.text == "won"', "请看"],
    ids=lambda one: one[:5],
)
def test_a_character_that_nobody_sees_is_refused_wherever_it_hides(place: str, character: str) -> None:
    text = GOOD.replace(place, place[:-1] + character + place[-1], 1)
    (said,) = faults_of(text)
    assert said.startswith(f"rule.yaml:{line_of(GOOD, place)}: a character that nobody sees (U+{ord(character):04X}); ")
    assert "delete it" in said


def test_half_a_character_is_refused_and_does_not_break_the_reader() -> None:
    assert "U+D800" in faults_of(instead_of_owner("owner: 测\ud800试"))[0]


@pytest.mark.parametrize("written", [r'"\u202eabc"', r'"a\u200b"', r'"\0"', r'"\uFEFFx"'])
def test_an_escape_is_no_way_around(written: str) -> None:
    text = instead_of_owner(f"owner: {written}")
    assert f"rule.yaml:{line_of(text, 'owner:')}: a character that nobody sees" in faults_of(text)[0]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("owner:", "\u043ewner:", "key `owner`: missing"),  # a Cyrillic о
        ("severity:", "ｓｅｖｅｒｉｔｙ:", "key `severity`: missing"),
        ("owner: ", "owner： ", "not YAML"),
        ("severity: medium", "severity: ｍedium", "key `severity`"),
        ("severity: medium", "severity: medium\ncooldown: １d", "key `cooldown`"),
        ("subject: opportunity", "subject: opp\u043ertunity", "key `subject`"),
        ('stage.text == "won"', 'ｓtage.text == "won"', "column 1"),
        ('stage.text == "won"', 'stage.text ＝＝ "won"', "column 12"),
        ('stage.text == "won"', "stage.text == “won”", "column 15"),
        ("id: trial_rule", "id: trial_r\u03c5le", "key `id`"),
    ],
)
def test_letters_that_only_look_alike_are_told_apart(old: str, new: str, says: str) -> None:
    assert old in GOOD
    assert any(says in fault for fault in faults_of(GOOD.replace(old, new, 1)))
