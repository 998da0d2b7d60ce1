"""Language models behind OpenAI-compatible endpoints, and the templates they are asked with."""
