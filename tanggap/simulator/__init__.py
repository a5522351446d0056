"""Kota Sukamaju on loopback: a seeded world that speaks the wire formats of the networks."""

from tanggap.simulator.generator import generate_world, world_of_texts
from tanggap.simulator.server import Simulator
from tanggap.simulator.world import World

__all__ = ["Simulator", "World", "generate_world", "world_of_texts"]
