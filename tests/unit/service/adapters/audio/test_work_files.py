"""Files of some work: what went in comes out for its key, for no other, and stands nowhere in between."""

from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from nlp.asr.audio import AudioWindow, to_float
from service.adapters.audio.work_files import (
    get_samples,
    key_of_file,
    new_work_key,
    opened,
    put_samples,
    read_window,
    size_of,
    written,
)
from service.adapters.sealing import PIECE, SealBroken, open_sealed

KEY = b"k" * 32
SAMPLES = np.random.default_rng(3).integers(-9_000, 9_000, PIECE + 700).astype(np.int16)
WINDOW = AudioWindow(0, 0, 4_000, ("a.pcm",))


def stored(folder: Path, key: bytes = KEY, samples: np.ndarray = SAMPLES) -> Path:
    with (folder / "a.pcm").open("wb") as file:
        put_samples(file, samples, key)
    return folder / "a.pcm"


@pytest.mark.parametrize("key", [KEY, b""], ids=["sealed", "open"])
@pytest.mark.parametrize("n", [0, 1, PIECE // 2, PIECE + 700])
def test_samples_come_back_as_they_were(tmp_path: Path, key: bytes, n: int) -> None:
    path = stored(tmp_path, key, SAMPLES[:n])
    assert size_of(path, key) == 2 * n
    with path.open("rb") as file:
        assert np.array_equal(get_samples(file, key), SAMPLES[:n])
    assert np.array_equal(read_window(tmp_path, WINDOW, 0, key=key), to_float(SAMPLES[:n]))


def test_nothing_of_the_sound_stands_in_a_sealed_file_and_all_of_it_in_an_open_one(tmp_path: Path) -> None:
    heard = SAMPLES.tobytes()[1_000:1_032]
    assert heard not in stored(tmp_path).read_bytes()
    assert heard in stored(tmp_path, b"").read_bytes()


def test_a_file_that_is_written_anew_shares_no_byte_stream_with_the_one_before(tmp_path: Path) -> None:
    """The same key twice, with nonces that count from nought, would give both away."""
    first, second = stored(tmp_path).read_bytes(), stored(tmp_path).read_bytes()
    assert key_of_file(tmp_path / "a.pcm", KEY) not in {None, KEY}
    assert first[-PIECE:] != second[-PIECE:]


@pytest.mark.parametrize(
    ("spoil", "key"),
    [
        (lambda raw: raw, b"x" * 32),
        (lambda raw: raw[:-1], KEY),
        (lambda raw: raw[:300], KEY),
        (lambda raw: b"", KEY),
        (lambda raw: SAMPLES.tobytes(), KEY),
        (lambda raw: raw[:600] + bytes([raw[600] ^ 1]) + raw[601:], KEY),
    ],
    ids=["another key", "cut off", "cut within its head", "empty", "never sealed", "touched"],
)
def test_what_is_not_this_works_does_not_open(tmp_path: Path, spoil: "object", key: bytes) -> None:
    path = stored(tmp_path)
    path.write_bytes(spoil(path.read_bytes()))  # type: ignore[operator]
    with pytest.raises(SealBroken):
        read_window(tmp_path, WINDOW, 0, key=key)


def test_a_file_can_be_read_from_anywhere_and_its_own_key_opens_it_for_a_child(tmp_path: Path) -> None:
    path, data = tmp_path / "sent", bytes(range(256)) * 600
    with path.open("wb") as file, written(file, KEY) as target:
        for at in range(0, len(data), 1_000):
            target.write(data[at : at + 1_000])
    with opened(path.open("rb"), KEY) as plain:
        assert (plain.read(300), plain.seek(70_000), plain.read(5)) == (data[:300], 70_000, data[70_000:70_005])
    own = key_of_file(path, KEY)
    assert own is not None
    with open_sealed(path.open("rb"), own) as plain:
        assert plain.read() == data
    assert key_of_file(path, b"") is None


def test_what_broke_off_while_it_was_written_does_not_open(tmp_path: Path) -> None:
    path = tmp_path / "sent"
    with suppress(ConnectionResetError), path.open("wb") as file, written(file, KEY) as target:
        target.write(bytes(3 * PIECE))
        raise ConnectionResetError
    assert path.stat().st_size > PIECE
    with pytest.raises(SealBroken), opened(path.open("rb"), KEY) as plain:
        plain.read()


def test_keys_of_passing_work_are_never_the_same() -> None:
    assert len({new_work_key() for _ in range(50)}) == 50
