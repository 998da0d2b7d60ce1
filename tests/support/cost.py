"""What a call costs in processor time: the bound that the bad-input table sets for nonsense."""

import time
from collections.abc import Callable


def cpu_ms(call: Callable[[], object], *, tries: int = 5) -> float:
    """Milliseconds of processor time over all threads, the least of `tries`: others on the machine do not count."""
    call()  # what is loaded or compiled once is not the input's fault
    spent = []
    for _ in range(tries):
        start = time.process_time()
        call()
        spent.append(time.process_time() - start)
    return min(spent) * 1_000
