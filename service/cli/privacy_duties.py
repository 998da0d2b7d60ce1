"""`fieldcue privacy requests|transfers|record|bias`: what people asked, whose data left, what is done, and to whom."""

from datetime import timedelta
from typing import Annotated

import typer

from service.bootstrap import build, load_settings
from service.domain.errors import Invalid, NotFound
from service.domain.ports import UnitOfWork
from service.domain.privacy.assessments import to_markdown
from service.domain.privacy.bias import GROUPINGS, Comparison, Estimate, Grouping
from service.domain.privacy.transfers import thresholds_of, year_of
from service.usecases.privacy.assess_processing import all_standing, document_now
from service.usecases.privacy.count_transfers import transfers_of
from service.usecases.privacy.keep_audit import COMMAND
from service.usecases.privacy.keep_requests import due_next
from service.usecases.privacy.read_bias import DAYS, LONGEST, read_bias

Tenant = Annotated[str, typer.Option(help="Whose data")]


def add_duties(privacy_app: typer.Typer) -> None:
    """Add the commands of this module to `fieldcue privacy`."""
    privacy_app.command("requests")(privacy_requests)
    privacy_app.command("transfers")(privacy_transfers)
    privacy_app.command("record")(privacy_record)
    privacy_app.command("bias")(privacy_bias)


def must_know(tx: UnitOfWork, tenant: str) -> None:
    """Refuse a tenant of whom nothing was ever kept: most likely its name is misspelt.

    Raises:
        NotFound: nothing is kept of it (`tenant_unknown`).
    """
    known = tx.privacy.tenants()
    if tenant not in known:
        told = f"tenants here: {', '.join(known)}" if known else "no tenant is here yet"
        raise NotFound(f"nothing is kept of a tenant {tenant!r}; {told}", code="tenant_unknown")


def privacy_requests(tenant: Tenant = "default") -> None:
    """Open requests of people about their data, what is due first at the top; each with the end of its last day."""
    installation = build(load_settings())
    services = installation.services
    with services.uow(write=False) as tx:
        must_know(tx, tenant)
        found = due_next(tx, tenant)
    now = services.clock.now()
    installation.close()
    for each in found:
        state = "OVERDUE" if each.is_overdue(now) else "open"
        print(f"{state}\t{each.due_at.isoformat()}\t{each.kind}\t{each.subject_kind}:{each.subject_id}\t{each.id}")
    print(f"{len(found)} open, {sum(each.is_overdue(now) for each in found)} overdue")


def privacy_transfers(
    tenant: Tenant = "default",
    year: Annotated[int | None, typer.Option(min=2000, max=2099, help="Left out: this one")] = None,
) -> None:
    """How many persons were in what went to other regions in a year, by receiver, and which threshold is reached."""
    installation = build(load_settings())
    services = installation.services
    with services.uow(write=False) as tx:
        must_know(tx, tenant)
        counted = transfers_of(tx, tenant, str(year or year_of(services.clock.now())))
    installation.close()
    for each in counted.receivers:
        print(f"{each.host}\t{each.region or 'region unknown'}\t{each.persons}\t{each.sensitive} sensitive")
    print(f"{counted.year}: {counted.persons} persons, {counted.sensitive} of them with sensitive data")
    for threshold in thresholds_of(counted, services.transfer_limits):
        print(f"{threshold.name}\t{threshold.limit}\t{'REACHED' if threshold.reached else 'below'}")


def privacy_record(tenant: Tenant = "default") -> None:
    """The record of processing as it would be made now, as Markdown, and what changed since one was approved."""
    installation = build(load_settings())
    services = installation.services
    installed = services.installed()
    with services.uow(write=False) as tx:
        must_know(tx, tenant)
        document = document_now(tx, services, tenant, installed)
        standing = all_standing(tx, services, tenant, installed)
        held = [each for each in tx.privacy.holds.find(tenant) if each.released_at is None]
    installation.close()
    print(f"# Record of processing: tenant {tenant}, region {installed.region}")
    for line in to_markdown(document):
        print(line)
    print(f"\nLegal holds: {len(held)}.")
    for each in standing:
        since = f"version {each.approved.version}" if each.approved else "no version"
        told = "; ".join(change.told() for change in each.changes) or "nothing changed"
        print(f"{each.kind}: {since} is approved" + (f"; {told}" if each.approved else ""))


def privacy_bias(
    by: Annotated[str, typer.Option(help=", ".join(GROUPINGS))] = "team",
    days: Annotated[int, typer.Option(min=1, max=LONGEST.days, help="How many of the last days")] = DAYS,
    tenant: Tenant = "default",
) -> None:
    """Whether findings, churn levels and skill values differ between groups; `<>` marks intervals that lie apart."""
    wanted: Grouping | None = next((each for each in GROUPINGS if each == by), None)
    if wanted is None:
        raise Invalid(f"there is no grouping {by!r}; there are {', '.join(GROUPINGS)}", code="grouping_unknown")
    installation = build(load_settings())
    services = installation.services
    with services.uow(write=False) as tx:
        must_know(tx, tenant)
    since = services.clock.now() - timedelta(days=days)
    found = read_bias(services, tenant, actor=COMMAND, by=wanted, since=since)
    titles = services.content.titles
    installation.close()
    for figure in found.report.figures:
        for row in figure.groups:
            print(f"{figure.kind}\t{titles.get((figure.kind, figure.code), figure.code)}\t{_beside(row)}")
    report = found.report
    print(f"{found.visits} visits, {report.visits_left_out} left out; {report.marks} of {report.comparisons} marked")
    for each in found.models:
        print(f"{each.visits} by {', '.join(f'{name} {version}' for name, version in sorted(each.versions.items()))}")
    for line in found.limits:
        print(line)


def _beside(row: Comparison) -> str:
    """A group's value beside that of the rest."""
    mark = "<>" if row.marked else ""
    rest = f"{_shown(row.rest)} (n={row.rest_n})" if row.rest else "too few others"
    return f"{row.group.label}\t{_shown(row.value)} (n={row.n})\t{rest}\t{mark}"


def _shown(found: Estimate) -> str:
    return f"{found.value:g} [{found.low:g}, {found.high:g}]"
