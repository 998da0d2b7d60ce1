"""Makes the training speech: sentences said by many voices, half of them spoilt in many ways, as shards on disk.

`python -m models.asr_demo.synth --out DIR`. Shards appear one by one, so training can begin with the first.
"""

import argparse
import json
import multiprocessing
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.asr_demo.degrade import degrade, in_a_quiet_room
from models.asr_demo.espeak import NO_TONE, SILENCES, Sound
from models.asr_demo.features import HOP, features
from models.asr_demo.sentences import Part, Sentence, frequent_words, load_sentences
from models.asr_demo.sizes import STRIDE
from models.asr_demo.voices import TEST_VOICES, TRAIN_VOICES, VALID_VOICES, speak

SHARD, FIRST_SHORT = 1000, 3000
# Those that judge are drawn from; training goes a little beyond.
SPEEDS, PITCHES, PITCHES_LEARNT = (150, 290), (20, 80), (15, 86)
SIZES, RESIZED = (0.92, 1.08), 0.6
# To this many sentences comes one string of words, so that rare syllables are heard too.
SENTENCES_A_STRING = 8
SEED = 20260403
VOICES = {"train": TRAIN_VOICES, "valid": VALID_VOICES, "test": TEST_VOICES}


@dataclass(frozen=True, slots=True)
class Utterance:
    """Features (frames, 134) of a spoken sentence, what was said, and for every four frames the sound and its tone."""

    features: NDArray[np.float16]
    text: str
    syllables: tuple[str, ...]
    voice: str
    sounds: NDArray[np.str_]
    tones: NDArray[np.int8]


def utter(
    sentence: Sentence, *, voices: Sequence[str], rng: np.random.Generator, spoilt: bool, resized: bool = False
) -> Utterance | None:
    """`sentence` said and recorded by chance; None where syllables and characters do not pair up."""
    voice = str(rng.choice(list(voices)))
    size = float(rng.uniform(*SIZES)) if resized and rng.random() < RESIZED else 1.0
    speed, pitch = int(rng.integers(*SPEEDS)), int(rng.integers(*(PITCHES_LEARNT if resized else PITCHES)))
    spoken = speak(sentence.text, voice=voice, speed=speed, pitch=pitch, size=size)
    characters = sentence.characters
    if len(spoken.syllables) != len(characters) or any(syllable[-1] == NO_TONE for syllable in spoken.syllables):
        return None
    heard, lead = (degrade if spoilt else in_a_quiet_room)(spoken.signal, rng)
    found = features(heard)
    steps = len(found) // STRIDE
    sounds, tones = placed(spoken.sounds, spoken.syllables, lead, steps)
    return Utterance(found[: steps * STRIDE].astype(np.float16), characters, spoken.syllables, voice, sounds, tones)


