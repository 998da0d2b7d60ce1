"""The duties of the privacy checklist, and what is known of an installation that fulfils or fails them.

`ok`: looked at, and so. `not_required`: there is nothing here that the duty is about. `attention`: something that only
people can do is open. `fail`: the installation breaks the duty.

Invariant: a check answers from what was found in the running installation; attention and failure say what to do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from service.domain.privacy.assessments import ASSESSMENT_KINDS
from service.domain.privacy.transfers import TransferLimits, YearOfTransfers, thresholds_of

State = Literal["ok", "not_required", "attention", "fail"]
NO_TRANSFERS = YearOfTransfers("")
SWEPT_WITHIN_H = 26.0
"""The sweep runs every hour; a day and two hours without one is an outage."""


@dataclass(frozen=True, slots=True)
class Duty:
    """One line of the checklist: what the law wants, what was found, and what to do where it fails."""

    name: str
    state: State
    found: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Installed:
    """What the settings and the wiring say; read by bootstrap, judged here. The defaults are of a bare installation."""

    key_outside_database: bool = False
    encrypts_at_rest: bool = False
    public_url: str = ""
    masks_events: bool = False
    masks_for_llm: bool = True
    llm_host: str = ""
    speech_host: str = ""
    region: str = "CN"
    processors_required: bool = False
    kinds_masked: tuple[str, ...] = ()
    ledger_readable: bool = True
    log_level: str = "info"
    notice: str = ""
    regions: tuple[str, ...] = ()
    transfer_limits: TransferLimits = field(default_factory=TransferLimits)


@dataclass(frozen=True, slots=True)
class TenantFacts:
    """What the rows of one tenant say."""

    tenant_id: str
    processed_without_consent: int = 0
    kept_beyond_consent: int = 0
    consents_without_notice: int = 0
    notices_without_hash: int = 0
    consents_without_purposes: int = 0
    trainable: int = 0
    untrained: int = 0
    unverified: int = 0
    overdue: Mapping[str, int] = field(default_factory=dict)
    longer_than_default: tuple[str, ...] = ()
    swept_hours_ago: float | None = None
    first_visit_hours_ago: float | None = None
    unfinished_erasures: int = 0
    stones_without_effect: int = 0
    exportable: bool = True
    requests_overdue: int = 0
    requests_due_soon: int = 0
    unassessed: tuple[str, ...] = ASSESSMENT_KINDS
    assessed_otherwise: tuple[str, ...] = ()
    assessments_touched: int = 0
    assessed: tuple[str, ...] = ()
    findings_without_reason: int = 0
    coaching_only: bool = False
    hr_endpoints: int = 0
    scores_unreviewed: int = 0
    scores_reviewed_by_self: int = 0
    endpoints: tuple[str, ...] = ()
    unregistered: tuple[str, ...] = ()
    abroad: tuple[str, ...] = ()
    transfers: YearOfTransfers = NO_TRANSFERS
    plain_blobs: int = 0
    sealed_blobs: int = 0
    plain_texts: int = 0
    trail_rows: int = 0
    trail_breaks: int = 0
    people: int = 0
    reads_written: int = 0


def judge(installed: Installed, tenants: Sequence[TenantFacts]) -> list[Duty]:
    """Every duty in the order of the checklist."""
    return [
        _consent(tenants),
        _sensitive(installed),
        _retention(tenants),
        _erasure(installed, tenants),
        _access(tenants),
        _decisions(tenants),
        _assessment(tenants),
        _processors(installed, tenants),
        _abroad(installed, tenants),
        _security(installed, tenants),
        _labels(installed),
        _redaction(installed),
        _notice(tenants),
        _employees(tenants),
        _training(tenants),
        _proof(tenants),
    ]


def _judged(name: str, found: str, remedy: str, *, faults: Sequence[str] = (), open_: Sequence[str] = ()) -> Duty:
    """The duty's line: broken where there are faults, with what is open beside them; otherwise open, or as found."""
    broken, undone = [fault for fault in faults if fault], [each for each in open_ if each]
    if broken or undone:
        return Duty(name, "fail" if broken else "attention", "; ".join([*broken, *undone]), remedy)
    return Duty(name, "ok", found)


def _sum(tenants: Sequence[TenantFacts], name: str) -> int:
    return sum(int(getattr(tenant, name)) for tenant in tenants)


