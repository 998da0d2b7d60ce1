"""The radars as charts take them: lines over the same axes, and for every point the address of what it rests on.

An address that begins with `#` is a drawer of the page itself.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from service.console.language import Texts
from service.console.wiring import PATH
from service.domain.coaching.skill_report import SkillValue
from service.domain.months import before
from service.usecases.console.view_rep import RepView
from service.usecases.console.view_team import TeamView


def team_radar(found: TeamView, t: Texts) -> dict[str, Any]:
    """The team's line, and each rep's to lay over it."""
    report = found.report
    codes = [skill.code for skill in report.skills]
    opens = _figures("teams", report.team, codes, report.month)
    return {
        "axes": _axes(report.skills, t, opens),
        "lines": [_line(t("team.all"), "main", [skill.score for skill in report.skills], opens)],
        "overlays": {
            rep.rep_id: _line(rep.name, "overlay", [rep.skills[code] for code in codes],
                              _figures("reps", rep.rep_id, codes, report.month))
            for rep in report.reps
        },
    }  # fmt: skip


def rep_radar(found: RepView, t: Texts) -> dict[str, Any]:
    """The rep's line, the team's and last month's, and the trend of each skill."""
    report, skills = found.report, found.report.skills
    codes = [skill.code for skill in skills]
    own = [f"#skill-{code}" for code in codes]
    team = _figures("reps", report.rep_id, codes, report.month, of="team")
    last = _figures("reps", report.rep_id, codes, before(report.month))
    return {
        "axes": _axes(skills, t, own),
        "lines": [
            _line(t("rep.team"), "team", [skill.team for skill in skills], team),
            _line(t("rep.last_month"), "last", [skill.last_month for skill in skills], last),
            _line(found.name, "main", [skill.score for skill in skills], own),
        ],
        "overlays": {},
        "trends": {
            skill.code: {
                "title": t.label("skill", skill.code),
                "months": [point.month for point in skill.trend],
                "values": [point.score for point in skill.trend],
            }
            for skill in skills
        },
    }


def _line(name: str, style: str, values: Sequence[float | None], opens: Sequence[str]) -> dict[str, Any]:
    return {"name": name, "style": style, "values": values, "opens": opens}


def _axes(skills: Sequence[SkillValue], t: Texts, opens: Sequence[str]) -> list[dict[str, str]]:
    """One a skill; marked where an appeal about something it rests on is open."""
    axes = [
        {"code": skill.code, "title": t.label("skill", skill.code), "opens": at}
        for skill, at in zip(skills, opens, strict=True)
    ]
    marked = {skill.code for skill in skills if skill.contested}
    return [{**axis, "mark": t("skill.contested")} if axis["code"] in marked else axis for axis in axes]


def _figures(folder: str, whose: str, codes: Sequence[str], month: str, *, of: str = "") -> list[str]:
    """Addresses of the figures' pages, in the order of the codes."""
    beside = f"&of={of}" if of else ""
    return [f"{PATH}/{folder}/{quote(whose, safe='')}/figures/skill.{code}?month={month}{beside}" for code in codes]
