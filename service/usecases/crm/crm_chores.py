"""What is due in the CRM's world as time goes by: each chore may run twice, and says by its rows what was done."""

from datetime import timedelta

from service.usecases.coaching.read_credibility import watch_credibility
from service.usecases.crm.check_deals import chase_approvals
from service.usecases.crm.decide_attribution import settle_overdue
from service.usecases.crm.find_loss_pattern import watch_losses
from service.usecases.crm.keep_coefficients import keep_coefficients
from service.usecases.crm.make_reports import make_reports
from service.usecases.crm.read_metrics import keep_metrics
from service.usecases.operations.keep_house import Chore
from service.usecases.playbooks.evaluate_playbooks import evaluate_playbooks
from service.usecases.services import Services


def crm_chores(services: Services) -> list[Chore]:
    """The chores with their periods."""
    return [
        ("playbooks", timedelta(seconds=1), lambda: evaluate_playbooks(services)),
        ("keep_metrics", timedelta(hours=1), lambda: keep_metrics(services)),
        ("keep_coefficients", timedelta(hours=1), lambda: keep_coefficients(services)),
        ("chase_approvals", timedelta(minutes=5), lambda: chase_approvals(services)),
        ("watch_credibility", timedelta(hours=6), lambda: watch_credibility(services)),
        ("watch_losses", timedelta(hours=6), lambda: watch_losses(services)),
        ("make_reports", timedelta(minutes=1), lambda: make_reports(services)),
        ("settle_attributions", timedelta(minutes=5), lambda: settle_overdue(services)),
    ]
