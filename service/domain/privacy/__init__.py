"""What a tenant owes the people it talks about: rules, duties, requests, transfers, the audit trail, erasure."""
