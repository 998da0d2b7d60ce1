"""The README says what is true: its settings table is the settings, its quality table the models' figures."""

import ast
import re
from pathlib import Path

from service.cli.on_demand import MODULE_OF
from service.settings import PREFIX, Group, Settings

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CHINESE = (ROOT / "README.zh-CN.md").read_text(encoding="utf-8")


def sentences() -> dict[tuple[str, str], str]:
    """(group class, field) to the sentence under it in settings.py."""
    tree = ast.parse((ROOT / "service" / "settings.py").read_text(encoding="utf-8"))
    found = {}
    for group in (node for node in tree.body if isinstance(node, ast.ClassDef)):
        for field, text in zip(group.body, group.body[1:], strict=False):
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(text, ast.Expr):
                found[group.name, field.target.id] = ast.literal_eval(text.value)
    return found


def settings_table() -> list[str]:
    """The rows that the README must hold."""
    said = sentences()
    rows = []
    for group, field in Settings.model_fields.items():
        kind = field.annotation
        assert isinstance(kind, type)
        assert issubclass(kind, Group)
        for name, inner in kind.model_fields.items():
            default = inner.default
            shown = default.relative_to(ROOT) if isinstance(default, Path) and default.is_absolute() else default
            text = "" if shown in (None, "", ()) else f"`{shown}`"
            rows.append(f"| `{PREFIX}{group.upper()}__{name.upper()}` | {said[kind.__name__, name]} | {text} |")
    return rows


def test_the_settings_table_is_the_settings() -> None:
    table = re.search(r"\| variable \| what it does \| default \|\n\|---\|---\|---\|\n((?:\|.*\n)+)", README)
    assert table is not None
    assert table[1].splitlines() == settings_table()


def test_the_commands_it_names_exist() -> None:
    named = {word for line in re.findall(r"^fieldcue (.+?)(?:  |$)", README, re.MULTILINE) for word in line.split()[:1]}
    assert named <= set(MODULE_OF)


def test_the_files_it_names_exist() -> None:
    for path in re.findall(r"`((?:service|nlp|models|prompts)/[\w/.]+)`", README):
        assert (ROOT / path).exists(), path
    for path in re.findall(r"\]\(([\w/.-]+)\)", README):
        assert (ROOT / path).exists(), path


def test_the_quality_table_is_the_one_that_the_models_were_measured_with() -> None:
    for file in ("quality.md", "masking/quality.md"):
        assert (ROOT / "models" / file).read_text(encoding="utf-8").strip() in README, file


def prose(text: str) -> str:
    """A README without its fenced examples."""
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def examples(text: str) -> list[list[str]]:
    """What a reader would paste, example by example, without the comments, which are told in each language."""
    fences: list[str] = re.findall(r"^```\w*\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)
    return [[re.sub(r"\s+# .*$|^# .*$|\s{3,}# .*$", "", line) for line in fence.splitlines()] for fence in fences]


def test_the_chinese_twin_names_nothing_that_the_english_one_does_not() -> None:
    english = " ".join(README.split())
    named = set(re.findall(r"`([^`\n]+)`", prose(CHINESE)))
    assert len(named) > 60
    assert {name for name in named if name not in english} == set()


def test_the_chinese_twin_leads_to_sections_that_exist() -> None:
    headings = {line[3:].lower().replace(" ", "-") for line in README.splitlines() if line.startswith("## ")}
    wanted = set(re.findall(r"README\.md#([\w-]+)", CHINESE))
    assert wanted
    assert wanted <= headings


def test_both_twins_show_the_same_requests() -> None:
    told = [example for example in examples(CHINESE) if not example[0].startswith("fieldcue")]
    assert len(told) == 6
    assert [example for example in told if example not in examples(README)] == []
