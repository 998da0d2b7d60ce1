"""Schema changes in order, additive, so that old and new code run side by side."""
