"""Content files say what they look like they say, and anything surprising is refused with its line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.errors import ContentInvalid
from nlp.strict_yaml import MAX_DEPTH, parse, without_unseen


@pytest.mark.parametrize(
    ("written", "read"),
    [
        pytest.param("no", "no", id="no_stays_a_word"),
        pytest.param("off", "off", id="off_stays_a_word"),
        pytest.param("Yes", "Yes", id="yes_stays_a_word"),
        pytest.param("12:30:45", "12:30:45", id="a_time_is_no_base_sixty_number"),
        pytest.param("2026-11-21", "2026-11-21", id="a_date_stays_text"),
        pytest.param("007", "007", id="leading_zeros_are_a_code"),
        pytest.param("0x1F", "0x1F", id="hexadecimal_is_text"),
        pytest.param("1_000", "1_000", id="underscored_digits_are_text"),
        pytest.param("true", True, id="true_is_a_truth_value"),
        pytest.param("'true'", "true", id="quoted_true_is_text"),
        pytest.param("30", 30, id="a_number_is_a_number"),
        pytest.param("-0.5", -0.5, id="a_decimal_is_a_number"),
        pytest.param("~", None, id="tilde_is_nothing"),
        pytest.param("价格太贵", "价格太贵", id="chinese_text"),
    ],
)
def test_plain_values_are_read_without_guessing(written: str, read: object) -> None:
    assert parse(f"key: {written}", source="a.yaml").data["key"] == read


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        pytest.param("a: 1\nb: 2\na: 3", 3, "twice", id="duplicate_key"),
        pytest.param("a:\n  - {b: 1, b: 2}", 2, "twice", id="duplicate_key_inside_a_list"),
        pytest.param("a: &x [1]\nb: *x", 1, "anchor", id="alias_bomb_starts_with_an_anchor"),
        pytest.param("a: 1\nb: !!python/object:os.system {}", 2, "tag", id="python_object"),
        pytest.param("a: !!str 5", 1, "tag", id="even_a_harmless_tag"),
        pytest.param("a: 1\n---\nb: 2", 2, "second document", id="two_documents"),
        pytest.param("a: 1\n? [b]\n: 2", 2, "key that is a list", id="list_as_key"),
        pytest.param("a: [1, 2}", 1, "not YAML", id="list_closed_by_a_brace"),
        pytest.param("- a\n- b", 1, "start with `id:`", id="list_at_the_top"),
        pytest.param("", 1, "start with `id:`", id="empty_file"),
    ],
)
def test_surprises_are_refused_with_file_and_line(text: str, line: int, word: str) -> None:
    with pytest.raises(ContentInvalid) as fault:
        parse(text, source="pack.yaml")
    assert str(fault.value).startswith(f"pack.yaml:{line}")
    assert word in str(fault.value)


def test_nesting_beyond_the_limit_is_refused() -> None:
    deep = "a: " + "[" * (MAX_DEPTH + 5) + "]" * (MAX_DEPTH + 5)
    with pytest.raises(ContentInvalid, match="levels"):
        parse(deep, source="deep.yaml")


def test_an_oversized_file_is_refused_before_it_is_read() -> None:
    with pytest.raises(ContentInvalid, match="split the file"):
        parse("a: " + "x" * 1_000_001, source="big.yaml")


@pytest.mark.parametrize(
    "character",
    ["\x00", "\x01", "\x7f", "\x85", "\xad", "\u034f", "\u200b", "\u200e", "\u2028", "\u2029", "\u202e", "\u2066",
     "\u2800", "\u3164", "\ud800", "\ue000", "\ufdd0", "\ufeff", "\uffff", "\U000e0041", "\U0001ffff"],
)  # fmt: skip
def test_characters_that_nobody_sees_are_refused_with_their_line(character: str) -> None:
    with pytest.raises(ContentInvalid) as fault:
        parse(f"a: 1\nb: '读{character}作'\nc: 2", source="odd.yaml")
    assert str(fault.value).startswith("odd.yaml:2: a character that nobody sees")
    assert f"U+{ord(character):04X}" in str(fault.value)


def test_an_escape_hides_nothing_either() -> None:
    for written in (r'"a\u202eb"', r'"\0"', r'"\x7f"', r'"\uFEFF"'):
        with pytest.raises(ContentInvalid, match=r"odd.yaml:2: a character that nobody sees"):
            parse(f"a: 1\nb: {written}", source="odd.yaml")
        with pytest.raises(ContentInvalid, match=r"odd.yaml:2: a character that nobody sees"):
            parse(f"a: 1\n{written}: 2", source="odd.yaml")


def test_what_nobody_sees_can_be_left_out() -> None:
    assert without_unseen("\ufeff预\u200b算\u202e 👩‍💻") == "预算 👩‍💻"


@pytest.mark.parametrize("text", ["涨价\u3000了", "☎️ 👩‍💻 🫨", "Größe ½ “好” 𠀀", "ｓｔａｇｅ", "नमस्ते", "カﾞ"])
def test_characters_that_can_be_seen_are_read(text: str) -> None:
    assert parse(f"a: '{text}'", source="odd.yaml").data["a"] == text


def test_a_byte_order_mark_at_the_start_is_no_part_of_the_file() -> None:
    assert parse("\ufeffa: 1", source="odd.yaml").data == {"a": 1}


@pytest.mark.parametrize("number", ["9" * 31, "-" + "9" * 5_000, "0." + "1" * 4_000, "1" * 100 + ".5"])
def test_a_number_that_no_machine_holds_is_refused_with_its_line(number: str) -> None:
    with pytest.raises(ContentInvalid, match=r"odd.yaml:2: a number of more than 30 digits; quote it"):
        parse(f"a: 1\nb: {number}", source="odd.yaml")
    assert parse(f"b: '{number}'", source="odd.yaml").data["b"] == number


@pytest.mark.parametrize("head", ["%YAML 1.1\n---\n", "%TAG ! tag:example.com,2000:\n---\n"])
def test_directives_are_refused(head: str) -> None:
    with pytest.raises(ContentInvalid, match="a directive"):
        parse(f"{head}a: 1", source="odd.yaml")


def test_lines_are_known_for_keys_list_items_and_what_lies_below_them() -> None:
    document = parse("id: a\nterms:\n  - term: 报价\n    tags: [x]\n", source="a.yaml")
    assert document.line(("terms", 0, "tags")) == 4
    assert document.line(("terms", 0, "missing")) == 3
    assert document.line(()) == 1


@given(st.text(max_size=200))
def test_any_text_is_either_read_or_refused_as_content(text: str) -> None:
    try:
        data = parse(text, source="any.yaml").data
    except ContentInvalid:
        return
    assert isinstance(data, dict)
