"""Quote or nothing: a quote is found as it was said, signs and widths aside."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.text.grounding import find_span

TEXT = "您这个价格，太贵了！A3000 要９８００块"


@pytest.mark.parametrize(
    ("quote", "found"),
    [
        ("太贵了", "太贵了"),
        ("价格,太贵了", "价格，太贵了"),
        ("价格太贵", "价格，太贵"),
        ("a3000要9800", "A3000 要９８００"),
        ("！", "！"),
        ("太 贵 了", "太贵了"),
    ],
)
def test_a_quote_is_found_with_signs_and_widths_aside(quote: str, found: str) -> None:
    span = find_span(quote, TEXT)
    assert span is not None
    assert TEXT[slice(*span)] == found


@pytest.mark.parametrize("quote", ["太便宜了", "", "，。", "贵太", "A3001"])
def test_what_was_not_said_is_not_found(quote: str) -> None:
    assert find_span(quote, TEXT) is None


@given(st.text(max_size=30), st.integers(0, 30), st.integers(0, 30))
def test_any_piece_of_a_text_is_found_exactly(text: str, a: int, b: int) -> None:
    start, end = min(a, b), max(a, b)
    quote = text[start:end]
    span = find_span(quote, text)
    assert (span is None) == (quote == "")
    assert span is None or text[slice(*span)] == quote


@given(st.text(max_size=20), st.text(max_size=20))
def test_a_found_span_lies_inside_the_text(quote: str, text: str) -> None:
    span = find_span(quote, text)
    assert span is None or 0 <= span[0] < span[1] <= len(text)
