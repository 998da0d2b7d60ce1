"""How many runs of each queue one runner process works on at a time.

Invariant: a queue has slots of its own, so that none of them waits for what another is slow at.
"""

from collections.abc import Collection

from service.domain.stages import Queue

FETCH_SLOTS = 2


def slots_of(*, slots: int, llm_slots: int, queues: Collection[Queue]) -> dict[Queue, int]:
    """The slots of the queues that this process serves.

    Args:
        slots: for work on texts. Speech has one: a second transcription would only share the first one's cores.
        queues: empty for all.
    """
    all_slots: dict[Queue, int] = {"fast": slots, "asr": 1, "llm": llm_slots, "io": FETCH_SLOTS}
    return {queue: count for queue, count in all_slots.items() if not queues or queue in queues}
