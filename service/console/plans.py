"""Weekly plans beside what was done: one rep's week, and a team's."""

from fastapi import APIRouter, Request, Response

from service.console.guests import Viewer
from service.console.rendering import page, texts_of
from service.console.reports import Day
from service.console.wiring import console_of
from service.domain.content.plan_cards import Quota
from service.usecases.console.view_plan import view_plan, view_team_plans

router = APIRouter()


class QuotaWords:
    """What quotas are called: as the firm wrote them, and in English where they stand as they were shipped."""

    def __init__(self, request: Request) -> None:
        """For the language of the reader."""
        self._words = texts_of(request).words
        cards = console_of(request).services.content.plan_cards
        self._shipped = {quota.action: quota.title for card in cards for quota in card.quotas}

    def title(self, quota: Quota) -> str:
        """The quota's name."""
        is_shipped = self._shipped.get(quota.action) == quota.title
        return self._words.get(f"label.quota.{quota.action}", quota.title) if is_shipped else quota.title

    def action(self, action: str, quotas: list[Quota]) -> str:
        """An action by its quota's name; one that no quota counts, in the CRM's own word."""
        return next((self.title(quota) for quota in quotas if quota.action == action), action)


@router.get("/reps/{rep_id}/plan")
def plan(rep_id: str, request: Request, viewer: Viewer, week: Day = None) -> Response:
    """One rep's week; `week` is any day of it."""
    found = view_plan(console_of(request).services, viewer.person, rep_id=rep_id, day=week)
    return page(request, "plan.html", found=found, grid=found.standing.grid, words=QuotaWords(request),
                quotas=[state.quota for state in found.standing.grid.quotas])  # fmt: skip


@router.get("/teams/{team}/plans")
def plans(team: str, request: Request, viewer: Viewer, week: Day = None) -> Response:
    """A team's week."""
    found = view_team_plans(console_of(request).services, viewer.person, team=team, day=week)
    return page(request, "plans.html", found=found, words=QuotaWords(request))