def _consent(tenants: Sequence[TenantFacts]) -> Duty:
    bare, beyond = _sum(tenants, "processed_without_consent"), _sum(tenants, "kept_beyond_consent")
    unnamed = _sum(tenants, "consents_without_purposes")
    taken_for = "taken for recording, transcription and coaching, never training"
    return _judged(
        "Lawful basis and consent before processing (PIPL 14, 15, 17)",
        "nothing is kept of a visit whose consent is missing, ended or withdrawn, nor for a purpose it does not cover",
        "withdraw them (DELETE /v1/visits/{id}/consent) or send their consent with the visit, naming its `purposes`",
        faults=[
            f"{bare} visits hold words or audio without a consent that stands" if bare else "",
            f"{beyond} visits hold audio or coaching that their consent does not cover" if beyond else "",
        ],
        open_=[f"{unnamed} consents name no purposes: {taken_for}" if unnamed else ""],
    )


def _sensitive(installed: Installed) -> Duty:
    wanted = {"id_card", "bank_card", "phone", "address", "health", "minor", "location"}
    missing = sorted(wanted - set(installed.kinds_masked))
    return _judged(
        "Sensitive data: marked and masked, no voiceprints (PIPL 28, 29, 31)",
        f"no voiceprint is stored; masked: {', '.join(installed.kinds_masked)}; what is missed: models/masking",
        "install the masking of this version again",
        faults=[f"not masked: {', '.join(missing)}" if missing else ""],
    )


def _unswept(tenant: TenantFacts) -> bool:
    """Whether a tenant should have been swept and was not; where nothing is a day old, nothing had to be."""
    last = tenant.swept_hours_ago if tenant.swept_hours_ago is not None else tenant.first_visit_hours_ago
    return last is not None and last > SWEPT_WITHIN_H


def _retention(tenants: Sequence[TenantFacts]) -> Duty:
    late = [tenant.tenant_id for tenant in tenants if _unswept(tenant)]
    overdue = {kind: sum(tenant.overdue.get(kind, 0) for tenant in tenants) for kind in ("audio", "transcript")}
    longer = [f"{tenant.tenant_id}: {', '.join(tenant.longer_than_default)}" for tenant in tenants
              if tenant.longer_than_default]  # fmt: skip
    return _judged(
        "Shortest retention (PIPL 6, 19)",
        "whatever is older than a day was swept in the last one, and nothing is past its time",
        "start `fieldcue serve` or `fieldcue runner`: the sweep is one of their chores",
        faults=[
            f"not swept in the last day: {', '.join(late)}" if late else "",
            *(f"{count} {kind} rows are past their time" for kind, count in overdue.items() if count),
            f"kept longer than the defaults: {'; '.join(longer)}" if longer else "",
        ],
    )


def _erasure(installed: Installed, tenants: Sequence[TenantFacts]) -> Duty:
    unfinished, without = _sum(tenants, "unfinished_erasures"), _sum(tenants, "stones_without_effect")
    return _judged(
        "Erasure everywhere, with a receipt (PIPL 47; GDPR 17)",
        "all receipts are finished, and nothing erased has come back",
        "run `fieldcue privacy reapply`, then ask for the unfinished erasures again",
        faults=[
            "" if installed.ledger_readable else "the ledger of erasures cannot be read",
            f"{unfinished} erasures were broken off" if unfinished else "",
            f"{without} erased subjects are in the database again" if without else "",
        ],
    )


def _access(tenants: Sequence[TenantFacts]) -> Duty:
    mute = [tenant.tenant_id for tenant in tenants if not tenant.exportable]
    late = [f"{each.tenant_id} ({each.requests_overdue})" for each in tenants if each.requests_overdue]
    soon = _sum(tenants, "requests_due_soon")
    return _judged(
        "Access, copy, correction (PIPL 44 to 46; GDPR 15, 16, 20)",
        "a copy of the newest visit of every tenant can be made; transcripts are corrected with their history; "
        "no request that was written down is overdue",
        "close what `fieldcue privacy requests` lists; for a copy see the error of `fieldcue privacy export`",
        faults=[
            f"no copy can be made for: {', '.join(mute)}" if mute else "",
            f"requests of people are overdue: {', '.join(late)}" if late else "",
        ],
        open_=[f"{soon} requests of people are due within three working days" if soon else ""],
    )


