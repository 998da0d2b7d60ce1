"""Promises that take long to prove: each module proves one, in minutes by hand and in seconds in the test suite."""
