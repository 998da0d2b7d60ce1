"""Rules and other content a tenant owns, and the alerts they raise."""
