"""The review desk: one module per page."""
