"""Writes the shipped model: the network as a graph that sherpa-onnx runs, its tokens, and the language model.

`python -m models.asr_demo.export --data DIR`.
"""

import argparse
import json
from pathlib import Path

import onnx
import torch

from models.asr_demo.confusions import confusions
from models.asr_demo.graph import network_graph
from models.asr_demo.language import count, encode, fragments, readings, save, smooth, with_confusions, with_sandhi
from models.asr_demo.network import Network
from models.asr_demo.pronounce import read_aloud
from models.asr_demo.sentences import frequent_words, load_messages_text, load_sentences
from nlp.asr.characters import PAUSE

HERE = Path(__file__).parent
NAME = "asr_demo-2"
NOTE = "understands the synthetic demonstration voice only"


def write_network(data: Path, out: Path) -> None:
    """The graph and its tokens."""
    kept = torch.load(data / "network.pt")
    network = Network(kept["syllables"], len(kept["sounds"]))
    network.load_state_dict(kept["average"])
    arrays = {name: value.numpy() for name, value in kept["average"].items()}
    arrays["last.weight"] = network.output_weights().detach().numpy()
    onnx.save(network_graph(arrays, name=NAME), str(out / "model.onnx"))
    tokens = [f"{symbol} {i}\n" for i, symbol in enumerate(["<blk>", *kept["syllables"]])]
    (out / "tokens.txt").write_text("".join(tokens), encoding="utf-8")


def write_language(data: Path, path: Path) -> None:
    """The language model from our training sentences and messages, with what the network mixes up in validation."""
    sentences = load_sentences()["train"]
    read = read_aloud(sentences)
    characters = PAUSE + "".join(sorted({c for text, _ in read for c in text}))
    numbers = {c: i for i, c in enumerate(characters)}
    texts = [s.text for s in sentences] + load_messages_text()
    grams = smooth(count([encode(texts, numbers), fragments(frequent_words(), numbers)]))
    save(path, characters, with_confusions(with_sandhi(readings(read)), confusions(data)), grams)


def main() -> None:
    """Write every file of the shipped model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=HERE)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    write_network(options.data, options.out)
    write_language(options.data, options.out / "characters.npz")
    facts = {"kind": "omnilingual_asr_ctc", "model": "model.onnx", "tokens": "tokens.txt", "language": "zh",
             "characters": "characters.npz", "name": NAME, "note": NOTE}  # fmt: skip
    text = json.dumps(facts, ensure_ascii=False, indent=1)
    (options.out / "engine.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
