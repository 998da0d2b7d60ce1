"""The labelled conversations and their checker."""
