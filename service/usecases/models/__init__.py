"""Which models are in use, what they learn from and how they fare."""
