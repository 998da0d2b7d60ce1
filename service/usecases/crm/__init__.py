"""The CRM's world: its events, deals, metrics, plans, people and reports."""
