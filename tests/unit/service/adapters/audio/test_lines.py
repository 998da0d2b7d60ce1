import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.adapters.audio.lines import MAX_LINE, BadLine, read_message, write_message

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(st.dictionaries(st.text(), values, max_size=4), max_size=4))
def test_messages_arrive_as_they_were_sent(messages: list[dict[str, object]]) -> None:
    stream = io.BytesIO()
    for message in messages:
        write_message(stream, message)
    stream.seek(0)
    assert [read_message(stream) for _ in messages] == messages
    assert read_message(stream) is None


@given(st.text())
def test_no_text_breaks_a_line(text: str) -> None:
    stream = io.BytesIO()
    write_message(stream, {"text": text})
    assert stream.getvalue().count(b"\n") == 1
    assert stream.getvalue().isascii()


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(b"[1]\n", id="a list"),
        pytest.param(b'"text"\n', id="a text"),
        pytest.param(b"{]\n", id="no JSON"),
        pytest.param(b"\xff\xfe\n", id="no UTF-8"),
        pytest.param(b'{"a":1}', id="cut off"),
        pytest.param(b"\n", id="empty"),
        pytest.param(b"x" * (MAX_LINE + 10) + b"\n", id="too long"),
    ],
)
def test_a_broken_line_is_told_apart_from_the_end(line: bytes) -> None:
    with pytest.raises(BadLine):
        read_message(io.BytesIO(line))


def test_a_message_over_the_cap_is_never_sent() -> None:
    stream = io.BytesIO()
    with pytest.raises(ValueError, match="exceeds the cap"):
        write_message(stream, {"text": "x" * MAX_LINE})
    assert stream.getvalue() == b""


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_numbers_that_json_does_not_know_are_refused(number: float) -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        write_message(io.BytesIO(), {"share": number})


def test_the_cap_holds_ten_minutes_of_dense_speech() -> None:
    words = [["价格", 123_456, 123_789, 0.987]] * 4_000
    assert len(json.dumps({"words": words})) < MAX_LINE / 4
