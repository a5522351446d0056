"""What the daemon looks after beside its sources."""
