"""Graph API v26.0 over the worlds of Facebook and Instagram."""
