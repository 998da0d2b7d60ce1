"""How the synthesiser reads our sentences, without their sound: characters with syllables, and the vocabulary."""

from collections import Counter
from collections.abc import Iterable, Sequence

from models.asr_demo import espeak
from models.asr_demo.sentences import Sentence, frequent_words

# A syllable that fewer sentences or words hold cannot be learnt; the sentences with it are left out.
FEWEST_SENTENCES, FEWEST_WORDS = 2, 3
THIRD, SECOND = "3", "2"

Read = tuple[str, tuple[str, ...]]


def read_aloud(sentences: Iterable[Sentence]) -> list[Read]:
    """Characters and syllables of every sentence in which they pair up one to one; each character as if alone."""
    read = ((sentence.characters, espeak.read(sentence.text)) for sentence in sentences)
    return [(text, said) for text, said in read if len(text) == len(said)]


def vocabulary(sentences: Sequence[Sentence]) -> list[str]:
    """The syllables that can be learnt, most frequent first; a third tone can be said as a second before another."""
    heard = Counter(s for _, said in read_aloud(sentences) for s in set(said))
    words = Counter(s for word in frequent_words() for s in set(espeak.read(word)))
    learnt = {s for s, n in heard.items() if n >= FEWEST_SENTENCES} | {s for s, n in words.items() if n >= FEWEST_WORDS}
    learnt = {s for s in learnt if s[-1] != espeak.NO_TONE}
    learnt |= {s[:-1] + SECOND for s in learnt if s[-1] == THIRD}
    return sorted(learnt, key=lambda s: (-heard[s], s))
