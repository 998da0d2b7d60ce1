"""Opens a sentence encoder from a local directory, and only the one that a trained model names.

A directory as transformers' ONNX exports are laid out: `model.onnx`, with `tokenizer.json` or a BERT `vocab.txt`. How
its tokens are pooled is said by `encoder.json` (`{"pooling": "mean", "max_tokens": 128}`), by sentence-transformers'
`1_Pooling/config.json`, or by a graph that pools itself.
Invariant: nothing is fetched; a graph has answered two texts, one as long as it may read, before it is trusted.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np
import onnxruntime as ort

from nlp.encode.encoder import NamedEncoder, Pooling, SentenceEncoder
from nlp.encode.onnx_encoder import IDS, MASK, TYPES, OnnxEncoder, Ports, Tokenizer, pooled, ports_of
from nlp.errors import ModelMissing, ModelRefused

GRAPH, CONFIG, TOKENIZER, VOCABULARY = "model.onnx", "encoder.json", "tokenizer.json", "vocab.txt"
_CASE = "tokenizer_config.json"
_CONFIG_KEYS = {"pooling", "max_tokens"}
MAX_TOKENS = 128
"""Of a turn, where nothing else is declared: the network beside it reads 120 characters."""
MOST_TOKENS = 8_192
SETTING = "FIELDCUE_CONTENT__ENCODER_DIR"
_WAY_OUT = f"set {SETTING} to the encoder's directory, or go back with `fieldcue models rollback turns`"


def load_encoder(directory: Path) -> SentenceEncoder:
    """The encoder of a directory, tried on two texts.

    Raises:
        ModelMissing: the directory, its graph or its tokenizer is not there.
        ModelRefused: a file is damaged, the pooling is not known, or the graph does not do what it should.
    """
    files = load_digests(directory)
    pooling, max_tokens = _load_config(directory)
    return _load_opened(directory, files, pooling=pooling, max_tokens=max_tokens)


def load_named_encoder(named: NamedEncoder, directory: Path | None) -> SentenceEncoder:
    """The encoder that a trained model names, from where the settings say it lies.

    Raises:
        ModelRefused: no directory is set, or it holds another encoder; the message says the way out.
    """
    files = load_checked(named, directory)
    opened = _load_opened(cast("Path", directory), files, pooling=named.pooling, max_tokens=named.max_tokens)
    if opened.named.width != named.width:
        raise ModelRefused(f"{named.name}: vectors of {opened.named.width} numbers, {named.width} were trained with")
    return opened


def load_checked(named: NamedEncoder, directory: Path | None) -> Mapping[str, str]:
    """The digests of the named encoder's files, which are those that lie in `directory`; ModelRefused as above."""
    if directory is None:
        raise ModelRefused(f"the model was trained with the encoder {named.name}, and none is set: {_WAY_OUT}")
    try:
        files = load_digests(directory)
    except ModelMissing as missing:
        raise ModelRefused(f"the model was trained with the encoder {named.name}: {missing}; {_WAY_OUT}") from missing
    differing = sorted({name for name, _ in set(files.items()) ^ set(named.files.items())})
    if differing:
        raise ModelRefused(
            f"{directory.name} is not the encoder {named.name} that the model was trained with: SHA-256 of "
            f"{', '.join(differing)} differs; {_WAY_OUT}"
        )
    return files


def load_digests(directory: Path) -> dict[str, str]:
    """SHA-256 of every file of `directory` that a vector depends on.

    Raises:
        ModelMissing: the directory, its graph or its tokenizer is not there. ModelRefused: the graph is damaged.
    """
    if not (directory / GRAPH).is_file():
        raise ModelMissing(
            f"no encoder in {directory}: {GRAPH} is absent",
            remedy="export one there, `optimum-cli export onnx --task feature-extraction` writes such a directory",
        )
    tokens = [name for name in (TOKENIZER, VOCABULARY) if (directory / name).is_file()][:1]
    if not tokens:
        raise ModelMissing(
            f"no encoder in {directory}: neither {TOKENIZER} nor {VOCABULARY} is there",
            remedy="copy the tokenizer that the model was trained with beside model.onnx",
        )
    case = [_CASE] if tokens == [VOCABULARY] and (directory / _CASE).is_file() else []
    digests = {}
    for name in (GRAPH, *_load_outside(directory), *tokens, *case):
        with (directory / name).open("rb") as file:
            digests[name] = hashlib.file_digest(file, "sha256").hexdigest()
    return digests


def _load_outside(directory: Path) -> list[str]:
    """Files beside the graph in which it keeps its larger weights."""
    import onnx  # half a second, paid by those alone who have an encoder

    try:
        graph = onnx.load(str(directory / GRAPH), load_external_data=False).graph
    except Exception as fault:
        raise ModelRefused(f"{directory.name}: {GRAPH} is no ONNX file; export it again") from fault
    outside = {entry.value for one in graph.initializer for entry in one.external_data if entry.key == "location"}
    for name in sorted(outside):
        if Path(name).name != name:
            raise ModelRefused(f"{directory.name}: {GRAPH} keeps weights in {name}, outside of its own directory")
        if not (directory / name).is_file():
            raise ModelMissing(f"no encoder in {directory}: {name}, which holds {GRAPH}'s weights, is absent",
                               remedy="copy it beside model.onnx")  # fmt: skip
    return sorted(outside)


