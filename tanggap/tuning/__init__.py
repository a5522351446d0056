"""The analyst's loop: evaluate, train, compare."""
