"""X API v2 over the world."""
