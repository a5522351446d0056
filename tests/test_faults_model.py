"""Faults of the classifier: a model that cannot be used (20), a text that it fails over (21)."""

import io
import json
import sqlite3
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
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
from hypothesis import given, settings
from hypothesis import strategies as st
from model_support import keep, packed, promote, unpack, variant

import daemon
from classifier import AnswerKinds, load, rules_only
from classifier.artefact import MODEL_FILE, WEIGHTS_FILE, read, read_packed, save
from classifier.decision import Classifier
from classifier.text import MAX_LENGTH
from tanggap.cli import cli
from tanggap.clock import Clock
from tanggap.errors import ModelError
from tanggap.mention import Decision, Mention
from tanggap.remedies import REMEDIES
from tanggap.simulator.server import Simulator
from tanggap.upkeep import model

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


def alarm_of_rules_alone(
    house: daemon.House, simulator: Simulator, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> str:
    """Collect once without a usable model: people decide all, nothing is lost; return the alarm."""
    (alarm,) = house.store.alarms()
    assert alarm.code == "model"
    assert "event=model_unusable mode=rules" in caplog.messages
    assert house.classifier.version == "rules"
    daemon.once(house)
    assert {status.state for status in statuses(house.store, clock).values()} == {"ok"}
    database = house.config.database_path
    routes = {kept.route for kept in kept_mentions(database).values() if kept.items}
    assert routes == {"triage"}
    assert judge(simulator, database, watched={"x": OPDS}).exact
    return alarm.detail


def line_of_check(path: Path) -> str:
    """Return what `tanggap check` says of the model."""
    checked = CliRunner().invoke(cli, ["--config", str(path), "check", "--offline"])
    (line,) = (line for line in checked.stdout.splitlines() if " model: " in line)
    return line


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
        assert str(folder) in alarm_of_rules_alone(house, simulator, clock, caplog)
    line = line_of_check(path)
    assert line.startswith("GAGAL")
    assert REMEDIES["model"].action in line
    # Mended, it is taken with the next reload, and the alarm goes.
    for name in (MODEL_FILE, WEIGHTS_FILE):
        if (folder / name).is_dir():
            (folder / name).rmdir()
        (folder / name).write_bytes((BASELINE / name).read_bytes())
    with open_install(path, clock) as house:
        assert house.store.alarms() == []


def zipped(**members: bytes) -> bytes:
    """Return a ZIP of these members; `__` in a name stands for a full stop, `_S_` for a slash."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("_S_", "/").replace("__", "."), content)
    return made.getvalue()


def repacked(harm: Callable[[Path], object]) -> bytes:
    """Return the packed variant with something done to its two files, whatever `pack` thinks."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        unpack(packed("lokal"), folder)
        harm(folder)
        return zipped(
            model__json=(folder / MODEL_FILE).read_bytes(),
            weights__npz=(folder / WEIGHTS_FILE).read_bytes(),
        )


def with_nan(folder: Path) -> None:
    """Have the weights hold what is no number, under a digest that agrees with them."""
    whole = read(folder)
    weights = whole.weights.copy()
    weights[7, 3] = float("nan")
    save(replace(whole, weights=weights), folder)


def without_idf(folder: Path) -> None:
    with np.load(folder / WEIGHTS_FILE) as arrays:
        left = {name: arrays[name] for name in arrays.files if name != "idf"}
    with (folder / WEIGHTS_FILE).open("wb") as file:
        np.savez_compressed(file, **left)


def claims_to_be_huge(folder: Path) -> None:
    """Have the weights be the head of an array that no machine could hold."""
    head = io.BytesIO()
    shape = {"descr": "<f2", "fortran_order": False, "shape": (10**9, 10**6)}
    np.lib.format.write_array_header_1_0(head, shape)
    content = zipped(weights__npy=head.getvalue(), idf__npy=b"", intercepts__npy=b"")
    (folder / WEIGHTS_FILE).write_bytes(content)


def pickled(folder: Path) -> None:
    """Have an array hold Python objects, which only a pickle can."""
    with (folder / WEIGHTS_FILE).open("wb") as file:
        odd = np.array([{"a": 1}], dtype=object)
        np.savez_compressed(file, weights=odd, intercepts=odd, idf=odd)


def flipped_in_the_middle() -> bytes:
    content = bytearray(packed("lokal"))
    content[len(content) // 2] ^= 0xFF
    return bytes(content)


PROMOTED: dict[str, tuple[Callable[[], bytes], str]] = {
    "not a package": (lambda: b"model", "rusak atau terpotong"),
    "cut off": (lambda: packed("lokal")[: len(packed("lokal")) // 2], "rusak atau terpotong"),
    "a byte changed": (flipped_in_the_middle, "rusak atau terpotong"),
    "a file too many": (
        lambda: zipped(model__json=b"{}", weights__npz=b"", ___S_passwd=b"root"),
        "bukan paket model",
    ),
    "wrong digest": (lambda: repacked(change(digest="0" * 64)), "sidik"),
    "newer format": (lambda: repacked(change(format=99)), "format 99 tidak dikenal"),
    "foreign labels": (lambda: repacked(change(sectors=["gosip"])), "tidak dikenal program ini"),
    "no thresholds": (lambda: repacked(change(thresholds={})), "tidak lengkap"),
    "a number beyond all bounds": (
        lambda: repacked(change(n_texts=10**400)),
        "sidik",
    ),
    "weights that are no numbers": (lambda: repacked(with_nan), "NaN"),
    "an array missing": (lambda: repacked(without_idf), "larik bobot kurang"),
    "an array without end": (lambda: repacked(claims_to_be_huge), "rusak"),
    "Python objects": (lambda: repacked(pickled), "rusak"),
    "another version's": (lambda: packed("lain"), "milik lain-"),
}


@pytest.mark.fault(20)
@pytest.mark.parametrize(("content", "why"), list(PROMOTED.values()), ids=list(PROMOTED))
def test_a_promoted_model_that_is_broken_is_an_alarm_and_a_rollback_mends_it(
    simulator: Simulator,
    clock: HandClock,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    content: Callable[[], bytes],
    why: str,
) -> None:
    path = write_config(tmp_path, simulator.address, *only_accounts(*OPDS))
    with open_install(path, clock) as house:
        crew = daemon.crew_of(house)
        sound = house.classifier.version
        version = keep(house.store, "lokal", clock.now(), content())
        promote(house.store, version, clock.now())
        daemon.keep_house(house, crew)  # the daemon is up, and finds it
        told = alarm_of_rules_alone(house, simulator, clock, caplog)
        assert version in told
        assert why in told
    line = line_of_check(path)
    assert line.startswith("GAGAL")
    assert why in line
    assert "tanggap tune rollback" in line
    with open_install(path, clock) as house:  # a start finds it as it was
        assert house.classifier.version == "rules"
        assert [alarm.code for alarm in house.store.alarms()] == ["model"]
        house.store.promote(None, version, "analis", "kembali", False, clock.now())
        daemon.keep_house(house, daemon.crew_of(house))
        assert house.classifier.version == sound
        assert house.store.alarms() == []


@pytest.mark.fault(20)
def test_a_promoted_model_whose_bytes_were_changed_in_the_database_is_an_alarm(
    clock: HandClock, tmp_path: Path
) -> None:
    path = write_config(tmp_path, "http://127.0.0.1:1", networks=())
    for sql in (
        "UPDATE model_bytes SET body = substr(body, 1, 4000)",
        "UPDATE model_bytes SET body = '***'",
        "DELETE FROM model_bytes",
    ):
        with open_install(path, clock) as house:
            if house.store.current_model() is None:
                keep(house.store, "lokal", clock.now())
                promote(house.store, variant("lokal").version, clock.now())
            with closing(sqlite3.connect(house.config.database_path)) as db, db:
                db.execute(sql)
        with open_install(path, clock) as house:
            assert house.classifier.version == "rules", sql
            (alarm,) = house.store.alarms()
            assert variant("lokal").version in alarm.detail
            keep(house.store, "lokal", clock.now())  # the same once more: whole again
        with open_install(path, clock) as house:
            assert house.classifier.version == variant("lokal").version
            assert house.store.alarms() == []


def header_of(text: str) -> Callable[[Path], object]:
    """Return a harm that puts more members into the JSON, as they are written."""

    def harm(folder: Path) -> None:
        whole = (folder / MODEL_FILE).read_text(encoding="utf-8").rstrip()
        (folder / MODEL_FILE).write_text(f"{whole[:-1]},{text}}}", encoding="utf-8")

    return harm


ODD_HEADERS = {
    "half a character": r'"name": "\ud800"',
    "a number of too many digits": f'"n_texts": {"9" * 5000}',
    "infinite": '"n_texts": Infinity',
    "a number for a list": '"vocabulary": {"word": 5, "char": [], "context": []}',
    "no calibration": '"calibration": []',
}


@pytest.mark.fault(20)
@pytest.mark.parametrize("text", list(ODD_HEADERS.values()), ids=list(ODD_HEADERS))
def test_an_odd_description_is_refused_in_one_line(text: str) -> None:
    refused(repacked(header_of(text)))


def refused(content: bytes) -> str:
    with pytest.raises(ModelError) as caught:
        read_packed(content)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def turned(content: bytes, at: int, bit: int) -> bytes:
    changed = bytearray(content)
    changed[at] ^= 1 << bit
    return bytes(changed)


@pytest.mark.fault(20)
@settings(max_examples=80, deadline=None, derandomize=True)
@given(at=st.integers(-330, 120), bit=st.integers(0, 7), inner=st.booleans())
def test_whatever_bit_of_the_package_is_turned_it_is_the_same_model_or_refused(
    at: int, bit: int, inner: bool
) -> None:
    """At its ends stand names, sizes, checksums, and by what means it is packed."""
    if inner:  # past the checksums of the outer package
        content = repacked(
            lambda folder: (folder / WEIGHTS_FILE).write_bytes(
                turned((folder / WEIGHTS_FILE).read_bytes(), at, bit)
            )
        )
    else:
        content = turned(packed("lokal"), at, bit)
    try:
        found = read_packed(content)
    except ModelError:
        return
    assert found.version == variant("lokal").version


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
    def poisoned(folder: Path, policy: object, answers: AnswerKinds | None) -> Classifier:
        sound = load(folder, policy, answers)  # type: ignore[arg-type]
        sound.__class__ = Poisoned
        return sound

    monkeypatch.setattr(Poisoned, "error", error)
    monkeypatch.setattr(model, "load", poisoned)
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
