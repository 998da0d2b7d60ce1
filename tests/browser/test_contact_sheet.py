"""The sheet of screenshots shows each of them once, beside its kin."""

from pathlib import Path

from tests.browser.contact_sheet import NAME, write_sheet


def test_every_picture_is_on_the_sheet_beside_its_kin(tmp_path: Path) -> None:
    for name in ("rep-desktop", "team-phone", "rep-print"):
        (tmp_path / f"{name}.png").touch()
    (tmp_path / "notes.txt").touch()
    write_sheet(tmp_path)
    sheet = (tmp_path / NAME).read_text(encoding="utf-8")
    places = [sheet.index(f'<img src="{name}.png"') for name in ("rep-desktop", "rep-print", "team-phone")]
    assert places == sorted(places)
    assert sheet.count("<h2>") == 2
    assert "notes" not in sheet


def test_without_pictures_there_is_no_sheet(tmp_path: Path) -> None:
    write_sheet(tmp_path)
    assert list(tmp_path.iterdir()) == []
