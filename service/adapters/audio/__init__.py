"""Untrusted media and heavy models, each in a process of its own that may die without taking anything with it."""
