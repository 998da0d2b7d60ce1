"""Shards of training speech: what is heard when, in which order it is made, and that nothing is lost on disk."""

from pathlib import Path

import numpy as np
import pytest

from models.asr_demo.espeak import Sound
from models.asr_demo.sentences import Sentence, frequent_words
from models.asr_demo.synth import FIRST_SHORT, Utterance, jobs, placed, read_shard, training_order, write_shard

STEP = 640  # samples in 40 ms


def sounds(*parts: tuple[str, int, int]) -> list[Sound]:
    return [Sound(name, character, start) for name, character, start in parts]


def test_every_step_gets_the_sound_in_its_middle_and_the_tone_of_its_syllable() -> None:
    said = sounds(
        ("n", 1, 0), ("i", 1, STEP), ("_|", 1, 3 * STEP), ("X", 2, 3 * STEP), ("Au", 2, 4 * STEP), ("_", 0, 6 * STEP)
    )
    names, tones = placed(said, ("ni3", "XAu4"), lead=2 * STEP, steps=10)
    assert names.tolist() == ["_", "_", "n", "i", "i", "X", "Au", "Au", "_", "_"]
    assert tones.tolist() == [0, 0, 3, 3, 3, 4, 4, 4, 0, 0]


def test_a_sound_that_begins_after_the_middle_of_a_step_gets_the_next_one() -> None:
    names, _ = placed(sounds(("n", 1, 321), ("i", 1, 960), ("_", 0, 1600)), ("ni3",), lead=0, steps=3)
    assert names.tolist() == ["_", "i", "_"]
    names, _ = placed(sounds(("n", 1, 320), ("i", 1, 961), ("_", 0, 1600)), ("ni3",), lead=0, steps=3)
    assert names.tolist() == ["n", "n", "_"]


def test_where_sounds_and_syllables_do_not_pair_up_nothing_is_named() -> None:
    names, tones = placed(sounds(("n", 1, 0), ("i", 1, 640), ("_", 0, 6400)), ("ni3", "XAu4"), lead=0, steps=5)
    assert set(names.tolist()) == {"_"}
    assert not tones.any()


def test_a_shard_comes_back_as_it_was_written(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    made = [
        Utterance(rng.standard_normal((4 * n, 134)).astype(np.float16), "你好", ("ni2", "XAu3"), "m1",
                  np.array(["n"] * n, dtype="U8"), np.arange(n, dtype=np.int8))
        for n in (3, 1, 7)
    ]  # fmt: skip
    write_shard(tmp_path / "train_000.npz", made)
    assert [path.name for path in tmp_path.iterdir()] == ["train_000.npz"]
    for wrote, read in zip(made, read_shard(tmp_path / "train_000.npz"), strict=True):
        assert (read.text, read.syllables, read.voice) == (wrote.text, wrote.syllables, wrote.voice)
        assert np.array_equal(read.features, wrote.features)
        assert np.array_equal(read.sounds, wrote.sounds)
        assert np.array_equal(read.tones, wrote.tones)


@pytest.fixture(scope="module")
def sentences() -> list[Sentence]:
    return [Sentence("x", "好" * (i % 25 + 2) + "一二三四五六七八九十"[i % 10]) for i in range(4 * FIRST_SHORT)]


def test_short_sentences_come_first_and_strings_of_words_are_mixed_in(sentences: list[Sentence]) -> None:
    order = training_order(sentences, np.random.default_rng(1))
    first = [len(s.characters) for s in order[:100]]
    assert min(first) >= 4
    assert max(first) <= 10
    strings = [s for s in order if s.source == "words"]
    assert len(strings) == len(sentences) // 8
    known = set("".join(frequent_words()))
    assert all(set(s.characters) <= known for s in strings[:50])


def test_training_is_cut_into_shards_and_those_that_judge_are_one_clear_and_one_spoilt(
    sentences: list[Sentence],
) -> None:
    made = jobs("train", sentences[:2500], Path("out"))
    assert [job.path.name for job in made] == ["train_000.npz", "train_001.npz", "train_002.npz"]
    assert len({job.seed for job in made}) == len(made)
    judging = jobs("valid", sentences[:2500], Path("out"))
    assert [job.path.name for job in judging] == ["valid_clear.npz", "valid_spoilt.npz"]
    assert judging[0].sentences == judging[1].sentences
