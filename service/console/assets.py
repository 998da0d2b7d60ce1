"""Style sheet, scripts and the chart library, under addresses that change with their content, so that browsers keep
them for good; nothing comes from another host."""

import gzip
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

FOLDER = Path(__file__).parent / "static"
MEDIA = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
CHARTS = "plotly.min.js"


@dataclass
class Asset:
    """One file, read when it is first asked for; packed once."""

    path: Path
    version: str

    @cached_property
    def plain(self) -> bytes:
        """The bytes."""
        return self.path.read_bytes()

    @cached_property
    def packed(self) -> bytes:
        """The bytes as gzip."""
        return gzip.compress(self.plain, 6, mtime=0)


def find_assets() -> Mapping[str, Asset]:
    """Every file that pages may name, by name; our own share a version, because scripts import each other by name."""
    own = [path for path in sorted(FOLDER.iterdir()) if path.suffix in MEDIA]
    version = _version(own)
    found = {path.name: Asset(path, version) for path in own}
    spec = find_spec("plotly")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("the package plotly, which ships the chart library, is not installed")
    charts = Path(spec.submodule_search_locations[0]) / "package_data" / CHARTS
    return {**found, CHARTS: Asset(charts, _version([charts]))}


def _version(paths: Sequence[Path]) -> str:
    """Digest of names, sizes and times of change: reading five megabytes would cost every start."""
    stats = [(path.name, path.stat()) for path in paths]
    told = " ".join(f"{name} {stat.st_size} {stat.st_mtime_ns}" for name, stat in stats)
    return hashlib.sha256(told.encode()).hexdigest()[:12]
