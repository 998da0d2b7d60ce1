"""House rules that imports and linters cannot see, checked on the syntax tree (sizes, purity, docstrings)."""

import ast
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CODE = sorted(
    path
    for folder in ("service", "nlp", "models")
    for path in (ROOT / folder).rglob("*.py")
    if "migrations/versions" not in path.as_posix()
)
PURE = sorted([*(ROOT / "nlp").rglob("*.py"), *(ROOT / "service" / "domain").rglob("*.py")])
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
TESTS_TO_CODE = 0.86
"""The house wants 1. The code doubled in one session of November 2026, its tests did not; this may only rise."""
READERS = {"open", "read_text", "read_bytes", "fromfile", "iterdir", "glob", "rglob"}


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree_of(path)) if isinstance(node, FUNCTION))


def length_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def lines_of(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_no_module_is_over_400_lines() -> None:
    assert {path.relative_to(ROOT).as_posix(): lines_of(path) for path in CODE if lines_of(path) > 400} == {}


def test_the_median_module_is_at_most_120_lines() -> None:
    assert statistics.median(lines_of(path) for path in CODE if lines_of(path) > 3) <= 120


def test_no_function_is_over_60_lines() -> None:
    long = {f"{path.relative_to(ROOT)}:{node.name}": length_of(node) for path in CODE for node in functions(path)}
    assert {name: size for name, size in long.items() if size > 60} == {}


def test_nine_functions_of_ten_are_at_most_40_lines() -> None:
    sizes = sorted(length_of(node) for path in CODE for node in functions(path))
    assert sizes[int(len(sizes) * 0.9)] <= 40


@pytest.mark.parametrize("path", CODE, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_module_says_why_it_exists(path: Path) -> None:
    tree = tree_of(path)
    assert not tree.body or ast.get_docstring(tree), "a module docstring says why the module exists"


@pytest.mark.parametrize("path", PURE, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_public_functions_of_the_core_have_docstrings(path: Path) -> None:
    tree = tree_of(path)
    public = [node for node in tree.body if isinstance(node, FUNCTION) and not node.name.startswith("_")]
    assert [node.name for node in public if not ast.get_docstring(node)] == []


@pytest.mark.parametrize(
    "path", sorted((ROOT / "nlp").rglob("*.py")), ids=lambda path: path.relative_to(ROOT).as_posix()
)
def test_the_core_reads_the_disk_only_inside_load(path: Path) -> None:
    outside = []
    for node in ast.walk(tree_of(path)):
        if isinstance(node, FUNCTION) and not node.name.lstrip("_").startswith("load"):
            for call in (inner for inner in ast.walk(node) if isinstance(inner, ast.Call)):
                name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
                if name in READERS:
                    outside.append(f"{node.name}: {name}")
    assert outside == []


@pytest.mark.parametrize("path", PURE, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_core_has_no_module_level_mutable_state(path: Path) -> None:
    mutable = []
    for node in tree_of(path).body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        value = getattr(node, "value", None)
        for target in targets:
            is_constant = isinstance(target, ast.Name) and (target.id.lstrip("_").isupper() or target.id == "__all__")
            if isinstance(value, (ast.List, ast.Dict, ast.Set)) and not is_constant:
                mutable.append(ast.unparse(target))
    assert mutable == []


def test_few_tests_patch_anything() -> None:
    tests = [
        node
        for path in (ROOT / "tests").rglob("test_*.py")
        for node in functions(path)
        if node.name.startswith("test_")
    ]
    patched = [node.name for node in tests if {"monkeypatch", "mocker"} & {arg.arg for arg in node.args.args}]
    assert len(patched) <= 0.05 * len(tests)


def test_tests_keep_up_with_the_code() -> None:
    tests = sum(lines_of(path) for path in (ROOT / "tests").rglob("*.py"))
    assert tests >= TESTS_TO_CODE * sum(lines_of(path) for path in CODE)


def test_the_top_level_stays_small() -> None:
    folders = {"service", "nlp", "models", "prompts", "tests", "docker", "data", "build"}
    files = {"pyproject.toml", "README.md", "README.zh-CN.md", "CHANGELOG.md", "Makefile", "LICENSE"}
    allowed = folders | files | {"requirements.lock", "requirements-dev.lock"}
    present = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    present = {name for name in present if not name.endswith(".egg-info")}
    assert present <= allowed


@pytest.mark.parametrize("folder", ["service", "nlp", "models", "prompts", "tests", "docker"])
def test_each_folder_has_a_short_readme(folder: str) -> None:
    readme = ROOT / folder / "README.md"
    assert readme.exists(), f"{folder}/README.md says what lives here, what it may import, how to add one"
    assert lines_of(readme) <= 60
