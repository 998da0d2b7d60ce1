"""Rows 73 to 75 and the rest of what a rule's text may try: refused at save, with the line, in bounded time."""

from pathlib import Path

import pytest

from nlp.errors import ContentInvalid
from service.adapters.content.playbooks import load_playbooks
from service.domain.playbooks.effects import Scene
from service.domain.playbooks.timeline import Timeline
from tests.support.cost import cpu_ms
from tests.support.hostile_content import EVALUATION_MS, GOOD, READER, faults_of
from tests.support.playbooks import a_fact, a_rule, china, rule_text


def fault_of(text: str) -> str:
    return "\n".join(faults_of(text))


def with_text(text: str) -> str:
    return rule_text("stage: {field: stage}", 'stage.text == "won"', text=text)


@pytest.mark.parametrize(
    "text",
    [
        "{{ ''.__class__ }}",
        "{{''.__class__.__mro__}}",
        "{0.__class__}",
        "${jndi:ldap://x}",
        "{% for a in range(999999999) %}x{% endfor %}",
        "{{stage.text.__class__}}",
        "{{stage}}",
        "{{stage.secret}}",
        "{{budget.text}}",
        "{{ stage.text }}",
        "{{{{stage.text}}",
        "<%= system('id') %>",
        "{stage.text}",
    ],
)
def test_row_73_nothing_but_an_allowed_name_is_ever_replaced(text: str) -> None:
    assert "rule.yaml:" in fault_of(with_text(text.replace('"', "")))


def test_row_73_a_value_that_looks_like_a_template_stays_a_value() -> None:
    rule = a_rule("stage: {field: stage}", "stage.present", text="阶段：{{stage.text}}，{{subject}}")
    hostile = "{{subject}} {{7*7}} ${x} {0.__class__}\n\u202e{% for %}"
    timeline = Timeline.of(("opportunity", "o1"), [a_fact("opportunity.updated", "2026-03-02 09:00", stage=hostile)])
    at = china("2026-03-02 09:00")
    scene = Scene(rule.book, timeline, at, {"stage.text": hostile}, "alr_1")

    filled = scene.fill("阶段：{{stage.text}}，{{subject}}")

    assert filled == "阶段：{{subject}} {{7*7}} ${x} {0.__class__} {% for %}，o1"


@pytest.mark.parametrize(
    ("pattern", "value"),
    [("^(a+)+$", "a" * 28 + "!"), ("^(([a-z])+.)+[A-Z]([a-z])+$", "a" * 60), ("(x+x+)+y", "x" * 60)],
)
def test_row_74_matching_takes_linear_time(pattern: str, value: str) -> None:
    rule = a_rule("stage: {field: stage}", f"stage.text.matches('{pattern}')")
    values = {"stage.text": value * 50}
    assert rule.conditions["condition"].holds(values) is False
    assert cpu_ms(lambda: rule.conditions["condition"].holds(values)) < EVALUATION_MS


def test_row_74_nested_list_functions_are_bounded() -> None:
    inner = "leads.values.all(a, leads.values.all(b, leads.values.all(c, leads.values.all(d, a + b + c + d < 9.0))))"
    said = fault_of(rule_text("leads: {series: [lead.created], period: 1w}", inner, subject="region"))
    assert "list functions" in said


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("owner: &a 测试", "anchor"),
        ("owner: *a", "anchor"),
        ("owner: !!python/object/apply:os.system [id]", "tag"),
        ("owner: 测试\nowner: 别人", "twice"),
        ("owner: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]", "levels"),
    ],
)
def test_row_75_yaml_that_surprises_is_refused_with_its_line(line: str, says: str) -> None:
    said = fault_of(GOOD.replace("owner: 测试", line))
    assert says in said
    assert "rule.yaml:" in said


def test_row_75_an_alias_bomb_is_refused_before_it_grows() -> None:
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "\n".join(
        f"{name}: &{name} [*{before},*{before},*{before},*{before}]" for before, name in ("ab", "bc", "cd", "de", "ef")
    )
    assert "anchor" in fault_of(bomb)


def test_row_75_words_and_clock_times_stay_what_they_are() -> None:
    rule = a_rule("stage: {field: stage}\nnot_yet: {event: [call.logged], match: {answer: no, at: 12:30:45}}",
                  'stage.text == "no"')  # fmt: skip
    matches = rule.book.when["not_yet"].match
    assert matches["answer"].is_ == ("no",)
    assert matches["at"].is_ == ("12:30:45",)


def test_a_rule_that_is_too_long_is_refused_unread() -> None:
    assert "256 KiB" in fault_of(GOOD + "#" + "x" * 300_000)


