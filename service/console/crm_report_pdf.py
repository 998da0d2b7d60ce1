"""The daily and the weekly report as PDF: the same lines as the page, of the same people, on paper.

Names that come from the CRM are words here, never markup.
"""

import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from service.console.language import Texts
from service.console.rendering import moment, percent
from service.console.report_pdf import ACCENT, FONT, HEAD, LINE, MUTED, SMALL, TEXT, TITLE
from service.domain.playbooks.values import shown
from service.usecases.console.view_reports import ReportView

WIDTH = 174  # millimetres between the margins
CELL = 9
Column = tuple[str, int]
"""A column's heading and its width in millimetres."""


def draw_crm_report(found: ReportView, t: Texts) -> bytes:
    """The report as a PDF document; which of the two it is, its content says."""
    file = io.BytesIO()
    name = t("report.daily") if "day" in found.report else t("report.weekly")
    document = SimpleDocTemplate(
        file, pagesize=A4, leftMargin=18 * mm, rightMargin=18 * mm, topMargin=16 * mm, bottomMargin=16 * mm,
        title=f"{name} {found.begin}", author="Fieldcue",
    )  # fmt: skip
    document.build(list(_told(found, t, name)))
    return file.getvalue()


def _told(found: ReportView, t: Texts, name: str) -> Iterator[Flowable]:
    yield Paragraph(escape(f"{name} · {found.begin}"), TITLE)
    who = found.scope.viewer.team or t("page.brand")
    printed = t("report.printed", at=moment(found.at, found.zone), who=who)
    yield Paragraph(escape(f"{printed} · {t('report.clock', zone=found.zone)}"), SMALL)
    if found.so_far:
        yield Paragraph(escape(t("report.so_far")), SMALL)
    yield Spacer(1, 4 * mm)
    yield _tiles(found, t)
    is_day = "day" in found.report
    for section in found.report["sections"]:
        key = {"progress": "progress" if is_day else "counts", "usage": "silent"}.get(section["id"], section["id"])
        # The card's own words are Chinese; another language has the page's.
        title = section["title"] if t.language == "zh" else t(f"report.{key}")
        yield from _SECTIONS[key](found, t, title)


def _tiles(found: ReportView, t: Texts) -> Table:
    report, usage = found.report, found.report["usage"]
    steps = report["progress"]
    counted = [
        (t("report.events"), str(report["events"])),
        (t("report.steps"), str(len(steps) if isinstance(steps, list) else sum(steps.values()))),
        (t("report.stalled_n"), str(len(report["stalled"]))),
        (t("report.active"), f"{usage['active']} / {usage['people']}"),
        (t("report.completeness"), percent(usage["completeness"])),
    ]
    rows = [[number for _, number in counted], [Paragraph(escape(label), SMALL) for label, _ in counted]]
    table = Table(rows, colWidths=[WIDTH / len(counted) * mm] * len(counted))
    table.setStyle(
        TableStyle([("FONT", (0, 0), (-1, 0), FONT, 15), ("TEXTCOLOR", (0, 0), (-1, 0), ACCENT),
                    ("BOTTOMPADDING", (0, 0), (-1, 0), 8), ("VALIGN", (0, 0), (-1, -1), "TOP")])
    )  # fmt: skip
    return table


def _progress(found: ReportView, t: Texts, title: str) -> Iterator[Flowable]:
    columns = [(t("report.what"), 42), (t("report.deal"), 58), (t("report.who"), 30), (t("report.at"), 24),
               (t("report.record"), 20)]  # fmt: skip
    rows = []
    for step in found.report["progress"]:
        deal = found.deal(step["opportunity_id"])
        who = found.scope.name(step["owner_id"]) if step["owner_id"] else (deal.owner if deal else "—")
        at = moment(datetime.fromisoformat(step["at"]), found.zone)
        rows.append((step["what"], deal.name if deal else "—", who, at, _record(step["event_id"])))
    yield from _section(title, columns, rows, empty=t("report.no_progress"))


def _ranking(found: ReportView, t: Texts, title: str) -> Iterator[Flowable]:
    columns = [(t("report.who"), 54), (t("report.won"), 30), (t("report.ended"), 30), (t("report.rate"), 60)]
    rows = [
        (found.scope.name(it["owner_id"]), str(it["won"]), str(it["ended"]),
         t("report.few") if it["rate"] is None else percent(it["rate"]))
        for it in found.report["ranking"]
    ]  # fmt: skip
    yield from _section(title, columns, rows, empty=t("report.no_ranking"))


def _counts(found: ReportView, t: Texts, title: str) -> Iterator[Flowable]:
    counts = [(what, str(n)) for what, n in found.report["progress"].items()]
    yield from _section(title, [(t("report.what"), 114), (t("report.n"), 60)], counts,
                        empty=t("report.no_progress"))  # fmt: skip


def _stalled(found: ReportView, t: Texts, title: str) -> Iterator[Flowable]:
    columns = [(t("report.deal"), 56), (t("report.stage"), 32), (t("report.who"), 28), (t("report.days"), 18),
               (t("report.amount"), 22), (t("report.record"), 18)]  # fmt: skip
    rows = []
    for it in found.report["stalled"]:
        deal = found.deal(it["opportunity_id"])
        who = found.scope.name(it["owner_id"]) if it["owner_id"] else "—"
        amount = "—" if it["amount"] is None else f"{it['amount']:,.0f}"
        rows.append((deal.name if deal else it["opportunity_id"], it["stage"] or "—", who, str(it["days"]), amount,
                     _record(it["last_event_id"])))  # fmt: skip
    yield from _section(title, columns, rows, empty=t("report.no_stalled"))


def _silent(found: ReportView, t: Texts, title: str) -> Iterator[Flowable]:
    yield Paragraph(escape(title), HEAD)
    names = "、".join(shown(found.scope.name(person)) for person in found.report["usage"]["silent"])
    yield Paragraph(escape(names or t("report.no_silent")), TEXT)


_SECTIONS: Mapping[str, Callable[[ReportView, Texts, str], Iterator[Flowable]]] = {
    "progress": _progress,
    "counts": _counts,
    "ranking": _ranking,
    "stalled": _stalled,
    "silent": _silent,
}


def _section(title: str, columns: Sequence[Column], rows: Iterable[Sequence[str]], *, empty: str) -> Iterator[Flowable]:
    """A heading and its table, which goes on over as many pages as it needs with its head on each."""
    yield Paragraph(escape(title), HEAD)
    # A cell is never cut in two by a page's end, so what a CRM wrote at length is shortened.
    cells: list[list[Any]] = [[Paragraph(escape(shown(text)), TEXT) for text in row] for row in rows]
    if not cells:
        yield Paragraph(escape(empty), SMALL)
        return
    head = [name for name, _ in columns]
    table = Table([head, *cells], colWidths=[width * mm for _, width in columns], repeatRows=1)
    table.setStyle(
        TableStyle([("FONT", (0, 0), (-1, 0), FONT, CELL), ("TEXTCOLOR", (0, 0), (-1, 0), MUTED),
                    ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE), ("VALIGN", (0, 0), (-1, -1), "MIDDLE")])
    )  # fmt: skip
    yield table


def _record(event_id: str | None) -> str:
    return f"…{event_id[-8:]}" if event_id else "—"
