"""Forgets what playbooks kept of one visit's words.

Invariant: afterwards no link holds its findings, no alert quotes it and no tag repeats it; that there was an alert or a
tag, and what people did about it, stays without the words. What a rule remembers of its causes are ids, which say
nothing.
"""

from dataclasses import replace

from service.domain.playbooks.alerts import Alert
from service.domain.playbooks.ports import PlaybookStore


def erase_playbooks(store: PlaybookStore, tenant_id: str, visit_id: str) -> list[Alert]:
    """The alerts that quoted the visit, as they were: what was sent of them repeats its words too."""
    quoting = store.alerts.quoting(tenant_id, visit_id)
    for alert in quoting:
        for decision in store.decisions.of_alert(tenant_id, alert.id):
            if decision.kind == "tag":  # the one decision that is worded; the others name stages, pools and numbers
                store.decisions.update(replace(decision, data=dict.fromkeys(decision.data, "")))
    store.links.erase_visit(tenant_id, visit_id)
    store.alerts.erase_visit(tenant_id, visit_id)
    return quoting
