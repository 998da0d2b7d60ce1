"""Chat robots, one vendor a file: its limits, its bodies, its signature, and what its answers mean."""
