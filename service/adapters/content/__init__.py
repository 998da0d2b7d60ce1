"""Reads the files that experts own (`prompts/`) into the closed schemas of `service/domain/content/`."""
