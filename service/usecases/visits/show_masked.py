"""Which view of a visit's words a caller gets: masked, or unmasked for those who may see persons; both written down.

Invariant: nobody without `personal:read` gets an unmasked word; every reading is in the audit trail.
"""

from service.domain.access import Principal
from service.domain.errors import Forbidden
from service.usecases.privacy.keep_audit import actor_of, note_read
from service.usecases.services import Services

SCOPE = "personal:read"


def choose_view(caller: Principal, masked: bool | None) -> bool:
    """Whether the caller gets the masked view: what was asked for, or the fullest that its key may see.

    Raises:
        Forbidden: unmasked was asked for, and the key lacks the scope (`scope_missing`).
    """
    if masked is False and not caller.may(SCOPE):
        raise Forbidden(f"unmasked texts need the scope {SCOPE}", code="scope_missing")
    return not caller.may(SCOPE) if masked is None else masked


def note_view(services: Services, caller: Principal, action: str, visit_id: str, *, masked: bool) -> None:
    """Write that the words of a visit were read, and in which view."""
    view = "masked" if masked else "unmasked"
    actor = actor_of(caller)
    note_read(services, caller.tenant_id, actor, action, f"visit:{visit_id}:{view}", visit_id=visit_id)
