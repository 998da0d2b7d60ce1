"""One page that shows everything the browser tests photographed, so that a person looks at all of it in a minute."""

from collections import defaultdict
from html import escape
from pathlib import Path

NAME = "index.html"
STYLE = """body { font: 15px system-ui, sans-serif; margin: 2rem; background: #f6f5f1; color: #1f2a33 }
section { display: flex; flex-wrap: wrap; gap: 1rem; align-items: start } figure { margin: 0; width: 22rem }
img { width: 100%; max-height: 26rem; object-fit: cover; object-position: top; border: 1px solid #d9d5c9 }"""


def write_sheet(folder: Path) -> None:
    """Write `index.html` beside the pictures of a folder, those of one subject together; nothing without pictures."""
    groups: dict[str, list[Path]] = defaultdict(list)
    for picture in sorted(folder.glob("*.png")):
        groups[picture.stem.split("-")[0]].append(picture)
    if not groups:
        return
    parts = "".join(
        f"<h2>{escape(name)}</h2><section>{''.join(map(_figure, pictures))}</section>"
        for name, pictures in groups.items()
    )
    head = f'<meta charset="utf-8"><title>Screenshots</title><style>{STYLE}</style>'
    page = f"<!doctype html><html lang=en><head>{head}</head><body><h1>Screenshots</h1>{parts}</body></html>\n"
    fresh = folder / f".{NAME}"
    fresh.write_text(page, encoding="utf-8")
    fresh.replace(folder / NAME)  # three workers write it, each when it is done: the last one has seen everything


def _figure(picture: Path) -> str:
    name = escape(picture.name)
    return (
        f'<figure><a href="{name}"><img src="{name}" alt="" loading="lazy"></a><figcaption>{name}</figcaption></figure>'
    )
