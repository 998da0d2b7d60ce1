"""Characters for syllables: a language model made of a few sentences, written to a file and read again."""

from pathlib import Path

import numpy as np
import pytest

from models.asr_demo.language import count, encode, fragments, readings, save, smooth, windows, with_confusions
from nlp.asr.characters import ORDER, PAUSE, Characters, load, pauses
from nlp.errors import ModelRefused

# 是 and 事 sound alike, as do 他 and 她; which one it is, only the neighbours tell.
TEXTS = ["他是医生", "他是老师", "这件事很大", "这件事不大", "她是老师", "他是医生，这件事很大"]
SOUND = {"他": "ta55", "她": "ta55", "是": "s.i.51", "事": "s.i.51", "医": "i55", "生": "s.@55N", "老": "lau21",
         "师": "s.i.55", "这": "ts.o51", "件": "tSiEn51", "很": "x@n21", "大": "ta51", "不": "pu51"}  # fmt: skip
READ = [(t.replace(PAUSE, ""), tuple(SOUND[c] for c in t.replace(PAUSE, ""))) for t in TEXTS]


def build(folder: Path, confusions: dict[str, dict[str, float]] | None = None) -> Characters:
    characters = PAUSE + "".join(sorted(SOUND))
    numbers = {c: i for i, c in enumerate(characters)}
    grams = smooth(count([encode(TEXTS, numbers), fragments(["医生", "老师"], numbers)]))
    exact = readings(READ)
    heard = with_confusions(exact, confusions or {syllable: {syllable: 0.0} for syllable in exact})
    save(folder / "characters.npz", characters, heard, grams)
    return load(folder / "characters.npz")


def text_of(model: Characters, text: str, *, gap_ms: int = 200) -> str:
    syllables = [SOUND[c] for c in text]
    return "".join(mark.text for mark in model.read(syllables, [gap_ms * i for i in range(len(syllables))]))


@pytest.mark.parametrize("text", ["他是医生", "这件事不大", "她是老师"])
def test_the_neighbours_decide_between_characters_that_sound_alike(tmp_path: Path, text: str) -> None:
    assert text_of(build(tmp_path), text) == text


def test_a_sentence_that_was_never_written_is_put_together(tmp_path: Path) -> None:
    assert text_of(build(tmp_path), "这件事很大") == "这件事很大"
    assert len(text_of(build(tmp_path), "大不是她")) == 4


def test_each_character_keeps_its_syllable_and_a_pause_stands_between(tmp_path: Path) -> None:
    said = "他是医生这件事很大"
    starts = [200 * i for i in range(4)] + [1_600 + 200 * i for i in range(5)]
    marks = build(tmp_path).read([SOUND[c] for c in said], starts)
    assert "".join(mark.text for mark in marks) == "他是医生，这件事很大"
    assert [mark.syllable for mark in marks] == [0, 1, 2, 3, 3, 4, 5, 6, 7, 8]
    assert all(0 < mark.confidence <= 1 for mark in marks)


def test_what_is_doubtful_says_so(tmp_path: Path) -> None:
    marks = build(tmp_path).read([SOUND["她"]], [0])
    assert marks[0].text in "他她"
    assert marks[0].confidence < 1


def test_unknown_syllables_are_passed_over(tmp_path: Path) -> None:
    model = build(tmp_path)
    assert model.read([], []) == []
    assert model.read(["xxx"], [0]) == []
    marks = model.read(["xxx", SOUND["大"]], [0, 200])
    assert [(mark.text, mark.syllable) for mark in marks] == [("大", 1)]
    assert not model.knows("xxx")


def test_a_mishearing_is_put_right_where_the_sentence_calls_for_it(tmp_path: Path) -> None:
    mistaken = {s: {s: -0.2} for s in SOUND.values()} | {"ta51": {"ta51": -0.4, "ta55": -1.5}}
    model = build(tmp_path, mistaken)
    heard = ["ta51", *(SOUND[c] for c in "是医生")]
    assert "".join(mark.text for mark in model.read(heard, [0, 200, 400, 600])) == "他是医生"


def test_a_pause_is_judged_by_the_pace_of_its_own_stretch() -> None:
    assert pauses([0, 100, 200, 300]) == set()
    assert pauses([0, 100, 200, 600, 700]) == {3}
    assert pauses([0, 400, 800, 1_200]) == set()
    assert pauses([0, 400]) == set()
    assert pauses([]) == set()


@pytest.mark.parametrize("content", [b"", b"no archive", None])
def test_what_is_no_model_is_refused_by_name(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "characters.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ModelRefused, match=r"characters\.npz"):
        load(path)


def test_an_archive_without_the_tables_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "characters.npz", characters=np.array("一"))
    with pytest.raises(ModelRefused, match="make it again"):
        load(tmp_path / "characters.npz")


def test_probabilities_are_probabilities_and_single_characters_share_all_of_it() -> None:
    numbers = {c: i for i, c in enumerate(PAUSE + "".join(sorted(SOUND)))}
    grams = smooth(count([encode(TEXTS, numbers)]))
    assert len(grams) == ORDER
    assert np.exp(grams[0].log_probs).sum() == pytest.approx(1, abs=1e-6)
    for table in grams:
        assert (table.log_probs <= 0).all()
        assert (table.fallback <= 0).all()


def test_windows_do_not_reach_across_breaks() -> None:
    assert windows(np.array([1, 2, -1, 3, 4]), 2).tolist() == [(1 << 13) | 2, (3 << 13) | 4]
    assert windows(np.array([1]), 2).size == 0
