"""Transcribers that run somewhere else and are reached over the network."""
