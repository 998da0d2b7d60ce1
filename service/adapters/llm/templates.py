"""Reads `prompts/templates/<task>/v<N>.md`: front matter between two `---` lines, then the words.

Invariant: the newest version in use of each task, or an error that names file and fault; nothing half-read.
"""

from pathlib import Path

from nlp.errors import ContentInvalid
from nlp.strict_yaml import parse
from service.adapters.content.loader import validated
from service.domain.assist.answers import check_schema
from service.domain.assist.template import PromptTemplate, TemplateHeader, unknown_slots

FENCE = "---\n"


def load_templates(directory: Path) -> dict[str, PromptTemplate]:
    """The template in use for each task; none when the directory is not there.

    Raises:
        ContentInvalid: a file that is no template; names the file and what to do.
    """
    found: dict[str, PromptTemplate] = {}
    for path in sorted(directory.glob("*/v*.md")):
        header, template = read_template(path.read_text("utf-8"), source=path.relative_to(directory).as_posix())
        newer = template.task not in found or template.version > found[template.task].version
        if header.in_use and newer:
            found[template.task] = template
    return found


def read_template(text: str, *, source: str) -> tuple[TemplateHeader, PromptTemplate]:
    """One template and its header.

    Raises:
        ContentInvalid: no front matter, an unknown key, a schema that is none, a slot that is no input, a wrong name.
    """
    if not text.startswith(FENCE) or text.count("\n" + FENCE) < 1:
        raise ContentInvalid(f"{source}: begins with no front matter between two lines of ---")
    front, _, words = text[len(FENCE) :].partition("\n" + FENCE)
    header = validated(TemplateHeader, parse(front, source=source), source=source)
    template = PromptTemplate(header.id, header.version, header.inputs, header.output, words.strip())
    fault = check_schema(header.output)
    if fault:
        raise ContentInvalid(f"{source}: key `output`: {fault}")
    if unknown := unknown_slots(template):
        raise ContentInvalid(f"{source}: {{{{{min(unknown)}}}}} is no declared input; name it under `inputs`")
    if "{{delimiter}}" not in words:
        raise ContentInvalid(f"{source}: say with {{{{delimiter}}}} where the conversation stands")
    if source != f"{template.task}/v{template.version}.md":
        raise ContentInvalid(f"{source}: this file is {template.name} by its header; rename one")
    return header, template
