"""What a rep is told and taught, and what trainers see of it: hints, courses, briefings, skill values, reviews."""
