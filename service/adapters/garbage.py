"""How often a process looks for garbage, decided once by each that serves or works."""

import gc

EVERY_ALLOCATIONS, EVERY_YOUNG, EVERY_MIDDLE = 50_000, 20, 100


def calm_garbage_collector() -> None:
    """Freeze what start-up built and collect less often: it was the p99 of triage and a tenth of an analysis."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(EVERY_ALLOCATIONS, EVERY_YOUNG, EVERY_MIDDLE)
