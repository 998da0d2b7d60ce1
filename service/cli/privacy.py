"""`fieldcue privacy`: a copy, an erasure, the proof of every duty, the scope of a breach."""

import math
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from service.bootstrap import build, installed_facts, key_ring, load_settings
from service.cli.privacy_duties import Tenant, add_duties, must_know
from service.domain.errors import Invalid
from service.domain.visit import PURPOSES
from service.usecases.privacy.erase_subject import erase_subject, parse_subject, reapply_stones
from service.usecases.privacy.export_subject import read_subject, zip_export
from service.usecases.privacy.keep_audit import COMMAND, note, scope_of_breach, verify_trail
from service.usecases.privacy.keep_requests import answer_by_copy
from service.usecases.privacy.privacy_chores import seal_texts
from service.usecases.privacy.sweep_retention import sweep_retention
from service.usecases.privacy.verify_privacy import verify_privacy
from service.usecases.privacy.withdraw_consent import withdraw_consent

privacy_app = typer.Typer(help="Personal data: copy, erase, prove.", no_args_is_help=True)
SubjectArgument = Annotated[str, typer.Argument(help="person:ID, account:ID, visit:ID; to erase also tenant:all")]
_MARKS = {"ok": "ok", "not_required": "not required", "attention": "attention", "fail": "FAIL"}


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    add_duties(privacy_app)
    app.add_typer(privacy_app, name="privacy")


@privacy_app.command("export")
def privacy_export(
    subject: SubjectArgument,
    tenant: Tenant = "default",
    output: Annotated[Path, typer.Option("-o", "--output", help="The archive; - for standard output")] = Path("-"),
) -> None:
    """Everything that is kept about a subject, as a zip archive of JSON and recordings."""
    wanted = parse_subject(subject)
    to_terminal = str(output) == "-"
    if to_terminal and sys.stdout.isatty():
        raise Invalid("an archive is no text: name a file with -o", code="output_terminal")
    installation = build(load_settings())
    services = installation.services
    with services.uow() as tx:
        must_know(tx, tenant)
        found = read_subject(tx, services, tenant, wanted)
        note(tx, services, tenant, COMMAND, "subject.exported", f"{wanted.kind}:{wanted.ref}")
        answer_by_copy(tx, services, tenant, wanted.kind, wanted.ref, actor=COMMAND)
    if to_terminal:
        for piece in zip_export(services, found):
            sys.stdout.buffer.write(piece)
    else:
        draft = output.with_name(f"{output.name}.part")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            for piece in zip_export(services, found):
                file.write(piece)
        draft.rename(output)
    installation.close()
    told = ", ".join(f"{count} {name}" for name, count in found.counts().items())
    print(f"{len(found.recordings)} recordings; rows: {told}", file=sys.stderr)


