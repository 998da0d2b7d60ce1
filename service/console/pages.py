"""All pages of the console, as routers."""

from service.console import (
    accounts,
    alerts,
    courses,
    figures,
    home,
    judging,
    models,
    operations,
    plans,
    playbook_forms,
    playbooks,
    reports,
    reps,
    teams,
    visits,
)
from service.console.privacy import pages as privacy

ROUTERS = (
    home.router,
    teams.router,
    reps.router,
    figures.router,
    plans.router,
    courses.router,
    judging.router,
    visits.router,
    accounts.router,
    alerts.router,
    operations.router,
    reports.router,
    playbook_forms.router,
    playbooks.router,
    models.router,
    *privacy.ROUTERS,
)
