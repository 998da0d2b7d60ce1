"""What a sales manager may change: closed schemas for the files under `prompts/`, one module a kind."""
