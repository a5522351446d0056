"""Text in, Decision out."""
