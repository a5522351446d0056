"""Lays out days in the life of Kota Sukamaju: who posts what, when, and when it can be seen.

The same seed and numbers give the same world, so that a restarted simulator shows it again.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from tanggap.clock import Clock
from tanggap.policy import Policy
from tanggap.simulator.page_story import PageStory
from tanggap.simulator.texts import Bank, Line, packaged_bank
from tanggap.simulator.world import NetworkName, World
from tanggap.simulator.x_story import XStory

SHARES: dict[NetworkName, float] = {"x": 0.4, "facebook": 0.35, "instagram": 0.25}
"""How the citizens of a city spread over the networks."""


def generate_city(
    seed: int,
    start: datetime,
    hours: float,
    mentions: int,
    *,
    accounts: int = 300,
    clock: Clock | None = None,
    policy: Policy | None = None,
    bank: Bank | None = None,
    guests: bool = False,
) -> tuple[World, ...]:
    """Return one world per network, with `mentions` citizens' posts in all (see SHARES).

    The rest is as with generate_world.
    """
    clock = clock or Clock()
    bank = bank or packaged_bank()
    return tuple(
        generate_world(
            seed + position,
            start,
            hours,
            round(mentions * share),
            accounts=accounts,
            clock=clock,
            policy=policy,
            bank=bank,
            network=network,
            guests=guests,
        )
        for position, (network, share) in enumerate(SHARES.items())
    )


def generate_world(
    seed: int,
    start: datetime,
    hours: float,
    mentions: int,
    *,
    accounts: int = 300,
    clock: Clock | None = None,
    policy: Policy | None = None,
    bank: Bank | None = None,
    network: NetworkName = "x",
    guests: bool = False,
) -> World:
    """Return a world in which `mentions` citizens' posts fall into `hours` from `start` on.

    Announcements and answers of the city's accounts, and what citizens say to the answers, come
    on top. `guests`: the city's accounts also answer on each other's pages (Facebook, Instagram);
    an install that does not know them all takes such an answer for a citizen's comment.
    """
    world = World(clock, policy, network)
    kind = XStory if network == "x" else PageStory
    story = kind(world, seed, start, timedelta(hours=hours), bank or packaged_bank())
    story.settle(accounts)
    story.announce()
    story.let_them_speak(mentions)
    story.let_the_city_answer(guests=guests)
    return world


def world_of_texts(
    lines: Sequence[Line],
    seed: int,
    start: datetime,
    hours: float,
    *,
    accounts: int = 300,
    clock: Clock | None = None,
    policy: Policy | None = None,
) -> World:
    """Return a world in which each line is posted once, in their order, evenly over the span.

    A line that addresses nobody, or an account that the city does not have, goes to the umbrella
    account.
    """
    world = World(clock, policy)
    story = XStory(world, seed, start, timedelta(hours=hours), Bank({}, {}, {}))
    story.settle(accounts)
    story.read_out(lines)
    return world
