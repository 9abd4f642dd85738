"""Changes of what people write: mends of findings, one layout, promotions, and a start."""
