"""A Whisper-shaped CTranslate2 model that a test builds in a second, without PyTorch and without a hub.

Every part of the architecture is there (convolutions, attention in both stacks, cross attention for word times,
timestamp tokens), with random weights. The one thing that is not random is the step from token to token: attention
and feed-forward write nothing back, and the output projection maps each token to its successor. So the model says a
known sentence for every window it is asked to decode, and the real faster-whisper does all its work around it: voice
detection, batching, timestamp rules, alignment, cancellation.

Invariant: what the model says does not depend on the audio; where and whether it is asked does.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import tokenizers
from ctranslate2.specs import whisper_spec
from tokenizers import decoders, models, pre_tokenizers

CLAUSES = ("这台设备报价偏高", "我们想先看交期，再谈合同。")
FRAMES, POSITIONS = 1500, 448
MULTILINGUAL = ""  # the tokenizers of multilingual Whisper models hold an empty token; CTranslate2 looks for it
TASKS = ("<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>")
PUNCTUATION = " -'，。？！、,.?!"

Float = np.ndarray[tuple[int, ...], np.dtype[np.float32]]


@dataclass(frozen=True, slots=True)
class Shape:
    """A model's dimensions: those of a published model give its true cost, whatever it says.

    `inner` is how many times wider the feed-forward layers are; `vocabulary` is filled up with tokens that
    nobody says, and 0 means: none.
    """

    width: int = 64
    heads: int = 2
    encoder_layers: int = 2
    decoder_layers: int = 2
    mels: int = 80
    inner: int = 2
    vocabulary: int = 0
    quantization: str = "float32"


TINY = Shape()


def build_tiny_whisper(
    directory: Path,
    *,
    clauses: Sequence[str] = CLAUSES,
    loops: bool = False,
    way_out: bool = False,
    languages: Sequence[str] = ("zh", "en"),
    shape: Shape = TINY,
) -> Path:
    """A model directory as faster-whisper expects it; the model says `clauses`, one timestamped segment each.

    Args:
        clauses: no character may occur twice over all of them: the next token depends on the last one only.
        loops: the last character leads back to the first, for ever: the decoder's usual failure.
        way_out: nearly as likely as the way back is the clause's end: who punishes repetition finds it.
        languages: an empty sequence makes an English-only model.
        shape: its dimensions.
    """
    spoken = "".join(clauses)
    if len(set(spoken)) != len(spoken):
        raise ValueError("a character occurs twice: the model could not tell which successor is meant")
    tokens = _vocabulary(spoken, languages, shape.vocabulary)
    ids = {token: i for i, token in enumerate(tokens)}
    directory.mkdir(parents=True, exist_ok=True)
    ends = {ids[clauses[-1][-1]]: ids[f"<|{0.8 * len(clauses):.2f}|>"]} if way_out else {}
    spec = _spec(shape, len(tokens), _successors(clauses, ids, loops=loops), ends)
    spec.register_vocabulary(tokens)
    spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = [ids[" "], ids["<|endoftext|>"]]
    spec.config.lang_ids = [ids[f"<|{code}|>"] for code in languages]
    spec.config.alignment_heads = [(shape.decoder_layers - 1, 0), (shape.decoder_layers - 1, 1)]
    spec.validate()
    spec.optimize(quantization=shape.quantization)
    spec.save(str(directory))
    _write_tokenizer(directory, tokens, n_text=ids["<|endoftext|>"])
    features = {"feature_size": shape.mels, "sampling_rate": 16000, "hop_length": 160, "chunk_length": 30, "n_fft": 400}
    (directory / "preprocessor_config.json").write_text(json.dumps(features), encoding="utf-8")
    return directory


def _vocabulary(spoken: str, languages: Sequence[str], size: int) -> list[str]:
    text = list(dict.fromkeys(["<unk>", *PUNCTUATION, *spoken, *([MULTILINGUAL] if languages else [])]))
    text += [f"<never {i}>" for i in range(size - len(text) - FRAMES - 1 - len(TASKS) - len(languages) - 2)]
    special = ["<|endoftext|>", "<|startoftranscript|>", *(f"<|{code}|>" for code in languages), *TASKS]
    times = [f"<|{step * 0.02:.2f}|>" for step in range(FRAMES + 1)]
    return text + special + times


def _successors(clauses: Sequence[str], ids: dict[str, int], *, loops: bool) -> dict[int, int]:
    """Which token follows which: a chain through all clauses, a pair of timestamps between two of them."""
    spoken = "".join(clauses)
    chain = {ids["<|notimestamps|>"]: ids[spoken[0]], ids["<|transcribe|>"]: ids["<|0.00|>"]}
    for here, there in pairwise(spoken):
        chain[ids[here]] = ids[there]
    start, second = ids["<|0.00|>"], 0.0
    for clause in clauses:
        second += 0.8
        chain[start] = ids[clause[0]]
        end = ids[f"<|{second:.2f}|>"]
        chain[ids[clause[-1]]] = end
        start = ids[f"<|{second + 0.02:.2f}|>"]
        chain[end] = start
    chain[end] = ids["<|endoftext|>"]
    if loops:
        chain[ids[spoken[-1]]] = ids[spoken[0]]
    return chain


def _spec(shape: Shape, n_tokens: int, successors: dict[int, int], nearly: dict[int, int]) -> whisper_spec.WhisperSpec:
    rng = np.random.default_rng(7)
    spec = whisper_spec.WhisperSpec(shape.encoder_layers, shape.heads, shape.decoder_layers, shape.heads)
    width, inner = shape.width, shape.inner * shape.width

    def noise(*shape: int) -> Float:
        return (rng.standard_normal(shape) / np.sqrt(shape[-1])).astype(np.float32)

    def norm(layer: object) -> None:
        layer.gamma, layer.beta = np.ones(width, np.float32), np.zeros(width, np.float32)  # type: ignore[attr-defined]

    def linear(layer: object, rows: int, columns: int, *, mute: bool = False) -> None:
        layer.weight = np.zeros((rows, columns), np.float32) if mute else noise(rows, columns)  # type: ignore[attr-defined]
        layer.bias = np.zeros(rows, np.float32)  # type: ignore[attr-defined]

    def block(layer: object, *, mute: bool, crossing: bool) -> None:
        own, ffn = layer.self_attention, layer.ffn  # type: ignore[attr-defined]
        linear(own.linear[0], 3 * width, width)
        linear(own.linear[1], width, width, mute=mute)
        linear(ffn.linear_0, inner, width)
        linear(ffn.linear_1, width, inner, mute=mute)
        norm(own.layer_norm)
        norm(ffn.layer_norm)
        if crossing:
            cross = layer.attention  # type: ignore[attr-defined]
            linear(cross.linear[0], width, width)
            linear(cross.linear[1], 2 * width, width)
            linear(cross.linear[2], width, width, mute=mute)
            norm(cross.layer_norm)

    encoder, decoder = spec.encoder, spec.decoder
    for convolution, channels in ((encoder.conv1, shape.mels), (encoder.conv2, width)):
        convolution.weight, convolution.bias = noise(width, channels, 3), np.zeros(width, np.float32)
    encoder.position_encodings.encodings = noise(FRAMES, width)
    decoder.position_encodings.encodings = np.zeros((POSITIONS, width), np.float32)
    for layer in encoder.layer:
        block(layer, mute=False, crossing=False)
    for layer in decoder.layer:
        block(layer, mute=True, crossing=True)
    norm(encoder.layer_norm)
    norm(decoder.layer_norm)
    embeddings = rng.standard_normal((n_tokens, width)).astype(np.float32)
    decoder.embeddings.weight = embeddings
    decoder.projection.weight = 0.01 * noise(n_tokens, width)
    for token, successor in successors.items():
        decoder.projection.weight[successor] += embeddings[token]
    rows = decoder.projection.weight
    for token, successor in nearly.items():
        state = (embeddings[token] - embeddings[token].mean()) / embeddings[token].std()
        missing = 0.95 * state @ rows[successors[token]] - state @ rows[successor]
        rows[successor] += missing / (state @ state) * state
    return spec


def _write_tokenizer(directory: Path, tokens: Sequence[str], *, n_text: int) -> None:
    tokenizer = tokenizers.Tokenizer(models.WordLevel({t: i for i, t in enumerate(tokens[:n_text])}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(tokenizers.Regex(r"[\s\S]"), "isolated")
    tokenizer.decoder = decoders.Fuse()
    tokenizer.add_special_tokens([tokenizers.AddedToken(t, special=True, normalized=False) for t in tokens[n_text:]])
    tokenizer.save(str(directory / "tokenizer.json"))
