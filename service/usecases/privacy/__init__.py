"""Consent, erasure, copies, retention, the audit trail and what proves them."""
