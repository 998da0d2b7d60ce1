"""What the CRM told us: its events, the state they add up to, and what sales operations read out of both."""
