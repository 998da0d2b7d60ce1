"""One line of a rule's form: which fields it has, what was typed into them, and which of them is wrong.

Invariant: nothing that was typed is put right in silence; what cannot be meant is a fault that names its field.
"""

import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nlp.strict_yaml import without_unseen
from service.domain.playbooks.conditions import INPUTS, LOOKS, UNITS, FormCondition, Look, Unit, is_number

LONGEST_NAME, MOST = 200, 9_999
PARTS = ("look", "name", "amount", "unit", "times", "value")
_KEY = re.compile(r"key `([^`]+)`")


@dataclass(frozen=True, slots=True)
class FieldFault:
    """What is wrong with a field: the key of the words, and what they are filled with; no field is the whole form."""

    field: str
    words: str
    blanks: Mapping[str, object] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LineFields:
    """A line on the page: the names of its fields by their part, and what is said beside it.

    `said` explains a part that is no line, and `numbers` are the fields of its numbers; `same_as` is the field in
    which an earlier line chose the selection that it shares, `has_time` says whether the time is its own.
    """

    number: int
    names: Mapping[str, str]
    looks: Sequence[Look] = LOOKS
    said: str = ""
    written: str = ""
    numbers: Sequence[str] = ()
    same_as: str = ""
    has_time: bool = True


def line_names(prefix: str, suffix: str = "") -> Mapping[str, str]:
    """The names of a line's fields."""
    return {part: f"{prefix}{part}{suffix}" for part in PARTS}


def typed(fields: Mapping[str, str], name: str, longest: int = LONGEST_NAME) -> str:
    """What was typed into a field, as people see it."""
    return without_unseen(fields.get(name, "").replace("\r\n", "\n")).strip()[:longest]


def line_of(fields: Mapping[str, str], names: Mapping[str, str]) -> tuple[FormCondition | None, list[FieldFault]]:
    """The line that was filled in, None for an empty one, and what is wrong with it."""
    look = next((look for look in LOOKS if look == fields.get(names["look"])), None)
    if look is None:
        return None, []
    asked, faults = INPUTS[look], list[FieldFault]()
    name, value = typed(fields, names["name"]), typed(fields, names["value"])
    amount, times = (number_of(fields, names[part]) for part in ("amount", "times"))
    if not name:
        faults.append(FieldFault(names["name"], "fault.which"))
    if "time" in asked and amount is None:
        faults.append(FieldFault(names["amount"], "fault.number", {"most": MOST}))
    if "times" in asked and times is None:
        faults.append(FieldFault(names["times"], "fault.number", {"most": MOST}))
    if look in ("above", "below") and not is_number(value):
        faults.append(FieldFault(names["value"], "fault.amount"))
    elif "value" in asked and not value:
        faults.append(FieldFault(names["value"], "fault.value"))
    if faults:
        return None, faults
    has_time = "time" in asked
    return FormCondition(
        look,
        name,
        amount=amount or 0 if has_time else 0,
        unit=unit_of(fields, names["unit"]) if has_time else "hours",
        times=times or 1 if "times" in asked else 1,
        value=value if "value" in asked else "",
    ), []


def number_of(fields: Mapping[str, str], name: str) -> int | None:
    """A whole number from 1 on; None for anything else."""
    text = typed(fields, name)
    is_whole = text.isascii() and text.isdecimal() and len(text) <= len(str(MOST))
    return int(text) or None if is_whole else None


def unit_of(fields: Mapping[str, str], name: str) -> Unit:
    """The unit that was chosen."""
    return next((unit for unit in UNITS if unit == fields.get(name)), "hours")


def line_values(line: FormCondition, names: Mapping[str, str]) -> dict[str, str]:
    """What the fields of a line hold."""
    asked = INPUTS[line.look]
    said = {"look": line.look, "name": line.name}
    if "time" in asked:
        said |= {"amount": str(line.amount), "unit": line.unit}
    if "times" in asked:
        said["times"] = str(line.times)
    if "value" in asked:
        said["value"] = line.value
    return {names[part]: text for part, text in said.items()}


def field_faults(faults: Sequence[str], places: Mapping[str, str]) -> list[FieldFault]:
    """Faults in a rule's file beside the fields that they came from; `places` holds fields by keys of the file."""
    return [FieldFault(_field_of(fault, places), "fault.file", {"fault": fault}) for fault in faults]


def _field_of(fault: str, places: Mapping[str, str]) -> str:
    found = _KEY.search(fault)
    parts = found[1].split(".") if found else []
    keys = [".".join(parts[:length]) for length in range(len(parts), 0, -1)]
    return next((places[key] for key in keys if key in places), "")
