"""What a condition may be written with: words in quotes are never taken for code, code is never taken for words."""

import pytest

from service.adapters.cel_limits import check_text


def fine(pattern: str) -> str:
    del pattern
    return ""


@pytest.mark.parametrize(
    "text",
    [
        'stage.text == "a // b"',
        "stage.text == 'dyn(1) and google.protobuf'",
        "stage.text in ['.all(', '.map(', '.filter(', '.exists(', '.all(']",
        "stage.type == 'x'",
        "kind.text == 'type(x)'",
        "stage.text.contains('matches(stage.text)')",
        "stage.text.matches(r'^A\\d{3,6}$')",
        "stage.text.matches('^(a|b){1,20}$') && name.text.matches('x')",
        r"stage.text == 'it\'s // fine'",
        "stage.age > days(3) || stage.age > hours (72)",
    ],
)
def test_what_stands_in_quotes_and_what_is_plain_passes(text: str) -> None:
    check_text(text, try_pattern=fine)


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("stage.present // x", 15),
        ("'a//b' == stage.text //", 22),
        ("stage.present && dyn(1) == 1", 18),
        ("stage.text.matches(name.text)", 12),
        ("stage.text.matches('a' + 'b')", 12),
        ("'matches' == stage.text && matches(stage.text, 'a')", 28),
    ],
)
def test_the_column_is_where_it_stands(text: str, column: int) -> None:
    with pytest.raises(ValueError, match=rf"^column {column}: "):
        check_text(text, try_pattern=fine)


def test_a_pattern_that_is_none_says_why() -> None:
    with pytest.raises(ValueError, match=r"^column 12: '\(' is no pattern \(missing\); mend it"):
        check_text("stage.text.matches('(')", try_pattern=lambda pattern: "missing" if pattern == "'('" else "")


@pytest.mark.parametrize(
    ("pattern", "passes"),
    [("a{200}", True), ("a{201}", False), ("(a{2}){100}", True), ("(a{2}){101}", False), ("a{1,}", True),
     ("a" * 98, True), ("a" * 99, False)],
)  # fmt: skip
def test_repeats_multiply_and_length_counts_with_its_quotes(pattern: str, *, passes: bool) -> None:
    text = f"stage.text.matches('{pattern}')"
    if passes:
        check_text(text, try_pattern=fine)
    else:
        with pytest.raises(ValueError, match="use startsWith"):
            check_text(text, try_pattern=fine)