def _decisions(tenants: Sequence[TenantFacts]) -> Duty:
    bare, own = _sum(tenants, "findings_without_reason"), _sum(tenants, "scores_reviewed_by_self")
    open_hr = [tenant for tenant in tenants if tenant.hr_endpoints and not tenant.coaching_only]
    barred, waiting = (
        _sum([each for each in tenants if each.coaching_only], "hr_endpoints"),
        _sum(open_hr, "scores_unreviewed"),
    )
    return _judged(
        "Automated decisions explained and contestable (PIPL 24; GDPR 22)",
        "findings of the newest analyses show quote, detector, version and reasons; appeals are open; receivers and "
        "reads for decisions about people get no score of a rep that no person reviewed",
        "analyse visits without reasons again; let somebody who leads the rep review last month's values (POST "
        "/v1/reps/{id}/skills/review); remove `hr` endpoints where the rule is `coaching_only`",
        faults=[
            f"{bare} findings of the newest analyses have no quote or reason" if bare else "",
            f"{own} reviews of scores were given by the rep themselves" if own else "",
        ],
        open_=[
            f"last month's values of {waiting} reps wait for review; no `hr` receiver gets them" if waiting else "",
            f"{barred} `hr` endpoints stand though the rule is `coaching_only`; they get no scores" if barred else "",
        ],
    )


def _assessment(tenants: Sequence[TenantFacts]) -> Duty:
    name = "Impact assessment before sensitive data, kept three years (PIPL 55, 56)"
    if not any(tenant.first_visit_hours_ago is not None for tenant in tenants):
        return Duty(name, "not_required", "no visit is stored yet; have it done before the first one")

    def named(what: str) -> str:
        each = ((tenant.tenant_id, getattr(tenant, what)) for tenant in tenants)
        return "; ".join(f"{tenant_id}: {', '.join(found)}" for tenant_id, found in each if found)

    touched, missing, changed = _sum(tenants, "assessments_touched"), named("unassessed"), named("assessed_otherwise")
    return _judged(
        name,
        f"approved, and what is done is still what they say: {named('assessed')}",
        "POST /v1/privacy/assessments makes a version of what is done now; let counsel finish its text, and approve it "
        "(`…/approve`); `fieldcue privacy record` prints it and what changed",
        faults=[f"{touched} versions were changed since they were made" if touched else ""],
        open_=[
            f"no version was approved: {missing}" if missing else "",
            f"done otherwise than approved: {changed}" if changed else "",
        ],
    )


def _processors(installed: Installed, tenants: Sequence[TenantFacts]) -> Duty:
    name = "Entrusted processing: a register of who gets what (PIPL 21, 23; GDPR 28)"
    missing = sorted({host for tenant in tenants for host in tenant.unregistered})
    sent = any(tenant.endpoints for tenant in tenants) or installed.llm_host or installed.speech_host
    if not sent and not missing:
        return Duty(name, "not_required", "nothing is sent to anybody: no webhook, language model or remote speech")
    said = f"receivers without an entry: {', '.join(missing)}" if missing else ""
    return _judged(
        name,
        "every receiver has name, region, purpose, fields and contract",
        "PUT /v1/privacy/processors for each of them; FIELDCUE_PRIVACY__REQUIRE_PROCESSORS=true blocks the others",
        faults=[said if installed.processors_required else ""],
        open_=[said if not installed.processors_required else ""],
    )


def _abroad(installed: Installed, tenants: Sequence[TenantFacts]) -> Duty:
    abroad = sorted({host for tenant in tenants for host in tenant.abroad})
    unplaced = sorted({host for tenant in tenants for host in tenant.transfers.unplaced})
    regions = ", ".join([installed.region, *installed.regions])
    unknown = f"nobody told where these lie: {', '.join(unplaced)}" if unplaced else ""
    return _judged(
        "Cross-border: another region needs separate consent (PIPL 39)",
        f"no registered receiver lies outside {regions}; {_counted(tenants)}",
        "remove them, or name their regions in FIELDCUE_PRIVACY__REGIONS once consent and notice cover it; register "
        "those without a region; have counsel file what a threshold asks for (`fieldcue privacy transfers`)",
        faults=[f"outside {regions}: {', '.join(abroad)}" if abroad else ""],
        open_=[*_reached(installed, tenants), unknown],
    )


def _counted(tenants: Sequence[TenantFacts]) -> str:
    persons = sum(tenant.transfers.persons for tenant in tenants)
    return f"this year {persons} persons were in what was sent to other regions"


