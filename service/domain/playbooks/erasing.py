"""Forgets what playbooks kept of one visit's words.

Invariant: afterwards no link holds its findings and no alert quotes it; that there was an alert, and what people did
about it, stays without the words. What a rule remembers of its causes are ids, which say nothing.
"""

from service.domain.playbooks.ports import PlaybookStore


def erase_playbooks(store: PlaybookStore, tenant_id: str, visit_id: str) -> int:
    """How many rows went or were emptied."""
    return store.links.erase_visit(tenant_id, visit_id) + store.alerts.erase_visit(tenant_id, visit_id)
