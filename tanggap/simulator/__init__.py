"""Kota Sukamaju on loopback: a seeded world that speaks the wire formats of the networks."""
