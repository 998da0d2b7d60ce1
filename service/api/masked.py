"""What a key may see of people's words: coaching quotes them everywhere, so every answer of it goes through here."""

import orjson

from nlp.text.masked_document import mask_document
from service.api.rendering import json_bytes
from service.domain.access import Principal
from service.usecases.services import Services
from service.usecases.visits.show_masked import SCOPE


def shown(services: Services, caller: Principal, value: object) -> bytes:
    """The answer's JSON; names, numbers and addresses in it are ＊ for a key without `personal:read`."""
    plain = json_bytes(value)
    return plain if caller.may(SCOPE) else json_bytes(mask_document(orjson.loads(plain), services.masker))
