"""Voices told apart by sherpa-onnx with local models: one finds who speaks when, one measures voices to group them.

Why apart from the engines: measuring a voice is biometric. It is off unless an operator names the models and the
visit's consent says so; the measures live inside the library for one window and are gone with it. Invariant: importing
this module does not import the library, which ends its process over models that it cannot read.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlp.asr.audio import FloatArray
from nlp.asr.engines.sherpa_model import load_onnx_metadata
from nlp.asr.speakers import Stint
from nlp.errors import ModelMissing, ModelRefused

SEGMENTATION, EMBEDDING = "segmentation.onnx", "embedding.onnx"
METADATA = {
    SEGMENTATION: (
        "sample_rate", "window_size", "receptive_field_size", "receptive_field_shift", "num_speakers",
        "powerset_max_classes", "num_classes",
    ),
    EMBEDDING: ("framework", "sample_rate", "output_dim", "normalize_samples", "language"),
}  # fmt: skip
FRAMEWORKS = ("wespeaker", "3d-speaker")
RATE = "16000"


@dataclass(frozen=True, slots=True)
class SpeakerOptions:
    """Where the two models lie, and how they run; voices less alike than `threshold` in [0, 1] are two people."""

    directory: str
    threads: int = 1
    threshold: float = 0.5


def check_speaker_models(directory: str) -> None:
    """Look for everything that the library would end its process over.

    Raises:
        ModelMissing: a file is not there. ModelRefused: it is no such model; names file and way out.
    """
    for name, keys in METADATA.items():
        path = Path(directory) / name
        if not path.is_file():
            raise ModelMissing(
                f"voices cannot be told apart: {path} is missing",
                remedy=f"put {SEGMENTATION} (pyannote's, exported for sherpa-onnx) and {EMBEDDING} (WeSpeaker's or "
                "3D-Speaker's) there, or leave FIELDCUE_ASR__SPEAKERS_DIR empty",
            )
        metadata = load_onnx_metadata(path)
        absent = [key for key in keys if key not in metadata]
        if absent:
            raise ModelRefused(f"{path} lacks the metadata {', '.join(absent)}: it is no {path.stem} model")
        if metadata["sample_rate"] != RATE:
            raise ModelRefused(f"{path} wants {metadata['sample_rate']} Hz; only models for 16000 Hz can be used")
        if name == EMBEDDING and metadata["framework"] not in FRAMEWORKS:
            known = " or ".join(FRAMEWORKS)
            raise ModelRefused(f"{path} comes from {metadata['framework']!r}; use one from {known}")


def load(options: SpeakerOptions) -> "SherpaSpeakers":
    """The two models, ready to listen.

    Raises:
        ModelMissing, ModelRefused: as `check_speaker_models`.
    """
    check_speaker_models(options.directory)
    import sherpa_onnx

    folder = Path(options.directory)
    segmentation = sherpa_onnx.OfflineSpeakerSegmentationModelConfig(
        pyannote=sherpa_onnx.OfflineSpeakerSegmentationPyannoteModelConfig(model=str(folder / SEGMENTATION)),
        num_threads=options.threads,
    )
    embedding = sherpa_onnx.SpeakerEmbeddingExtractorConfig(model=str(folder / EMBEDDING), num_threads=options.threads)
    config = sherpa_onnx.OfflineSpeakerDiarizationConfig(
        segmentation=segmentation,
        embedding=embedding,
        clustering=sherpa_onnx.FastClusteringConfig(num_clusters=-1, threshold=options.threshold),
        min_duration_on=0.2,
        min_duration_off=0.3,
    )
    return SherpaSpeakers(sherpa_onnx.OfflineSpeakerDiarization(config))


class SherpaSpeakers:
    """The SpeakerFinder of two loaded models."""

    def __init__(self, diarization: object) -> None:
        self._diarization: Any = diarization

    def find(self, audio: FloatArray) -> list[Stint]:
        """Who speaks when; see the port."""
        if audio.size == 0:
            return []
        found = self._diarization.process(audio).sort_by_start_time()
        return [Stint(round(each.start * 1000), round(each.end * 1000), int(each.speaker)) for each in found]
