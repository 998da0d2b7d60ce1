"""Long load on a real installation: memory, throughput, many clients at once, fair shares."""
