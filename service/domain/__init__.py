"""What Fieldcue knows and decides, as values and pure functions; ports say what it needs from outside."""
