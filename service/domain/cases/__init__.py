"""Runs the cases inside content files: what happened goes in, the figures that the file promises come out."""
