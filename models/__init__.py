"""Trained artefacts (not database tables) and the corpus they are trained on; finds them only."""