def _reached(installed: Installed, tenants: Sequence[TenantFacts]) -> list[str]:
    """Every threshold that a tenant's count has reached, with both numbers."""
    return [
        f"{tenant.tenant_id}: {each.counted} persons in what went abroad this year reach `{each.name}` ({each.limit})"
        for tenant in tenants
        for each in thresholds_of(tenant.transfers, installed.transfer_limits)
        if each.reached
    ]


def _security(installed: Installed, tenants: Sequence[TenantFacts]) -> Duty:
    plain, texts = _sum(tenants, "plain_blobs"), _sum(tenants, "plain_texts")
    beside = "the generated key lies in the data directory: whoever copies all of it can read what it seals"
    return _judged(
        "Security measures and breach handling (PIPL 51, 57; GDPR 32 to 34)",
        f"{_sum(tenants, 'sealed_blobs')} recordings and all texts sealed; breach scope: `fieldcue privacy breach`",
        "give FIELDCUE_STORAGE__SECRET_KEY from a secret store, keep encryption on, let the runner seal the rest",
        faults=[
            "" if installed.encrypts_at_rest else "audio and texts are not encrypted",
            f"{plain} recordings are not encrypted yet" if plain else "",
            f"{texts} texts are not encrypted yet" if texts else "",
            "links in messages are not https" if installed.public_url.startswith("http://") else "",
        ],
        open_=["" if installed.key_outside_database else beside],
    )


def _labels(installed: Installed) -> Duty:
    return _judged(
        "Labels on AI content, visible and in metadata (GB 45438)",
        f"every analysis says: {installed.notice}",
        "install this version again",
        faults=["" if installed.notice else "analyses carry no notice"],
    )


def _redaction(installed: Installed) -> Duty:
    return _judged(
        "Redaction before webhooks and language models",
        "events and prompts are masked; unmasked texts and recordings need `personal:read` and are written down; "
        "others hear recordings with a tone over what is masked",
        "set FIELDCUE_PRIVACY__MASK_EVENTS=true",
        faults=[
            "" if installed.masks_events else "webhooks carry unmasked words",
            "" if installed.masks_for_llm or not installed.llm_host else "the language model is sent unmasked words",
        ],
    )


def _notice(tenants: Sequence[TenantFacts]) -> Duty:
    bare, unproven = _sum(tenants, "consents_without_notice"), _sum(tenants, "notices_without_hash")
    held = _sum(tenants, "unverified")
    return _judged(
        "Recording notice: which text, when, how",
        "every consent that stands names the notice that was given, and the hash of its text; a notice that has to be "
        "heard is listened for in the first two minutes",
        "send `notice_version` and `notice_sha256` with the consent of a visit, and keep the text they stand for; "
        "confirm or withdraw what is held (GET /v1/visits?unverified=true)",
        open_=[
            f"{bare} consents do not say which notice was given" if bare else "",
            f"{unproven} consents name a notice without the hash of its text" if unproven else "",
            f"{held} visits are held: no notice was heard, and nobody has decided" if held else "",
        ],
    )


def _employees(tenants: Sequence[TenantFacts]) -> Duty:
    without = [each.tenant_id for each in tenants if not each.people and each.first_visit_hours_ago is not None]
    open_ = f"reps are in visits, but nobody is registered, so every key sees all of them: {', '.join(without)}"
    return _judged(
        "Employees are data subjects: who may see whom",
        f"people and roles decide who sees whom; {_sum(tenants, 'reads_written')} reads are written down",
        "PUT /v1/people with team and role of everybody",
        open_=[open_ if without else ""],
    )


def _training(tenants: Sequence[TenantFacts]) -> Duty:
    may, no_more = _sum(tenants, "trainable"), _sum(tenants, "untrained")
    return Duty(
        "No training by default",
        "ok",
        "no model learns by itself: training is a command, over what an operator names, and takes only visits whose "
        f"consent names it: {may} here, and {no_more} of which it was withdrawn; the order of hints follows the "
        "tenant's own feedback and nobody else's",
    )


def _proof(tenants: Sequence[TenantFacts]) -> Duty:
    broken = [f"{tenant.tenant_id} ({tenant.trail_breaks})" for tenant in tenants if tenant.trail_breaks]
    return _judged(
        "Proof: an audit trail that holds",
        f"{_sum(tenants, 'trail_rows')} rows, every one follows the one before it",
        "see `fieldcue privacy audit --tenant T` for the rows, and restore them from a backup",
        faults=[f"rows were edited, deleted or moved: {', '.join(broken)}" if broken else ""],
    )
