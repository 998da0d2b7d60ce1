"""The recipe of the demonstration model: what is said, by whom, how it is spoilt, and what the network may confuse."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from models.asr_demo.degrade import degrade, in_a_quiet_room
from models.asr_demo.espeak import NO_TONE, syllables_of
from models.asr_demo.language import readings, with_sandhi
from models.asr_demo.sentences import LONGEST, Part, Sentence, load_sentences, part_of, sentences_of
from models.asr_demo.voices import TEST_VOICES, TRAIN_VOICES, VALID_VOICES, Signal
from nlp.asr.audio import SAMPLE_RATE_HZ

DEMO = Path(__file__).parents[4] / "service" / "demo" / "assets"


def test_no_voice_is_both_learnt_and_judged_by() -> None:
    groups = [set(TRAIN_VOICES), set(VALID_VOICES), set(TEST_VOICES)]
    assert sum(map(len, groups)) == len(set.union(*groups))
    assert {"m3", "f2"} <= set(TEST_VOICES)  # those of the demonstration recording


def test_whole_files_are_held_out_always_the_same_ones() -> None:
    names = [f"snippets_{i:02d}" for i in range(40)]
    parts = part_of(names)
    assert parts == part_of(reversed(names))
    assert {part: list(parts.values()).count(part) for part in ("train", "valid", "test")} == {
        "train": 34, "valid": 3, "test": 3,
    }  # fmt: skip


@pytest.fixture(scope="module")
def split() -> dict[Part, list[Sentence]]:
    return load_sentences()


def test_no_sentence_of_the_demonstration_recording_is_trained_on(split: dict[Part, list[Sentence]]) -> None:
    lines = (DEMO / "dialogue.txt").read_text(encoding="utf-8").replace("Q2", "丘二").splitlines()
    spoken = "\n".join(line.partition("\t")[2] for line in lines)
    said = {s.characters for s in sentences_of("demo", spoken) if len(s.characters) > 5}
    assert len(said) > 30
    assert not said & {sentence.characters for sentence in split["train"]}


def test_no_sentence_of_the_judging_parts_is_trained_on(split: dict[Part, list[Sentence]]) -> None:
    said = {part: {sentence.characters for sentence in found} for part, found in split.items()}
    assert not said["train"] & (said["valid"] | said["test"])
    assert not said["valid"] & said["test"]
    assert len(said["train"]) > 30_000


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("太贵了。再便宜点？", ["太贵了", "再便宜点"]),
        ("两万八，一把，太贵了", ["两万八，一把，太贵了"]),
        ("我们用ERP。好的", ["好的"]),
        ("23号。行", []),
        ("“好”，他说……嗯嗯", ["好，他说", "嗯嗯"]),
    ],
)
def test_only_what_the_voice_reads_as_written_is_said(text: str, sentences: list[str]) -> None:
    assert [sentence.text for sentence in sentences_of("x", text)] == sentences


def test_long_sentences_are_said_in_breaths() -> None:
    breaths = sentences_of("x", "，".join(["这件事情很大"] * 12))
    assert len(breaths) == 3
    assert max(len(breath.text) for breath in breaths) <= LONGEST
    assert "".join(breath.characters for breath in breaths) == "这件事情很大" * 12


def test_the_first_and_the_fourth_tone_stay_apart() -> None:
    assert syllables_of("m'A55_| m'A35_| m'A21_| m'A51_|\n tsh'i[51_| n'i35n_|") == (
        "mA1", "mA2", "mA3", "mA4", "tshi[4", "nin2",
    )  # fmt: skip


@pytest.mark.parametrize("printed", ["t@11", "t@22", "t@33", "t@44"])
def test_a_light_tone_is_one_label_at_whatever_height(printed: str) -> None:
    assert syllables_of(printed) == ("t@5",)


@pytest.mark.parametrize("printed", ["tS;i", "wo21m@11n", "nA99"])
def test_a_word_that_is_no_syllable_has_no_tone(printed: str) -> None:
    assert [syllable[-1] for syllable in syllables_of(printed)] == [NO_TONE]


def test_what_is_spoilt_is_longer_bounded_and_drawn_again_alike() -> None:
    tone = np.sin(np.arange(SAMPLE_RATE_HZ) * 0.2).astype(np.float32)
    one, same, other = (degrade(tone, np.random.default_rng(seed))[0] for seed in (3, 3, 4))
    assert np.array_equal(one, same)
    assert one.size > tone.size
    assert not np.array_equal(one[: tone.size], other[: tone.size])
    for seed in range(30):
        spoilt, _ = degrade(tone, np.random.default_rng(seed))
        assert np.isfinite(spoilt).all()
        assert np.abs(spoilt).max() <= 1.1


@pytest.mark.parametrize("record", [in_a_quiet_room, degrade])
def test_where_the_voice_begins_is_told(record: Callable[..., tuple[Signal, int]]) -> None:
    click = np.zeros(SAMPLE_RATE_HZ, np.float32)
    click[0] = 1.0
    for seed in range(8):
        heard, lead = record(click, np.random.default_rng(seed))
        if np.abs(heard).max() > 4 * np.sort(np.abs(heard))[-400]:  # it was not drowned
            assert abs(int(np.abs(heard).argmax()) - lead) < SAMPLE_RATE_HZ // 100


def test_a_third_tone_before_another_is_written_as_if_it_were_a_third() -> None:
    found = with_sandhi({"ni3": {"你": -0.1}, "ni2": {"泥": -0.2}, "xau4": {"号": 0.0}})
    assert found == {"ni3": {"你": -0.1}, "ni2": {"泥": -0.2, "你": pytest.approx(-1.3)}, "xau4": {"号": 0.0}}


def test_how_a_character_is_read_is_counted_and_rarities_are_dropped() -> None:
    read = [("好", ("xau3",))] * 200 + [("好", ("xau4",))]
    assert readings(read) == {"xau3": {"好": pytest.approx(np.log(200 / 201))}}
