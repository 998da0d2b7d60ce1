"""The privacy section: what people ask, what goes abroad, what was assessed, what waits for a person's word."""
