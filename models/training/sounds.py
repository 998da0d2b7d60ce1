"""Writes down how characters and words are read, so that no process has to open pypinyin's dictionaries to start.

Why: pypinyin takes half a second and 55 MB, and its readings do not change between two starts. The data come from
pypinyin (MIT licence) and its sources pinyin-data and phrase-pinyin-data (MIT licence).
Run `python -m models.training.sounds` after another version of pypinyin; a test compares the files with it.
"""

from collections.abc import Mapping
from pathlib import Path

from pypinyin import Style, lazy_pinyin
from pypinyin.constants import PHRASES_DICT
from pypinyin.style import convert

from nlp.keywords.syllables import FILES, FIRST, FOLDER, LAST, merge


def sound_files() -> Mapping[str, str]:
    """The text of each file by its name: characters by syllable, words, and words with a reading of their own."""
    characters = [chr(code) for code in range(FIRST, LAST + 1)]
    read = lazy_pinyin(characters)
    sounds = {
        char: merge(name) for char, name in zip(characters, read, strict=True) if name.isascii() and name.isalpha()
    }
    alike: dict[str, list[str]] = {}
    for char, name in sounds.items():
        alike.setdefault(name, []).append(char)
    words, readings = sorted(PHRASES_DICT), []
    for word in words:
        said = [merge(convert(given[0], Style.NORMAL, True, default=given[0])) for given in PHRASES_DICT[word]]
        named = [name if name in alike else char for name, char in zip(said, word, strict=True)]
        if named != [sounds.get(char, char) for char in word]:
            readings.append(f"{word} {' '.join(named)}")
    lines = ([f"{name} {''.join(alike[name])}" for name in sorted(alike)], words, readings)
    return {name: "\n".join(own) + "\n" for name, own in zip(FILES, lines, strict=True)}


def main(folder: Path = FOLDER) -> None:
    """Writes the files."""
    folder.mkdir(exist_ok=True)
    for name, text in sound_files().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
