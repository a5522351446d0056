"""Notices to people of the OPD: what they say, when they are due, and how they are delivered."""
