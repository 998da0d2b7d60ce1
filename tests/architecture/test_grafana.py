"""The dashboard asks for metrics that exist, by labels that they have."""

import json
import re
from pathlib import Path

from prometheus_client.metrics import MetricWrapperBase

from service.adapters import metrics

ROOT = Path(__file__).resolve().parents[2]
GAUGES = {
    "fieldcue_queue_runs": {"queue"},
    "fieldcue_queue_oldest_seconds": {"queue"},
    "fieldcue_queue_sign_of_life_seconds": {"queue"},
    "fieldcue_deliveries": {"state"},
}


def counted() -> dict[str, set[str]]:
    found = dict(GAUGES)
    for metric in vars(metrics).values():
        if not isinstance(metric, MetricWrapperBase):
            continue
        for described in metric.describe():
            labels = set(metric._labelnames)
            for ending in ("", "_bucket", "_sum", "_count", "_total"):
                found[described.name + ending] = labels | {"le"}
    return found


def test_every_panel_asks_for_what_is_measured() -> None:
    panels = json.loads((ROOT / "docker" / "grafana.json").read_text("utf-8"))["panels"]
    known = counted()
    assert len({panel["id"] for panel in panels}) == len(panels) == 10
    for panel in panels:
        for target in panel["targets"]:
            for name in re.findall(r"fieldcue_[a-z_]+", target["expr"]):
                assert name in known, (panel["title"], name)
                by = re.findall(r"by \(([a-z, ]+)\)", target["expr"])
                wanted = {label.strip() for labels in by for label in labels.split(",")}
                assert wanted <= known[name], (panel["title"], name, wanted)


def test_every_gauge_of_the_database_is_really_written() -> None:
    source = (ROOT / "service" / "adapters" / "metrics.py").read_text("utf-8")
    assert all(f'"{name}"' in source for name in GAUGES)
