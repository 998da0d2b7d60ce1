"""From findings to hints, courses, briefings and skill reports."""
