"""Without a speech model everything waits, visibly, and says how to go on."""

from collections.abc import Callable
from typing import Any

import pytest

from nlp.asr.transcriber import SpeechEngine
from nlp.errors import ModelMissing
from service.adapters.no_speech import NoSpeechEngine


def transcribe(engine: SpeechEngine, **hooks: Callable[..., Any]) -> None:
    engine.transcribe(
        None,  # type: ignore[arg-type]  # it is never looked at
        language="zh",
        hotwords=("恒屿",),
        on_window=hooks["on_window"],
        done_windows={},
        should_stop=lambda: False,
    )


def test_nothing_is_transcribed_and_nothing_announced() -> None:
    windows: list[object] = []
    with pytest.raises(ModelMissing) as caught:
        transcribe(NoSpeechEngine(), on_window=lambda *window: windows.append(window))
    assert caught.value.code == "model_missing"
    assert windows == []


@pytest.mark.parametrize("way", ["FIELDCUE_ASR__MODEL", "large-v3-turbo", "restart"])
def test_the_answer_names_every_way_out(way: str) -> None:
    missing = NoSpeechEngine().available()
    assert isinstance(missing, ModelMissing)
    assert way in missing.remedy


def test_it_says_that_there_is_no_engine() -> None:
    assert NoSpeechEngine().describe() == {"engine": "none"}
