"""Kills parts of real installations at seeded moments under load, and checks what was promised (P1, P3, P13)."""