@pytest.mark.parametrize(
    ("when", "condition", "says"),
    [
        ("stage: {field: stage}", "stage.colour == 1", "line 0: undeclared reference"),
        ("stage: {field: stage}", "budget.age > days(3)", "undeclared reference"),
        ("stage: {field: stage}", "stage.age > 3", "no matching overload"),
        ("stage: {field: stage}", "stage.age", "not true or false"),
        ("stage: {field: stage}", "stage.text ==", "Syntax error"),
        ("stage: {field: stage}", 'stage.age > duration("3d")', "days(3)"),
        ("stage: {field: stage}", "stage.age > days(stage.n)", "days(3)"),
        ("stage: {field: stage}", "__import__('os').system('id') == 0", "undeclared reference"),
        ("stage: {colour: red}", "stage.present", "unknown key"),
        ("stage: {field: stage, within: 3d}", "stage.present", "takes no `within`"),
        ("stage: {field: stage, event: [a.b]}", "stage.present", "exactly one of"),
        ("calls: {count: [call.logged]}", "calls.n > 3", "needs `within`"),
        ("calls: {absent: [call.logged], for: soon}", "calls.holds", "15m, 72h"),
        ("calls: {absent: [call.logged], for: 9999d}", "calls.holds", "two years"),
        ("said: {finding: {signal: made_up_code}}", "said.present", "unknown signal code"),
        ("said: {finding: {keyword: made_up_code}}", "said.present", "no keyword pack"),
        ("for: {field: stage}", "stage.present", "means something else"),
    ],
)
def test_a_wrong_condition_or_selection_names_its_line_and_the_way_out(when: str, condition: str, says: str) -> None:
    said = fault_of(rule_text(when, condition))
    assert says.removeprefix("line 0: ") in said
    assert "rule.yaml:" in said


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("severity: medium", "severity: huge", "severity"),
        ("severity: medium", "severity: medium\ncolour: red", "unknown key"),
        ("serves: [P3]", "serves: [X9]", "serves"),
        ("to: [owner, manager]", "to: [boss]", "actions"),
        ("to: [owner, manager]", "to: [https://evil.example/hook]", "actions"),
        ("notify: {to", "email: {to", "unknown key"),
        ("subject: opportunity", "subject: planet", "subject"),
        ("date: 2026-01-01", "date: someday", "date"),
        ("- notify:", "- push_pack: {to: [owner], text: x, talktrack: nobody_wrote_it}\n  - notify:", "talktracks/"),
        ("- notify:", "- assign_course: {to: [owner], text: x, course: nobody_wrote_it}\n  - notify:", "courses/"),
        ("severity: medium", "severity: medium\ndone_when: stage.present", "give the rule a `clock`"),
        ("severity: medium", "severity: medium\ncause: [nothing]", "no selection"),
        (
            "severity: medium",
            "severity: low\nclock: {respond_within: 1h, then: [{after: 1h, actions: []}]}",
            "clock",
        ),
    ],
)
def test_whatever_else_is_wrong_is_named_with_its_line(old: str, new: str, says: str) -> None:
    assert old in GOOD
    said = fault_of(GOOD.replace(old, new, 1))
    assert says in said
    assert "rule.yaml:" in said


def test_the_line_is_the_line_of_the_fault() -> None:
    text = GOOD.replace("severity: medium", "severity: huge")
    line = text.splitlines().index("severity: huge") + 1
    assert f"rule.yaml:{line}: key `severity`" in fault_of(text)
    text = GOOD.replace('condition: stage.text == "won"', "condition: stage.colour == 1")
    line = next(n for n, each in enumerate(text.splitlines(), 1) if each.startswith("condition"))
    said = fault_of(text)
    assert f"rule.yaml:{line}: key `condition`: column 6" in said
    assert "stage.present" in said  # the way out: what there is


def test_a_folder_loads_whole_or_not_at_all(tmp_path: Path) -> None:
    folder = tmp_path / "playbooks"
    folder.mkdir()
    (folder / "trial_rule.yaml").write_text(GOOD, "utf-8")
    assert [rule.id for rule in load_playbooks(folder, READER).rules] == ["trial_rule"]
    (folder / "other_name.yaml").write_text(GOOD, "utf-8")
    (folder / "broken.yaml").write_bytes(b"\xff\xfe")
    (folder / "wrong.yaml").write_text("id: wrong", "utf-8")

    with pytest.raises(ContentInvalid) as caught:
        load_playbooks(folder, READER)

    said = str(caught.value)
    assert "not the file's name" in said
    assert "not UTF-8" in said
    assert "playbooks/wrong.yaml:1: key `title`: missing" in said
