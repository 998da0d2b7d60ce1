"""A rep's report as PDF: radar, values, talk figures and courses, then what was said behind them.

The Chinese font is one of the fonts every PDF reader brings along (Adobe's CID fonts), so nothing is embedded.
"""

import io
from collections.abc import Iterator, Sequence
from datetime import datetime
from html import escape
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from service.console.language import Texts
from service.console.rendering import day, figure, moment, score
from service.console.report_radar import draw_radar
from service.domain.coaching.skill_report import SkillValue
from service.usecases.coaching.read_skills import RepSkills
from service.usecases.console.view_rep import RepView

FONT = "STSong-Light"
ACCENT, MUTED, LINE = HexColor("#0b6e69"), HexColor("#5a666f"), HexColor("#d9d5c9")
QUOTES_A_SKILL = 3
FIGURES = ("handling_rate", "reuse_rate", "talk_ratio", "question_rate", "longest_monologue_s", "patience_ms")
registerFont(UnicodeCIDFont(FONT))
TEXT = ParagraphStyle("text", fontName=FONT, fontSize=9, leading=13.5, wordWrap="CJK")
SMALL = ParagraphStyle("small", parent=TEXT, fontSize=8, leading=12, textColor=MUTED)
TITLE = ParagraphStyle("title", parent=TEXT, fontSize=18, leading=25)
HEAD = ParagraphStyle("head", parent=TEXT, fontSize=11.5, leading=18, spaceBefore=8, textColor=ACCENT, keepWithNext=1)
NAME = ParagraphStyle("name", parent=TEXT, fontSize=10, leading=16, spaceBefore=5, keepWithNext=1)
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
    yield draw_radar(report.skills, found.name, t, font=FONT)
    yield Spacer(1, 2 * mm)
    yield _values(report.skills, t)
    yield Spacer(1, 2 * mm)
    yield Paragraph(t("rep.values_note"), SMALL)
    yield Paragraph(t("talk.title"), HEAD)
    yield _talk(report, t)
    yield Paragraph(t("talk.sub", month=report.month), SMALL)
    if found.courses:
        yield Paragraph(t("course.title"), HEAD)
        for item in found.courses[:6]:
            why = item.row.withdrawn.reason if item.row.withdrawn else item.row.reason
            line = f"《{item.title}》 {t('course.' + item.row.state)} · {why}"
            yield Paragraph(escape(line), TEXT)


def _values(skills: tuple[SkillValue, ...], t: Texts) -> Table:
    head = [t("rep.skill"), t("rep.score"), t("rep.team"), t("rep.last_month"), t("rep.observations")]
    rows: list[list[Any]] = [head]
    for skill in skills:
        band = f" ({score(skill.band[0])}–{score(skill.band[1])})" if skill.band else ""
        value = f"{score(skill.score)}{band}" if skill.score is not None else t("skill.insufficient")
        value += f" [{t('skill.contested')}]" if skill.contested else ""
        rows.append([t.label("skill", skill.code), value, score(skill.team), score(skill.last_month), str(skill.n)])
    return _table(rows, [44, 46, 28, 28, 28])


def _talk(report: RepSkills, t: Texts) -> Table:
    """How the month's talks went, beside the team's and last month's."""
    rows: list[list[Any]] = [[t("talk.figure"), t("talk.own"), t("talk.team"), t("talk.last")]]
    for name in FIGURES:
        row = [t("talk." + name)]
        for talk in (report.talk, report.team_talk, report.last_month_talk):
            seen = getattr(talk, name)
            row.append(figure(seen.value, name) + (f" [{t('skill.contested')}]" if seen.contested else ""))
        rows.append(row)
    return _table(rows, [54, 40, 40, 40])


def _table(rows: list[list[Any]], widths_mm: Sequence[int]) -> Table:
    table = Table(rows, colWidths=[width * mm for width in widths_mm], rowHeights=6.4 * mm)
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
        mark = f" [{t('skill.contested')}]" if skill.contested else ""
        yield Paragraph(escape(f"{t.label('skill', skill.code)} · {score(skill.score)}{mark}"), NAME)
        for seen in skill.evidence[:QUOTES_A_SKILL]:
            sign = "＋" if seen.value >= 50 else "－"
            yield Paragraph(escape(f"{sign}{seen.value}  {seen.note}（{day(seen.said_at)}）"), TEXT)
            if seen.quote:
                yield Paragraph(escape(f"“{seen.quote}”"), QUOTE)
