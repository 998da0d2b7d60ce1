"""Examples of the transcription endpoint and the model list for the OpenAPI document; invented talk."""

from typing import Any

from service.api.schemas.examples import answer

_TEXT = "这个报价比我预想的高了一截。那我把分期方案发给您。"
_JSON = {"text": _TEXT, "usage": {"type": "duration", "seconds": 7}}
_STREAM = (
    'data: {"type":"transcript.text.delta","delta":"这个报价比我预想的高了一截。"}\n\n'
    'data: {"type":"transcript.text.done","text":"这个报价比我预想的高了一截。"}\n\n'
)
ANSWERS: dict[str, Any] = {
    "description": "What was said, in the format asked for",
    "content": {
        "application/json": {"schema": {"type": "object", "required": ["text"]}, "example": _JSON},
        "text/plain": {"schema": {"type": "string"}, "example": _TEXT},
        "text/vtt": {
            "schema": {"type": "string"},
            "example": "WEBVTT\n\n00:00:00.000 --> 00:00:03.200\n这个报价比我预想的高了一截。\n\n",
        },
        "text/event-stream": {"schema": {"type": "string"}, "example": _STREAM},
    },
}
_STRING = {"type": "string", "maxLength": 4000}
_STRINGS = {"type": "array", "items": _STRING}
BODY: dict[str, Any] = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "additionalProperties": False,
                "properties": {
                    "file": {"type": "string", "format": "binary"},
                    "model": {**_STRING, "description": "An id of GET /v1/models, or whisper-1 for this tenant's own"},
                    "language": {**_STRING, "description": "ISO 639-1; zh where it is left out"},
                    "prompt": {**_STRING, "description": "Its words are listened for"},
                    "response_format": {
                        "type": "string",
                        "enum": ["json", "text", "srt", "verbose_json", "vtt", "diarized_json"],
                    },
                    "temperature": {"type": "number", "minimum": 0, "maximum": 1},
                    "stream": {"type": "boolean"},
                    "chunking_strategy": _STRING,
                    "hotwords": _STRING,
                    "keywords[]": {**_STRINGS, "description": "Terms to listen for, the most important first"},
                    "languages[]": _STRINGS,
                    "timestamp_granularities[]": {
                        "type": "array",
                        "items": {"type": "string", "enum": ["segment", "word"]},
                    },
                    "known_speaker_names[]": {
                        **_STRINGS,
                        "description": "How seller and buyer shall be called, such as agent and customer",
                    },
                },
            },
            "example": {"file": "(bytes)", "model": "whisper-1", "response_format": "verbose_json"},
        }
    },
}
_MODEL = {
    "id": "large-v3-turbo",
    "object": "model",
    "created": 1767225600,
    "owned_by": "fieldcue",
    "kind": "speech",
    "engine": "faster-whisper",
    "version": "",
    "default": True,
}
MODEL = answer(_MODEL)
MODELS = answer({"object": "list", "data": [_MODEL]})
