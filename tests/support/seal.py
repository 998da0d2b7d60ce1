"""The installation's key in tests: 32 bytes in base64, as `FIELDCUE_STORAGE__SECRET_KEY` takes it."""

SEAL_TEXT = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
SEAL = SEAL_TEXT.encode()
