"""Faults of the classifier: a model that cannot be used (20), a text that it fails over (21)."""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from classifier_support import BASELINE
from click.testing import CliRunner
from daemon_support import (
    START,
    TOKEN,
    HandClock,
    four_hours_of_x,
    judge,
    kept_mentions,
    only_accounts,
    open_install,
    statuses,
    write_config,
)

import daemon
from classifier import load, rules_only
from classifier.artefact import MODEL_FILE, WEIGHTS_FILE
from classifier.decision import Classifier
from classifier.text import MAX_LENGTH
from tanggap.cli import cli
from tanggap.clock import Clock
from tanggap.mention import Decision, Mention
from tanggap.remedies import REMEDIES
from tanggap.simulator.server import Simulator

OPDS = ("pemkot", "dpupr", "dishub")


@pytest.fixture
def clock() -> HandClock:
    return HandClock(START + timedelta(hours=4))


@pytest.fixture
def simulator(clock: HandClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    monkeypatch.setenv("TANGGAP_X_BEARER_TOKEN", TOKEN)
    with four_hours_of_x(clock) as running:
        yield running


def header(folder: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((folder / MODEL_FILE).read_text(encoding="utf-8"))
    return found


def change(**values: object) -> Callable[[Path], object]:
    return lambda folder: (folder / MODEL_FILE).write_text(json.dumps({**header(folder), **values}))


def half(name: str) -> Callable[[Path], object]:
    def cut(folder: Path) -> None:
        whole = (folder / name).read_bytes()
        (folder / name).write_bytes(whole[: len(whole) // 2])

    return cut


def flipped(name: str) -> Callable[[Path], object]:
    def flip(folder: Path) -> None:
        content = bytearray((folder / name).read_bytes())
        content[len(content) // 2] ^= 0xFF
        (folder / name).write_bytes(bytes(content))

    return flip


def is_folder(folder: Path) -> None:
    (folder / WEIGHTS_FILE).unlink()
    (folder / WEIGHTS_FILE).mkdir()


BROKEN: dict[str, Callable[[Path], object]] = {
    "no description": lambda folder: (folder / MODEL_FILE).unlink(),
    "no weights": lambda folder: (folder / WEIGHTS_FILE).unlink(),
    "description cut off": half(MODEL_FILE),
    "weights cut off": half(WEIGHTS_FILE),
    "weights empty": lambda folder: (folder / WEIGHTS_FILE).write_bytes(b""),
    "weights flipped": flipped(WEIGHTS_FILE),
    "a pickle in its place": lambda folder: (folder / WEIGHTS_FILE).write_bytes(b"\x80\x04K\x01."),
    "wrong digest": change(digest="0" * 64),
    "newer format": change(format=99),
    "foreign labels": change(jenis=["gosip", "rumor"]),
    "no thresholds": change(thresholds={}),
    "a folder for the weights": is_folder,
    "not JSON": lambda folder: (folder / MODEL_FILE).write_text("model"),
}


@pytest.mark.fault(20)
@pytest.mark.parametrize("harm", list(BROKEN.values()), ids=list(BROKEN))
def test_with_a_broken_model_the_daemon_collects_and_people_decide(
    simulator: Simulator,
    clock: HandClock,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    harm: Callable[[Path], object],
) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    for name in (MODEL_FILE, WEIGHTS_FILE):
        (folder / name).write_bytes((BASELINE / name).read_bytes())
    harm(folder)
    path = write_config(
        tmp_path,
        simulator.address,
        *only_accounts(*OPDS),
        ('model = "baseline"', f'model = "{folder}"'),
    )
    with open_install(path, clock) as house:
        (alarm,) = house.store.alarms()
        assert alarm.code == "model"
        assert str(folder) in alarm.detail
        assert "event=model_unusable mode=rules" in caplog.messages
        assert house.classifier.version == "rules"
        daemon.once(house)
        assert {status.state for status in statuses(house.store, clock).values()} == {"ok"}
        database = house.config.database_path
    routes = {kept.route for kept in kept_mentions(database).values() if kept.items}
    assert routes == {"triage"}
    assert judge(simulator, database, watched={"x": OPDS}).exact
    checked = CliRunner().invoke(cli, ["--config", str(path), "check", "--offline"])
    (line,) = (line for line in checked.stdout.splitlines() if " model: " in line)
    assert line.startswith("GAGAL")
    assert REMEDIES["model"].action in line
    # Mended, it is taken with the next reload, and the alarm goes.
    for name in (MODEL_FILE, WEIGHTS_FILE):
        if (folder / name).is_dir():
            (folder / name).rmdir()
        (folder / name).write_bytes((BASELINE / name).read_bytes())
    with open_install(path, clock) as house:
        assert house.store.alarms() == []


class Poisoned(Classifier):
    """The shipped classifier with a mistake: some texts bring it down."""

    error: type[BaseException] = ZeroDivisionError
    poison = "belatung"

    def _decide(self, mentions: Sequence[Mention]) -> list[Decision]:
        if any(self.poison in mention.text.lower() for mention in mentions):
            raise self.error("racun")
        return super()._decide(mentions)


@pytest.mark.fault(21)
@pytest.mark.parametrize(
    "error", [ZeroDivisionError, IndexError, KeyError, RecursionError, MemoryError, ValueError]
)
def test_a_text_that_the_classifier_fails_over_goes_to_a_person_and_the_others_go_on(
    simulator: Simulator,
    clock: HandClock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: type[Exception],
) -> None:
    def poisoned(folder: Path, policy: object) -> Classifier:
        sound = load(folder, policy)  # type: ignore[arg-type]
        sound.__class__ = Poisoned
        return sound

    monkeypatch.setattr(Poisoned, "error", error)
    monkeypatch.setattr(daemon, "load", poisoned)
    path = write_config(tmp_path, simulator.address, *only_accounts(*OPDS))
    with open_install(path, clock) as house:
        daemon.once(house)
        assert {status.state for status in statuses(house.store, clock).values()} == {"ok"}
        database = house.config.database_path
    kept = kept_mentions(database)
    struck = {key for key, one in kept.items() if Poisoned.poison in one.text.lower()}
    assert struck
    assert {kept[key].route for key in struck if kept[key].items} == {"triage"}
    assert {one.route for key, one in kept.items() if key not in struck} >= {"queue", "aside"}
    told = [line for line in caplog.messages if line.startswith("event=undecidable")]
    assert {line.partition("network_id=")[2].split()[0] for line in told} == {
        identity for _, identity in struck
    }
    assert all(f"error={error.__name__}" in line for line in told)
    assert "racun" not in caplog.text
    assert judge(simulator, database, watched={"x": OPDS}).exact


@pytest.mark.fault(21)
def test_what_ends_a_process_is_no_mistake_over_a_text(
    simulator: Simulator, clock: HandClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_config(tmp_path, simulator.address, *only_accounts("dpupr"))
    with open_install(path, clock) as house:
        classifier = rules_only(house.config.policy)
        classifier.__class__ = Poisoned
        now = house.now()
        monkeypatch.setattr(Poisoned, "error", KeyboardInterrupt)
        with pytest.raises(KeyboardInterrupt):
            classifier.decide(
                [
                    Mention(
                        network="x",
                        network_id="1",
                        kind="mention",
                        text="belatung",
                        posted_at=now,
                        seen_at=now,
                        revision="1",
                    )
                ]
            )


@pytest.mark.fault(21)
@pytest.mark.parametrize("piece", ["jalan rusak ", "a", "@a ", "#", "jl. ", "http://", "1", "é́"])
def test_of_the_longest_text_only_a_bounded_part_is_read(piece: str) -> None:
    """What takes no time that grows with the text cannot hang: a decision is the same."""
    from importlib.resources import files

    from tanggap.policy import load_policy

    policy = load_policy(Path(str(files("tanggap.examples"))) / "sukamaju-policy.toml")
    classifier = load(BASELINE, policy)
    now = Clock().now()

    def decided(length: int) -> Decision:
        text = (piece * (length // len(piece) + 1))[:length]
        mention = Mention("x", "1", "mention", text, now, now, revision="1")
        (decision,) = classifier.decide([mention])
        return decision

    assert decided(MAX_LENGTH) == decided(1_000_000)
