"""The trainer's console: pages for reps, trainers, managers and executives, each within their own scope."""
