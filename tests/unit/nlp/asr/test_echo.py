import pytest

from nlp.asr.echo import drop_echoes
from nlp.asr.hotwords import PROMPT_ZH
from tests.support.speech import a_segment

HOTWORDS = ["峰谷电价", "储能柜", "恒屿", "回本周期", "需量"]


@pytest.mark.parametrize(
    ("text", "evidence"),
    [
        pytest.param("以下是普通话的句子，带有标点符号。", "prompt", id="the prompt"),
        pytest.param("以下是普通话的句子", "prompt", id="a piece of it"),
        pytest.param("以下是普通话的句子带有标点符号" * 3, "prompt", id="several times"),
        pytest.param("以下是普通话的句子，带着标点符号", "prompt", id="nearly the prompt"),
        pytest.param("峰谷电价，储能柜，恒屿，回本周期", "hotwords", id="the list"),
        pytest.param("储能柜恒屿回本周期的", "hotwords", id="from the middle of the list"),
    ],
)
def test_what_we_put_into_the_ear_does_not_count_as_speech(text: str, evidence: str) -> None:
    kept, dropped = drop_echoes([a_segment(text, 0, 900)], prompt=PROMPT_ZH, hotwords=HOTWORDS)
    assert kept == []
    assert [(d.reason, d.evidence) for d in dropped] == [("echo", evidence)]


@pytest.mark.parametrize(
    "text",
    [
        "峰谷电价",
        "储能柜和恒屿",
        "恒屿的储能柜回本周期要五年",
        "需量，回本周期，恒屿，储能柜",
        "你普通话说得不错",
        "标点",
        "我们看了峰谷电价，储能柜，恒屿，回本周期",
    ],
)
def test_speech_that_uses_those_words_stays(text: str) -> None:
    kept, dropped = drop_echoes([a_segment(text, 0, 900)], prompt=PROMPT_ZH, hotwords=HOTWORDS)
    assert [s.text for s in kept] == [text]
    assert dropped == []


def test_without_prompt_and_hot_words_nothing_is_an_echo() -> None:
    segment = a_segment("以下是普通话的句子", 0, 900)
    assert drop_echoes([segment], prompt="", hotwords=[]) == ([segment], [])
