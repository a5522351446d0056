"""The daemon reading Instagram without a token: whole days, and rests that restarts respect."""

from datetime import timedelta
from pathlib import Path

import pytest
from daemon_support import (
    TOKEN,
    HandClock,
    item_ids,
    only_accounts,
    open_install,
    statuses,
    stored,
    write_config,
    write_session,
)

import daemon
from tanggap.simulator import Simulator, World
from tanggap.simulator.faults import Fault

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
ACCOUNT = "inspektorat"


class Install:
    """A city on Instagram, and an install that reads one account of it."""

    def __init__(self, folder: Path) -> None:
        self.clock = HandClock()
        self.world = World(self.clock, network="instagram")  # type: ignore[arg-type]
        self.simulator = Simulator(self.world, clock=self.clock, token=TOKEN)  # type: ignore[arg-type]
        changes = only_accounts(ACCOUNT, network="instagram_web")
        address = self.simulator.address
        self.config = write_config(folder, address, *changes, networks=("instagram_web",))
        write_session(folder, self.simulator)

    def once(self) -> None:
        """Start a daemon, let it do what is due, and end it."""
        with open_install(self.config, self.clock) as house:
            daemon.once(house)

    def states(self) -> dict[str, tuple[str, str]]:
        """Return state and code of each source."""
        with open_install(self.config, self.clock) as house:
            found = statuses(house.store, self.clock)
        return {name: (one.state, one.code or one.held_code) for name, one in found.items()}

    def complain(self, number: int) -> None:
        """Let citizens comment on a new post and tag the account."""
        account = self.world.opd(ACCOUNT)
        at = self.clock.now() - MINUTE
        media = self.world.post(account, f"Pengumuman {number}", at=at)
        comment = self.world.reply("warga_a", media, "Ada pungli di kantor ini", at=at)
        self.world.answer(ACCOUNT, comment, "Kami tindak lanjuti", at=at)
        self.world.post("warga_b", f"Pungli lagi {number}", at=at, tagged=[account])

    def requests(self) -> int:
        return len(self.simulator.oracle.log())


@pytest.fixture
def install(tmp_path: Path) -> Install:
    return Install(tmp_path)


def test_a_day_of_polls_stores_everything_once_and_no_own_post_as_item(install: Install) -> None:
    with install.simulator:
        for number in range(8):
            install.complain(number)
            install.once()
            install.clock.advance(3 * HOUR + 15 * MINUTE)
        install.once()
        truth = install.simulator.truth("instagram_web")
        database = install.config.parent / "tanggap.db"
        found = stored(database)
        assert set(truth["addressed"][ACCOUNT]) <= set(found)
        assert set(found) <= set(truth["addressed"][ACCOUNT]) | set(truth["own"])
        assert not set(item_ids(database)) & set(truth["own"])
        assert install.states() == {
            f"instagram_web:{ACCOUNT}:media": ("ok", ""),
            f"instagram_web:{ACCOUNT}:tagged": ("ok", ""),
        }


@pytest.mark.slow
def test_twenty_restarts_ask_nothing_while_a_rest_lasts_and_the_rests_grow(
    install: Install,
) -> None:
    with install.simulator:
        install.simulator.faults.add(Fault("please_wait"))
        for hours in (1, 4, 12, 24):
            install.once()
            asked = install.requests()
            install.clock.advance(hours * HOUR - 21 * MINUTE)
            for _ in range(20):
                install.once()
                install.clock.advance(MINUTE)
            assert install.requests() == asked
            install.clock.advance(2 * MINUTE)
        install.simulator.faults.clear()
        install.complain(1)
        install.once()
        truth = install.simulator.truth("instagram_web")
        assert set(truth["addressed"][ACCOUNT]) <= set(stored(install.config.parent / "tanggap.db"))


@pytest.mark.parametrize(
    ("action", "code"),
    [
        ("checkpoint", "instagram_checkpoint"),
        ("login_redirect", "instagram_session"),
        ("stale_doc", "library_outdated"),
    ],
)
def test_what_only_a_person_can_mend_is_tried_once_a_day(
    install: Install, action: str, code: str
) -> None:
    with install.simulator:
        install.once()
        install.simulator.faults.add(Fault(action))
        install.clock.advance(4 * HOUR)
        install.once()
        asked = install.requests()
        for _ in range(23):
            install.clock.advance(HOUR)
            install.once()
        assert install.requests() == asked
        assert ("needs_human", code) in install.states().values()


def test_without_a_session_file_a_person_is_told_and_a_new_file_is_enough(
    install: Install,
) -> None:
    with install.simulator:
        session = install.config.parent / "instagram-session.json"
        kept = session.read_bytes()
        session.unlink()
        install.complain(1)
        install.once()
        assert install.requests() == 0
        assert ("needs_human", "instagram_session_missing") in install.states().values()
        session.write_bytes(kept)
        session.chmod(0o600)
        install.clock.advance(2 * HOUR)
        install.once()
        assert len(stored(install.config.parent / "tanggap.db")) == 4
