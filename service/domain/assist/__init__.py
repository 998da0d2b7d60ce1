"""What a language model may add to an analysis, and what is checked before any of it is kept."""
