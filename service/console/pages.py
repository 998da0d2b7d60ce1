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
    playbooks,
    reports,
    reps,
    teams,
    visits,
)

ROUTERS = (
    home.router,
    teams.router,
    reps.router,
    courses.router,
    figures.router,
    judging.router,
    visits.router,
    accounts.router,
    alerts.router,
    operations.router,
    reports.router,
    playbooks.router,
    models.router,
)
