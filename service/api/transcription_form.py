"""The form of a transcription request as the OpenAI packages send it, checked field by field.

Invariant: a field that changes nothing here is still taken where clients send it by default; what cannot be granted is
refused by name, never passed over.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from starlette.datastructures import FormData, UploadFile

from nlp.types import Role
from service.api.schemas.transcription_shapes import ROLE_WORDS
from service.api.strict_json import check_text
from service.domain.errors import Invalid

FORMATS = ("json", "text", "srt", "verbose_json", "vtt", "diarized_json")
GRANULARITIES = ("segment", "word")
SINGLE = {"model", "language", "prompt", "response_format", "temperature", "chunking_strategy", "stream", "hotwords"}
LISTS = {"timestamp_granularities", "keywords", "languages", "known_speaker_names"}
REFUSED = {
    "include": "log probabilities are not told: leave `include` out",
    "known_speaker_references": "voices are not compared: leave `known_speaker_references` out, and give role words "
    "such as agent and customer as `known_speaker_names`",
}
MOST_TERMS, LONGEST_TERM, LONGEST_FIELD = 200, 40, 4_000
_BREAKS = re.compile(r"[，。！？；、：,.!?;:\s]+")
_LANGUAGE = re.compile(r"[a-z]{2}")


@dataclass(frozen=True, slots=True)
class TranscriptionForm:
    """What was asked for; `names` maps roles to what the caller calls them."""

    file: UploadFile
    model: str = ""
    response_format: str = "json"
    language: str = "zh"
    hotwords: Sequence[str] = ()
    granularities: Sequence[str] = ()
    stream: bool = False
    names: Mapping[Role, str] = field(default_factory=dict)


def read_form(form: FormData) -> TranscriptionForm:
    """The request.

    Raises:
        Invalid: a field is unknown, stands twice, or asks for what is not offered; `param` names it.
    """
    file, single, lists = _sorted(form)
    response_format = single.get("response_format", "json")
    if response_format not in FORMATS:
        raise _refused("response_format", f"choose one of {', '.join(FORMATS)}")
    granularities = lists.get("timestamp_granularities", [])
    if any(g not in GRANULARITIES for g in granularities):
        raise _refused("timestamp_granularities", f"choose of {', '.join(GRANULARITIES)}")
    if granularities and response_format != "verbose_json":
        raise _refused("timestamp_granularities", "only response_format=verbose_json has times", status=400)
    stream = single.get("stream", "false").lower()
    if stream not in {"true", "false"}:
        raise _refused("stream", "it is true or false")
    if stream == "true" and response_format not in {"json", "text", "diarized_json"}:
        raise _refused("stream", "only json, text and diarized_json come as a stream")
    _check_temperature(single.get("temperature", "0"))
    return TranscriptionForm(
        file=file,
        model=single.get("model", ""),
        response_format=response_format,
        language=_language(single, lists),
        hotwords=_hotwords(single, lists),
        granularities=granularities,
        stream=stream == "true",
        names=_names(lists.get("known_speaker_names", [])),
    )


def _sorted(form: FormData) -> tuple[UploadFile, dict[str, str], dict[str, list[str]]]:
    """The file, the fields that stand once, and the lists, whose names may end in `[]`."""
    files: list[UploadFile] = []
    single: dict[str, str] = {}
    lists: dict[str, list[str]] = {}
    for sent, value in form.multi_items():
        name = sent.removesuffix("[]")
        if isinstance(value, UploadFile):
            if name != "file":
                raise Invalid("send the recording as the part `file`, and no other file", code="one_file_expected")
            files.append(value)
            continue
        check_text(value)
        if len(value) > LONGEST_FIELD:
            raise Invalid(f"a field may hold at most {LONGEST_FIELD} characters", code="field_too_long")
        if name in LISTS:
            lists.setdefault(name, []).append(value)
        elif name in REFUSED:
            raise _refused(name, REFUSED[name])
        elif name not in SINGLE:
            raise Invalid("the form has a field that this address does not take", code="unknown_field")
        elif name in single:
            raise _refused(name, "it stands twice")
        else:
            single[name] = value
    if len(files) != 1:
        raise Invalid("send exactly one part, a file named `file`", code="one_file_expected", param="file")
    return files[0], single, lists


def _refused(name: str, why: str, **fields: object) -> Invalid:
    return Invalid(f"{name}: {why}", code="parameter_invalid", param=name, **fields)


def _check_temperature(text: str) -> None:
    try:
        good = 0 <= float(text) <= 1
    except ValueError:
        good = False
    if not good:
        raise _refused("temperature", "a number from 0 to 1; decoding takes the best path whatever it is")


def _language(single: Mapping[str, str], lists: Mapping[str, Sequence[str]]) -> str:
    asked = [single["language"]] if single.get("language") else list(lists.get("languages", []))
    language = asked[0].lower().partition("-")[0] if asked else "zh"
    if not _LANGUAGE.fullmatch(language):
        raise _refused("language", "an ISO 639-1 code such as zh")
    return language


def _hotwords(single: Mapping[str, str], lists: Mapping[str, Sequence[str]]) -> list[str]:
    """Terms from `keywords`, `hotwords` and the prompt's own words, in this order."""
    terms = [*lists.get("keywords", []), *_BREAKS.split(single.get("hotwords", ""))]
    terms += _BREAKS.split(single.get("prompt", ""))
    kept = dict.fromkeys(term.strip() for term in terms if 2 <= len(term.strip()) <= LONGEST_TERM)
    return list(kept)[:MOST_TERMS]


def _names(given: Sequence[str]) -> dict[Role, str]:
    """Which role each name means."""
    names: dict[Role, str] = {}
    for name in given:
        role = ROLE_WORDS.get(name.strip().lower())
        if role is None or role in names:
            raise _refused(
                "known_speaker_names", "one word for the seller and one for the buyer, such as agent, customer"
            )
        names[role] = name.strip()
    return names
