"""An installation that fulfils every duty; a test changes only what it is about."""

from dataclasses import replace
from typing import Any

from service.domain.privacy.duties import Installed


def some_installation(**changes: Any) -> Installed:
    installed = Installed(
        key_outside_database=True,
        encrypts_at_rest=True,
        public_url="",
        masks_events=True,
        masks_for_llm=True,
        llm_host="",
        speech_host="",
        region="CN",
        processors_required=True,
        kinds_masked=("name", "phone", "id_card", "bank_card", "plate", "address", "health", "minor", "location"),
        ledger_readable=True,
        log_level="info",
        notice="本内容由模型生成",
    )
    return replace(installed, **changes)
