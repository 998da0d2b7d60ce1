"""Every column that can hold text is sealed, or says here why not: a new one fails until somebody has decided."""

from collections.abc import Mapping

from sqlalchemy import JSON, LargeBinary, String, Table

from service.storage.sealed import SEALED
from service.storage.tables import TENANT_TABLES, metadata

REFERENCE = "an id or a key by which rows find each other; it is looked up, so that it must stand there as it is"
LABEL = "one of a closed list of words of this service: a state, a kind, a code"
HASH = "a digest or a signature"
PLACE = "where bytes lie: made up by this service"
FIGURES = "numbers and moments"
PROOF = "proof that must be read after the tenant's keys are destroyed; it repeats nothing of what was said"
DECIDED = "what the tenant's administrators decided or called something; no customer's words"
SECRET = "encrypted by the installation's key (`secret_box`), which is needed before the tenant is known"

EVERYWHERE: Mapping[str, str] = {
    **dict.fromkeys(
        ("id", "tenant_id", "key_id", "visit_id", "rep_id", "account_id", "opportunity_id", "external_id",
         "recording_id", "entity_id", "subject_id", "event_id", "endpoint_id", "delivery_id", "alert_id",
         "finding_id", "hint_id", "target_id", "proof_id", "person_id", "owner_id", "receipt_id", "row_id", "run_id"),
        REFERENCE,
    ),
    **dict.fromkeys(("state", "kind", "subject_kind", "entity_kind", "type", "verdict", "role"), LABEL),
    **dict.fromkeys(("sha256", "secret_sha256", "hash", "previous", "digest", "input_hash", "request_hash"), HASH),
    **dict.fromkeys(("blob", "part"), PLACE),
    **dict.fromkeys(("owner", "writer"), "the process that works on it"),
    "source": "a word of this service, or the address of the system that sent it",
    "secrets_encrypted": SECRET,
}  # fmt: skip
"""Names that mean the same wherever they stand."""

WHY_NOT: Mapping[str, Mapping[str, str]] = {
    "visit": {
        **dict.fromkeys(("industry", "channel", "stage", "timezone", "purposes"), LABEL),
        "dialect": "one of a closed list of codes that the CRM names and the report by group counts by: whole regions "
                   "speak each, and it says nothing of what was said; it goes with its visit",
    },
    "recording": {"detail_code": LABEL},
    "stage_run": {"stage": LABEL, "queue": LABEL, "progress": FIGURES, "error_code": LABEL},
    "stage_checkpoint": {"key": "the number of a window"},
    "analysis": {"codes": "labels it names, by which it is searched; they say nothing of what was said"},
    "llm_call": {"model": "the model's name"},
    "skill_observation": {"skill": LABEL, "rule": LABEL},
    "hint": {"card": LABEL, "action": LABEL, "status": LABEL},
    "hint_feedback": {"card": LABEL, "action": LABEL, "reason": LABEL, "outcome": LABEL, "features": FIGURES},
    "course_assignment": {"course": LABEL, "skill": LABEL, "decided_by": REFERENCE, "replaced_by": REFERENCE},
    "debrief": {"confirmed_by": REFERENCE},
    "label": {"code": LABEL, "should_be": LABEL, "span": FIGURES, "model": "the model's name", "by": REFERENCE},
    "appeal": {"subject": LABEL, "skill": LABEL, "ruled_by": REFERENCE, "observations": REFERENCE, "figures": LABEL},
    "score_review": {"reviewed_by": REFERENCE, "month": FIGURES},
    "person": {"team": "the name of a department, which pages select by"},
    "crm_source": {"description": DECIDED},
    "crm_decision": {"subject": REFERENCE, "key": "what makes the cause one of a kind: a day, a node, an id"},
    "playbook_watch": {"memory": "ids and digests of causes with their moments; see `running.memory_to_json`"},
    "alert": {
        **dict.fromkeys(("rule_id", "handed_to"), REFERENCE),
        "rule_version": HASH, "cause": HASH, "severity": LABEL,
        "recipients": "ids and roles of those who are told", "links": "addresses inside this service, made of ids",
    },
    "playbook_decision": {"rule_id": REFERENCE, "ended_by": REFERENCE},
    "playbook_version": {"rule_id": REFERENCE, "author": REFERENCE},
    "content_version": {"item_id": REFERENCE, "author": REFERENCE},
    "webhook_endpoint": {
        **dict.fromkeys(("event_types", "payload", "purpose"), LABEL),
        "challenge": "random, and forgotten when it is repeated",
        "disabled_reason": "written by this service: how many tries failed since when",
    },
    "robot": {"key": HASH, "sent": FIGURES},
    "api_key": {"scopes": LABEL, "label": DECIDED},
    "idempotency_key": {"route": "method and path", "key": "the caller's random key", "fingerprint": HASH},
    "fair_share": {"queue": LABEL, "tenant_key": REFERENCE},
    "tick": {"name": LABEL},
    "speech_choice": {"engine": LABEL, "model": "the model's name"},
    "audit": dict.fromkeys(("actor", "action", "object", "why", "detail"), PROOF),
    "audit_head": {"first_previous": HASH},
    "legal_hold": dict.fromkeys(("ref", "reason", "placed_by"), PROOF),
    "erasure_receipt": dict.fromkeys(("stone", "asked_by", "reason", "counts"), PROOF),
    "subject_request": {
        **dict.fromkeys(("channel", "time"), LABEL), **dict.fromkeys(("recorded_by", "closed_by"), REFERENCE),
        "reason": PROOF,
    },
    "request_terms": {"time": LABEL},
    "transferred_person": {
        "subject": "a digest under a key outside the database", "host": DECIDED, "region": DECIDED, "year": FIGURES,
    },
    "assessment": {
        "document": PROOF, "text": PROOF, "author": REFERENCE, "approved_by": REFERENCE,
    },
    "transfer_tally": {"host": DECIDED, "region": DECIDED, "year": FIGURES},
    "privacy_rules": {"notice": LABEL},
    "processor": dict.fromkeys(("host", "name", "region", "purpose", "fields", "contract_ref"), DECIDED),
}  # fmt: skip


def texts_of(table: Table) -> set[str]:
    """Columns that could hold words, whatever they are called."""
    return {column.name for column in table.columns if isinstance(column.type, String | JSON | LargeBinary)}


def undecided() -> dict[str, list[str]]:
    found = {}
    for table in metadata.sorted_tables:
        decided = {*SEALED.get(table.name, ()), *EVERYWHERE, *WHY_NOT.get(table.name, {})}
        found[table.name] = sorted(texts_of(table) - decided)
    return {name: columns for name, columns in found.items() if columns}


def test_every_column_that_can_hold_words_is_sealed_or_says_why_not() -> None:
    assert undecided() == {}, "seal it (service/storage/sealed.py) or give the reason here"


def test_no_column_is_sealed_and_excused_at_once_and_no_excuse_is_left_over() -> None:
    for name, reasons in WHY_NOT.items():
        assert set(reasons) <= texts_of(metadata.tables[name]), name
        assert not set(reasons) & set(SEALED.get(name, ())), name
        assert all(reasons.values()), name
        assert not set(reasons) & set(EVERYWHERE), f"{name}: {set(reasons) & set(EVERYWHERE)} is said for all tables"


def test_what_is_sealed_has_an_owner() -> None:
    """Without a tenant there would be no key to seal it by; such a table may hold nothing of anybody."""
    assert set(SEALED) <= TENANT_TABLES
    assert {table.name for table in metadata.sorted_tables} - TENANT_TABLES == {"robot", "fair_share", "tick"}
