"""What happened, told to webhook endpoints and chat robots."""
