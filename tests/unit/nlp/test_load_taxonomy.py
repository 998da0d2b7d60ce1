"""The taxonomy out of its folder: all faults at once, and nothing half loaded."""

import shutil
from pathlib import Path

import pytest

from nlp.errors import ContentInvalid
from nlp.taxonomy import load

SHIPPED = Path(__file__).parents[3] / "prompts" / "taxonomy"


@pytest.fixture
def taxonomy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / "taxonomy"))


def faults(taxonomy: Path) -> list[str]:
    with pytest.raises(ContentInvalid) as caught:
        load(taxonomy)
    return str(caught.value).splitlines()


def test_the_shipped_taxonomy_is_whole_and_sorted(taxonomy: Path) -> None:
    labels = load(taxonomy).labels
    assert [(label.kind, label.code) for label in labels] == sorted((label.kind, label.code) for label in labels)
    assert ("objection", "price") in {(label.kind, label.code) for label in labels}


def test_a_folder_without_labels_is_named(taxonomy: Path) -> None:
    shutil.rmtree(taxonomy / "churn")
    assert any("churn/: no label files; restore the folder" in fault for fault in faults(taxonomy))


def test_a_label_under_anothers_name_is_told_with_the_way_out(taxonomy: Path) -> None:
    (taxonomy / "objections" / "price.yaml").rename(taxonomy / "objections" / "cost.yaml")
    told = faults(taxonomy)
    assert any("cost.yaml: key `id`: 'price' is not the file's name; rename one of them" in fault for fault in told)


def test_a_file_that_is_no_text_and_one_that_is_no_label_are_both_named(taxonomy: Path) -> None:
    (taxonomy / "objections" / "price.yaml").write_bytes(b"\xff\xfe")
    (taxonomy / "signals" / "timeline.yaml").write_text("id: timeline\ncolour: red\n", encoding="utf-8")
    told = "\n".join(faults(taxonomy))
    assert "objections/price.yaml: not UTF-8; save the file as UTF-8" in told
    assert "signals/timeline.yaml" in told


def test_without_its_lock_the_taxonomy_is_not_loaded(taxonomy: Path) -> None:
    (taxonomy / "codes.lock").unlink()
    assert any("codes.lock" in fault for fault in faults(taxonomy))
