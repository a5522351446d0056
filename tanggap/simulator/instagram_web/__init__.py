"""Instagram's web site and app, as far as instaloader asks them."""
