"""Masks what events carry before it is stored, so that no webhook, robot or reader of events gets it unmasked."""

from dataclasses import replace

from nlp.text.masked_document import mask_document
from nlp.text.masking import load_masker
from service.domain.delivery.deliveries import Event

NAMING = frozenset({"person.erased"})  # it has to say who


def mask_event(event: Event) -> Event:
    """The event with personal data as ＊."""
    if event.type in NAMING:
        return event
    return replace(event, data=mask_document(dict(event.data), load_masker()))
