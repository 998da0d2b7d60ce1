"""A rep's report as PDF: one page of radar and values, then what was said behind them.

The Chinese font is one of the fonts every PDF reader brings along (Adobe's CID fonts), so nothing is embedded.
"""

import io
from collections.abc import Iterator
from datetime import datetime
from html import escape
from typing import Any

from reportlab.graphics.charts.spider import SpiderChart
from reportlab.graphics.shapes import Drawing
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from service.console.language import Texts
from service.console.rendering import day, moment, score
from service.domain.skill_report import SkillValue
from service.usecases.view_rep import RepView

FONT = "STSong-Light"
ACCENT, MUTED, LINE = HexColor("#0b6e69"), HexColor("#5a666f"), HexColor("#d9d5c9")
QUOTES_A_SKILL = 3
registerFont(UnicodeCIDFont(FONT))
TEXT = ParagraphStyle("text", fontName=FONT, fontSize=9, leading=13.5, wordWrap="CJK")
SMALL = ParagraphStyle("small", parent=TEXT, fontSize=8, leading=12, textColor=MUTED)
TITLE = ParagraphStyle("title", parent=TEXT, fontSize=18, leading=25)
HEAD = ParagraphStyle("head", parent=TEXT, fontSize=11.5, leading=18, spaceBefore=8, textColor=ACCENT)
QUOTE = ParagraphStyle("quote", parent=TEXT, leftIndent=8, borderPadding=(0, 0, 0, 6))


def draw_report(found: RepView, t: Texts, *, now: datetime) -> bytes:
    """The report as a PDF document."""
    file = io.BytesIO()
    title = f"{found.name} · {found.report.month}"
    document = SimpleDocTemplate(
        file, pagesize=A4, leftMargin=18 * mm, rightMargin=18 * mm, topMargin=16 * mm, bottomMargin=16 * mm,
        title=title, author="Fieldcue",
    )  # fmt: skip
    document.build(
        [*_first_page(found, t, title), *_evidence(found, t), Paragraph(t("rep.printed", at=moment(now)), SMALL)]
    )
    return file.getvalue()


def _first_page(found: RepView, t: Texts, title: str) -> Iterator[Flowable]:
    report = found.report
    yield Paragraph(escape(title), TITLE)
    yield Paragraph(escape(f"{report.team or t('rep.no_team')} · {t('rep.visits_n', n=report.talk.visits)}"), SMALL)
    yield Spacer(1, 4 * mm)
    yield _radar(found, t)
    yield Spacer(1, 2 * mm)
    yield _values(report.skills, t)
    yield Spacer(1, 2 * mm)
    yield Paragraph(t("rep.values_note"), SMALL)
    if found.courses:
        yield Paragraph(t("course.title"), HEAD)
        for item in found.courses[:6]:
            line = f"《{item.title}》 {t('course.' + item.row.state)} · {item.row.reason}"
            yield Paragraph(escape(line), TEXT)


def _radar(found: RepView, t: Texts) -> Drawing:
    """The rep's line over the team's; axes too little is known of are drawn at the centre and say so in the table."""
    skills = found.report.skills
    drawing = Drawing(174 * mm, 78 * mm)
    chart = SpiderChart()
    chart.x, chart.y, chart.width, chart.height = 58 * mm, 7 * mm, 58 * mm, 62 * mm
    chart.data = [[skill.team or 0 for skill in skills], [skill.score or 0 for skill in skills]]
    chart.labels = [f"{t.label('skill', skill.code)} {score(skill.score)}" for skill in skills]
    chart.strands[0].strokeColor, chart.strands[0].strokeDashArray, chart.strands[0].fillColor = MUTED, (3, 2), None
    chart.strands[1].strokeColor, chart.strands[1].strokeWidth, chart.strands[1].fillColor = ACCENT, 2, None
    chart.spokes.strokeColor = LINE
    chart.spokeLabels.fontName, chart.spokeLabels.fontSize = FONT, 8
    drawing.add(chart)
    return drawing


def _values(skills: tuple[SkillValue, ...], t: Texts) -> Table:
    head = [t("rep.skill"), t("rep.score"), t("rep.team"), t("rep.last_month"), "n"]
    rows: list[list[Any]] = [head]
    for skill in skills:
        band = f" ({score(skill.band[0])}–{score(skill.band[1])})" if skill.band else ""
        value = f"{score(skill.score)}{band}" if skill.score is not None else t("skill.insufficient")
        rows.append([t.label("skill", skill.code), value, score(skill.team), score(skill.last_month), str(skill.n)])
    table = Table(rows, colWidths=[44 * mm, 46 * mm, 28 * mm, 28 * mm, 28 * mm], rowHeights=6.4 * mm)
    table.setStyle(
        TableStyle(
            [
                ("FONT", (0, 0), (-1, -1), FONT, 9),
                ("TEXTCOLOR", (0, 0), (-1, 0), MUTED),
                ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE),
                ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
            ]
        )
    )
    return table


def _evidence(found: RepView, t: Texts) -> Iterator[Flowable]:
    yield Paragraph(t("rep.evidence"), HEAD)
    for skill in found.report.skills:
        yield Paragraph(escape(f"{t.label('skill', skill.code)} · {score(skill.score)}"), HEAD)
        for seen in skill.evidence[:QUOTES_A_SKILL]:
            sign = "＋" if seen.value >= 50 else "－"
            yield Paragraph(escape(f"{sign}{seen.value}  {seen.note}（{day(seen.said_at)}）"), TEXT)
            if seen.quote:
                yield Paragraph(escape(f"“{seen.quote}”"), QUOTE)