def placed(
    sounds: Sequence[Sound], syllables: Sequence[str], lead: int, steps: int
) -> tuple[NDArray[np.str_], NDArray[np.int8]]:
    """What is heard in the middle of each step of 40 ms: the sound's name and its syllable's tone, 0 in silence."""
    names: NDArray[np.str_] = np.full(steps, SILENCES[0], dtype="U8")
    tones: NDArray[np.int8] = np.zeros(steps, np.int8)
    spoken = [sound for sound in sounds if sound.name not in SILENCES]
    order = {character: i for i, character in enumerate(dict.fromkeys(sound.character for sound in spoken))}
    if len(order) != len(syllables):
        return names, tones
    for sound, following in zip(sounds, [*sounds[1:], *sounds[-1:]], strict=True):
        start, end = (max(0, -(-(at.start + lead - STRIDE * HOP // 2) // (STRIDE * HOP))) for at in (sound, following))
        if sound.name not in SILENCES:
            names[start:end] = sound.name
            tones[start:end] = int(syllables[order[sound.character]][-1])
    return names, tones


def write_shard(path: Path, utterances: Sequence[Utterance]) -> None:
    """One shard: all frames in a row, and what was said in each utterance; renamed into place when whole."""
    said = [[u.text, list(u.syllables), u.voice] for u in utterances]
    part = path.with_suffix(".part.npz")
    np.savez(
        part,
        frames=np.concatenate([u.features for u in utterances]),
        sounds=np.concatenate([u.sounds for u in utterances]),
        tones=np.concatenate([u.tones for u in utterances]),
        lengths=np.array([len(u.tones) for u in utterances]),
        said=np.array(json.dumps(said, ensure_ascii=False)),
    )
    part.rename(path)


def read_shard(path: Path) -> list[Utterance]:
    """What `write_shard` wrote."""
    with np.load(path) as stored:
        ends = np.cumsum(stored["lengths"])[:-1]
        pieces = np.split(stored["frames"], ends * STRIDE)
        sounds, tones = np.split(stored["sounds"], ends), np.split(stored["tones"], ends)
        said = json.loads(str(stored["said"]))
    return [
        Utterance(frames, text, tuple(syllables), voice, names, marks)
        for frames, (text, syllables, voice), names, marks in zip(pieces, said, sounds, tones, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class Job:
    """A shard to make."""

    path: Path
    sentences: Sequence[Sentence]
    part: Part
    seed: int


def make(job: Job) -> tuple[str, int, float]:
    """The shard's name, how many utterances it holds and how many hours; nothing where it is there already."""
    if job.path.exists():
        return job.path.name, 0, 0.0
    rng = np.random.default_rng(job.seed)
    learnt = job.part == "train"
    spoilt = (("spoilt" in job.path.name) if not learnt else bool(i % 2) for i in range(len(job.sentences)))
    made = [
        found
        for sentence, bad in zip(job.sentences, spoilt, strict=True)
        if (found := utter(sentence, voices=VOICES[job.part], rng=rng, spoilt=bad, resized=learnt))
    ]
    write_shard(job.path, made)
    return job.path.name, len(made), sum(len(u.features) for u in made) / 360_000


def training_order(sentences: Sequence[Sentence], rng: np.random.Generator) -> list[Sentence]:
    """Short sentences first, so that sounds are learnt early; the rest mixed with strings of words."""
    order = [sentences[i] for i in rng.permutation(len(sentences))]
    short = [s for s in order if 4 <= len(s.characters) <= 10][:FIRST_SHORT]
    taken = {s.text for s in short}
    words = frequent_words()
    strings = [
        Sentence("words", "".join(words[i] for i in rng.integers(0, len(words), int(rng.integers(2, 6)))))
        for _ in range(len(order) // SENTENCES_A_STRING)
    ]
    rest = [s for s in order if s.text not in taken] + strings
    return short + [rest[i] for i in rng.permutation(len(rest))]


def jobs(part: Part, sentences: Sequence[Sentence], out: Path) -> list[Job]:
    """The shards of training, or the clear and the spoilt one of a part that judges."""
    rng = np.random.default_rng([SEED, len(part)])
    if part != "train":
        few = [sentences[i] for i in rng.permutation(len(sentences))[: SHARD // 3]]
        return [Job(out / f"{part}_{name}.npz", few, part, SEED) for name in ("clear", "spoilt")]
    order = training_order(sentences, rng)
    return [
        Job(out / f"train_{i // SHARD:03d}.npz", order[i : i + SHARD], part, SEED + i)
        for i in range(0, len(order), SHARD)
    ]


def main() -> None:
    """Write the shards that are not there yet; those that choose come first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    split = load_sentences()
    todo = jobs("valid", split["valid"], options.out) + jobs("train", split["train"], options.out)
    with multiprocessing.Pool(options.workers) as pool:
        for name, count, hours in pool.imap(make, todo):
            print(f"{name}: {count} utterances, {hours:.2f} hours", flush=True)


if __name__ == "__main__":
    main()