@privacy_app.command("erase")
def privacy_erase(
    subject: SubjectArgument,
    tenant: Tenant = "default",
    reason: Annotated[str, typer.Option(help="Why, for the receipt and the audit trail")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask")] = False,
) -> None:
    """Erase everything about a subject and print the receipt; there is no way back."""
    wanted = parse_subject(subject)
    if not yes:
        typer.confirm(f"erase everything about {subject} of tenant {tenant}, for good?", abort=True)
    installation = build(load_settings())
    with installation.services.uow(write=False) as tx:
        must_know(tx, tenant)
    receipt = erase_subject(installation.services, tenant, wanted, actor=COMMAND, reason=reason)
    installation.close()
    print(f"receipt\t{receipt.id}")
    for name, count in sorted(receipt.counts.items()):
        print(f"{name}\t{count}")


@privacy_app.command("withdraw")
def privacy_withdraw(
    visit: Annotated[str, typer.Argument(help="The visit's id, vis_...")],
    purpose: Annotated[
        list[str] | None, typer.Option(help=f"{', '.join(PURPOSES)}; may be repeated; left out: all of it")
    ] = None,
    tenant: Tenant = "default",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask")] = False,
) -> None:
    """Withdraw a visit's consent, or some of its purposes: work stops, and what they allowed is erased."""
    purposes = [each for each in PURPOSES if each in (purpose or PURPOSES)]
    unknown = sorted(set(purpose or ()) - set(PURPOSES))
    if unknown:
        raise Invalid(f"there is no purpose {unknown[0]!r}; there are {', '.join(PURPOSES)}", code="purpose_unknown")
    if not yes:
        typer.confirm(f"withdraw {', '.join(purposes)} of {visit}, and erase what that allowed?", abort=True)
    installation = build(load_settings())
    services = installation.services
    with services.uow() as tx:
        must_know(tx, tenant)
        after, erased = withdraw_consent(
            tx, services, tenant_id=tenant, visit_id=visit, actor=COMMAND, purposes=purposes
        )
    installation.close()
    left = after.consent.purposes() if after.consent is not None else ()
    print(f"covered\t{', '.join(left) or 'nothing'}")
    for name, count in sorted(erased.counts.items()):
        print(f"{name}\t{count}")


@privacy_app.command("reapply")
def privacy_reapply() -> None:
    """After a restore: erase again what the backup brought back, by the ledger in the data directory."""
    installation = build(load_settings())
    erased = reapply_stones(installation.services, actor=COMMAND)
    installation.close()
    print(f"{erased} subjects erased or withdrawn again")


@privacy_app.command("rotate")
def privacy_rotate(tenant: Tenant = "default") -> None:
    """A new key for what the tenant's visits hold; every ten minutes the runner goes on to bring what is older over.

    A hundred recordings are wrapped anew at a time, and two thousand texts sealed anew.
    """
    settings = load_settings()
    print(key_ring(settings).rotate(tenant))


@privacy_app.command("reseal")
def privacy_reseal() -> None:
    """Bring all texts over to their tenants' newest keys now; with encryption switched off, open them all."""
    installation = build(load_settings())
    done = seal_texts(installation.services, at_most=math.inf)
    installation.close()
    print(f"{done} texts {'sealed' if load_settings().storage.encrypt else 'opened'}")


@privacy_app.command("sweep")
def privacy_sweep() -> None:
    """Forget now what has had its time; the runner does so every hour."""
    installation = build(load_settings())
    went = sweep_retention(installation.services)
    installation.close()
    print(f"{went} things had their time")


@privacy_app.command("verify")
def privacy_verify() -> None:
    """Every duty of the privacy checklist: ok, not required, attention or FAIL, and what to do; exit 1 on a FAIL."""
    settings = load_settings()
    installation = build(settings)
    duties = verify_privacy(installation.services, installed_facts(settings))
    installation.close()
    for duty in duties:
        print(f"{_MARKS[duty.state]}\t{duty.name}\n\t{duty.found}")
        if duty.state in ("fail", "attention"):
            print(f"\tdo: {duty.remedy}")
    failed, waiting = (sum(duty.state == state for duty in duties) for state in ("fail", "attention"))
    told = f"{failed} of {len(duties)} fail" if failed else f"none of {len(duties)} fails"
    print(f"{told}; {waiting} need attention" if waiting else told)
    sys.exit(1 if failed else 0)


@privacy_app.command("audit")
def privacy_audit(tenant: Tenant = "default") -> None:
    """Whether the audit trail holds; names every row that was edited, deleted or moved, and exits 1."""
    installation = build(load_settings())
    with installation.services.uow(write=False) as tx:
        must_know(tx, tenant)
        rows, breaks = verify_trail(tx, tenant)
        head = tx.privacy.audit.head(tenant)
    installation.close()
    for each in breaks:
        print(f"row {each.sequence}\t{each.what}")
    print(f"{rows} rows, last hash {head.hash}" if not breaks else f"{len(breaks)} rows do not hold")
    sys.exit(1 if breaks else 0)


@privacy_app.command("breach")
def privacy_breach(
    since: Annotated[str, typer.Option(help="RFC 3339, such as 2026-03-11T00:00:00+08:00")],
    until: Annotated[str, typer.Option(help="RFC 3339")],
    tenant: Tenant = "default",
) -> None:
    """Who saw or heard which recordings and texts between two moments."""
    first, last = _moment(since), _moment(until)
    installation = build(load_settings())
    with installation.services.uow(write=False) as tx:
        must_know(tx, tenant)
        found = scope_of_breach(tx, tenant, first, last)
    installation.close()
    for each in found:
        span = f"{each.first_at.isoformat()} to {each.last_at.isoformat()}"
        print(f"{each.actor}\t{each.action}\t{each.object}\t{each.visit_id or ''}\t{each.times}\t{span}")
    print(f"{len(found)} lines", file=sys.stderr)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Invalid(f"{text!r} is no RFC 3339 instant", code="instant_invalid") from error
    if moment.tzinfo is None:
        raise Invalid(f"{text!r} needs an offset, such as +08:00", code="instant_invalid")
    return moment.astimezone(UTC)
