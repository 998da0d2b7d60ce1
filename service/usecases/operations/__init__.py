"""Admission, keys, runs and the periodic work that keeps an installation going."""
