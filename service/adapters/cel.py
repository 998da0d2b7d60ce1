"""Conditions in CEL through cel-expr-python, pinned: compiled and type-checked once, told apart from their errors.

Source: the traps are those of `text.md` section 5: an evaluation error comes back as a value, never as an exception.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cel_expr_python import cel

from service.adapters.cel_durations import in_seconds
from service.adapters.cel_limits import check_text
from service.domain.content.playbook_selections import ValueType
from service.domain.playbooks.rules import Condition, RuleFailed

_TYPES = {
    "bool": cel.Type.BOOL,
    "int": cel.Type.INT,
    "double": cel.Type.DOUBLE,
    "text": cel.Type.STRING,
    "duration": cel.Type.DURATION,
    "any": cel.Type.DYN,
    "doubles": cel.Type.List(cel.Type.DOUBLE),
}

_PLACE = re.compile(r"ERROR: <input>:(\d+):(\d+): (.*)")
TOO_DEEP = "it is nested too deeply or repeats too much; write it shorter, or as two rules"


def _durations() -> list[cel.FunctionDecl]:
    """`days(3)`, `hours(72)`, `minutes(15)`: CEL's own durations know no days."""
    made = {
        "days": lambda number: timedelta(days=number),
        "hours": lambda number: timedelta(hours=number),
        "minutes": lambda number: timedelta(minutes=number),
    }
    kinds = (cel.Type.DURATION, [cel.Type.INT], False)
    return [cel.FunctionDecl(name, [cel.Overload(f"{name}_int", *kinds, make)]) for name, make in made.items()]


@dataclass(frozen=True, slots=True)
class CelCondition:
    """One compiled expression; `names` are the values it reads."""

    text: str
    names: tuple[str, ...]
    program: cel.Expression

    def holds(self, values: Mapping[str, Any]) -> bool:
        """Whether it is true of these values."""
        try:
            result = self.program.eval(data={name: values[name] for name in self.names})
        except RuntimeError as error:  # it ran out of the steps that an evaluation may take
            raise RuleFailed(f"`{self.text}`: {error}") from None
        if result.type() == cel.Type.ERROR:
            raise RuleFailed(f"`{self.text}`: {result.plain_value()}")
        return result.plain_value() is True


class CelConditions:
    """The Conditions port."""

    def compile(self, text: str, names: Mapping[str, ValueType]) -> Condition:
        """The condition, or ValueError with column and reason."""
        check_text(text, try_pattern=_fault_of_pattern)
        variables = {name: _TYPES[type_] for name, type_ in names.items()}
        try:
            program = cel.NewEnv(variables=variables, functions=_durations()).compile(text)
        except RuntimeError as error:
            found = _PLACE.search(str(error))
            place, reason = (f"column {found[2]}: ", found[3]) if found else ("", TOO_DEEP)
            known = f"; known: {', '.join(sorted(names))}" if "undeclared" in reason else ""
            raise ValueError(f"{place}{reason.split(' (in container')[0]}{known}") from None
        if program.return_type() != cel.Type.BOOL:
            raise ValueError(f"it gives {program.return_type().name()}, not true or false; compare it with something")
        used = tuple(name for name in names if re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", text))
        program = cel.NewEnv(variables=variables, functions=_durations()).compile(in_seconds(text))
        return CelCondition(text, used, program)


def _fault_of_pattern(pattern: str) -> str:
    """Why RE2 takes a quoted pattern for none; it says so only when it is used."""
    tried = cel.NewEnv().compile(f"''.matches({pattern})").eval(data={})
    return str(tried.plain_value()).rsplit("expression: ", 1)[-1] if tried.type() == cel.Type.ERROR else ""
