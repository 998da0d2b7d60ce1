"""One file per schema change, numbered; none is edited after a release."""
