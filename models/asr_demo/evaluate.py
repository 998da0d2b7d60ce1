"""Measures the shipped model the way it is used: sound through the engine to text, sentences and voices it never met.

`python -m models.asr_demo.evaluate` writes `metrics.json`; `card.md` quotes it.
"""

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.asr_demo.degrade import degrade
from models.asr_demo.dialogues import attribution, test_dialogues
from models.asr_demo.sentences import Sentence, load_sentences
from models.asr_demo.synth import PITCHES, SEED, SPEEDS
from models.asr_demo.voices import RATE_HZ, TEST_VOICES, Signal, speak
from nlp.asr.engines.sherpa import SherpaOptions, load
from nlp.asr.transcriber import Transcriber
from nlp.evaluation.characters import character_errors

HERE = Path(__file__).parent
DRAWS = 1000
Spoil = Callable[[Signal, np.random.Generator], Signal]


@dataclass(frozen=True, slots=True)
class Rate:
    """A character error rate with the interval of a bootstrap over sentences."""

    rate: float
    low: float
    high: float
    sentences: int
    characters: int


def clear(signal: Signal, rng: np.random.Generator) -> Signal:
    """A voice as the demonstration recording holds it: a quiet room, a level between soft and loud."""
    around = [np.zeros(int(rng.uniform(0.3, 0.6) * RATE_HZ), np.float32) for _ in range(2)]
    heard = np.concatenate([around[0], signal, around[1]]) * 10 ** (rng.uniform(-25, -6) / 20)
    loud = float(np.sqrt(np.mean(heard**2)))
    noise = rng.standard_normal(heard.size) * loud * 10 ** (-rng.uniform(25, 45) / 20)
    return (heard + noise).astype(np.float32)


def spoilt(signal: Signal, rng: np.random.Generator) -> Signal:
    """A voice on a poor recording."""
    return degrade(signal, rng)[0]


def hear(engine: Transcriber, audio: Signal) -> str:
    """All that the engine hears in `audio`."""
    segments = engine.transcribe(
        audio, language="zh", hotwords=(), on_progress=lambda _: None, should_stop=lambda: False
    )
    return "".join(segment.text for segment in segments)


def error_counts(
    engine: Transcriber, sentences: Sequence[Sentence], *, voices: Sequence[str], spoil: Spoil, seed: int
) -> dict[str, list[tuple[int, int]]]:
    """Errors and characters of every sentence, by the voice that said it."""
    rng = np.random.default_rng(seed)
    found: dict[str, list[tuple[int, int]]] = {voice: [] for voice in voices}
    for sentence in sentences:
        voice = str(rng.choice(list(voices)))
        speed, pitch = int(rng.integers(*SPEEDS)), int(rng.integers(*PITCHES))
        spoken = speak(sentence.text, voice=voice, speed=speed, pitch=pitch)
        errors = character_errors(sentence.text, hear(engine, spoil(spoken.signal, rng)))
        wrong = errors.substitutions + errors.deletions + errors.insertions
        found[voice].append((wrong, errors.length))
    return found


def with_interval(counts: Sequence[tuple[int, int]], seed: int = 7) -> Rate:
    """Errors over characters, and the middle 95% of what other samples of sentences would have given."""
    table: NDArray[np.int64] = np.array(counts, dtype=np.int64)
    rng = np.random.default_rng(seed)
    draws = table[rng.integers(0, len(table), (DRAWS, len(table)))].sum(1)
    low, high = np.quantile(draws[:, 0] / draws[:, 1], [0.025, 0.975])
    errors, characters = table.sum(0)
    return Rate(
        round(float(errors / characters), 4), round(float(low), 4), round(float(high), 4), len(table), int(characters)
    )


def phantom_characters(engine: Transcriber, minutes: int) -> int:
    """Characters heard in minutes of room noise in which nobody speaks."""
    rng = np.random.default_rng(SEED)
    heard = 0
    for level_db in np.linspace(-70, -30, minutes):
        noise = rng.standard_normal(60 * RATE_HZ) * 10 ** (level_db / 20)
        heard += len(hear(engine, noise.astype(np.float32)))
    return heard


def measure(directory: Path, sentences: int, dialogues: int) -> dict[str, Any]:
    """All figures of the card."""
    engine = load(SherpaOptions(model=str(directory)))
    test = load_sentences()["test"]
    order = np.random.default_rng(SEED).permutation(len(test))[:sentences]
    chosen = [test[i] for i in order]
    figures: dict[str, Any] = {}
    for name, spoil in (("clear", clear), ("spoilt", spoilt)):
        found = error_counts(engine, chosen, voices=TEST_VOICES, spoil=spoil, seed=SEED)
        figures[name] = _plain(with_interval([pair for pairs in found.values() for pair in pairs]))
        figures[f"{name}_by_voice"] = {voice: with_interval(pairs).rate for voice, pairs in found.items() if pairs}
        print(name, figures[name], figures[f"{name}_by_voice"], flush=True)
    figures["phantom_characters_in_ten_minutes"] = phantom_characters(engine, 10)
    figures["attribution"] = attribution(engine, test_dialogues(dialogues))
    print(figures["phantom_characters_in_ten_minutes"], figures["attribution"], flush=True)
    return figures


def _plain(rate: Rate) -> dict[str, float]:
    return {"rate": rate.rate, "low": rate.low, "high": rate.high, "sentences": rate.sentences,
            "characters": rate.characters}  # fmt: skip


def main() -> None:
    """Measure and write down."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=HERE)
    parser.add_argument("--sentences", type=int, default=400)
    parser.add_argument("--dialogues", type=int, default=8)
    options = parser.parse_args()
    figures = measure(options.model, options.sentences, options.dialogues)
    text = json.dumps(figures, ensure_ascii=False, indent=1)
    (options.model / "metrics.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
