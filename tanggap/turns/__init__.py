"""A turn beside the fetching: who may go, what it may spend, how it ends, when the next one is."""
