"""Text as it is before any meaning: words, sentences, script, numbers, and where a quote stands; offsets never move."""
