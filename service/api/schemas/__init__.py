"""Bodies in (`*In`) and out (`*Out`), one module per resource."""