def _load_config(directory: Path) -> tuple[Pooling | None, int]:
    """What the directory declares: pooling, and tokens that are read of a text."""
    own = _load_json(directory, CONFIG)
    unknown = sorted(set(own) - _CONFIG_KEYS)
    if unknown:
        raise ModelRefused(f"{directory.name}/{CONFIG}: unknown key {unknown[0]}; known are pooling and max_tokens")
    pooling = own.get("pooling", _pooling_of(_load_json(directory, "1_Pooling/config.json"), directory.name))
    if pooling not in ("mean", "cls", "graph", None):
        raise ModelRefused(f"{directory.name}/{CONFIG}: pooling is {pooling!r}; it can be mean, cls or graph")
    told = _load_json(directory, "sentence_bert_config.json").get("max_seq_length")
    longest = own.get("max_tokens", min(told, MAX_TOKENS) if isinstance(told, int) else MAX_TOKENS)
    if not isinstance(longest, int) or not 2 <= longest <= MOST_TOKENS:
        raise ModelRefused(f"{directory.name}/{CONFIG}: max_tokens is {longest!r}; it can be 2 to {MOST_TOKENS}")
    return cast("Pooling | None", pooling), longest


def _pooling_of(declared: Mapping[str, Any], where: str) -> Pooling | None:
    """What sentence-transformers wrote: the one mode that is on."""
    modes = sorted(key for key, on in declared.items() if key.startswith("pooling_mode_") and on is True)
    known: Mapping[str, Pooling] = {"pooling_mode_mean_tokens": "mean", "pooling_mode_cls_token": "cls"}
    if not modes:
        return None
    if len(modes) > 1 or modes[0] not in known:
        raise ModelRefused(f"{where}/1_Pooling/config.json wants {', '.join(modes)}; only mean or cls alone is known")
    return known[modes[0]]


def _load_json(directory: Path, name: str) -> dict[str, Any]:
    path = directory / name
    if not path.is_file():
        return {}
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as fault:
        raise ModelRefused(f"{directory.name}/{name} is no JSON; mend it or remove it") from fault
    if not isinstance(said, dict):
        raise ModelRefused(f"{directory.name}/{name} is no JSON object; mend it or remove it")
    return said


def _load_tokenizer(directory: Path, max_tokens: int) -> Tokenizer:
    import tokenizers  # only installations with an encoder pay for it

    try:
        if (directory / TOKENIZER).is_file():
            tokenizer: Any = tokenizers.Tokenizer.from_file(str(directory / TOKENIZER))
        else:
            lower = _load_json(directory, _CASE).get("do_lower_case", True) is True
            tokenizer = tokenizers.BertWordPieceTokenizer(str(directory / VOCABULARY), lowercase=lower)
    except Exception as fault:  # the library raises bare Exceptions
        raise ModelRefused(f"{directory.name}: its tokenizer cannot be read ({fault}); copy it again") from fault
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_length=max_tokens)
    return cast("Tokenizer", tokenizer)


def _load_opened(
    directory: Path, files: Mapping[str, str], *, pooling: Pooling | None, max_tokens: int
) -> SentenceEncoder:
    """The encoder over files whose digests are known."""
    tokenizer = _load_tokenizer(directory, max_tokens)
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 4  # what it would log is raised, too
    try:
        session = ort.InferenceSession(str(directory / GRAPH), options, providers=["CPUExecutionProvider"])
    except Exception as fault:  # the runtime's errors have no base of their own
        raise ModelRefused(f"{directory.name}: onnxruntime does not open {GRAPH} ({_first_line(fault)})") from fault
    ports = ports_of(session, declared=pooling, where=directory.name)
    width = _tried(session, ports, tokenizer, max_tokens, directory.name)
    return OnnxEncoder(
        NamedEncoder(directory.name, ports.pooling, max_tokens, width, dict(files)), tokenizer, session, ports=ports
    )


def _tried(session: ort.InferenceSession, ports: Ports, tokenizer: Tokenizer, max_tokens: int, where: str) -> int:
    """The width of the vectors that it answers to a short text and to one as long as it may read."""
    (short,) = tokenizer.encode_batch(["价格太高了"])
    width = 0
    for ids in (list(short.ids) or [0], (list(short.ids) * max_tokens or [0] * max_tokens)[:max_tokens]):
        row = np.asarray([ids], dtype=np.int64)
        fed = {IDS: row, MASK: np.ones_like(row), TYPES: np.zeros_like(row)}
        try:
            said = session.run([ports.output], {name: fed[name].astype(kind) for name, kind in ports.inputs.items()})
        except Exception as fault:  # the runtime's errors have no base of their own
            raise ModelRefused(
                f"{where}: {GRAPH} cannot read {len(ids)} tokens ({_first_line(fault)}); lower max_tokens in {CONFIG}, "
                "or copy the tokenizer that belongs to it"
            ) from fault
        vectors = np.asarray(said[0])
        right = (1, len(ids)) if ports.pooling != "graph" else (1,)
        if vectors.shape[:-1] != right or vectors.shape[-1] == 0:
            raise ModelRefused(f"{where}: {GRAPH} gives {list(vectors.shape)} for one text of {len(ids)} tokens")
        if not np.isfinite(pooled(vectors.astype(np.float32), fed[MASK], ports.pooling)).all():
            raise ModelRefused(f"{where}: {GRAPH} gives vectors that are no numbers; export it in another precision")
        width = int(vectors.shape[-1])
    return width


def _first_line(fault: Exception) -> str:
    return str(fault).strip().partition("\n")[0][:200] or type(fault).__name__
