"""What a disk holds after the power was cut: replayed from the system calls of a real run.

A run is recorded with strace: every write with its bytes, every sync, every change of a name. At
a cut, only what was synced is surely on the disk. Of what came after, each 512 bytes of a write,
each change of a length and each change of a name is there or not, as the dice fall.

Not covered: a disk that says it has synced and has not, sectors that a cut damages although
nobody wrote to them, and file systems that lose what was synced.
"""

import os
import random
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

CYCLE = Path(__file__).parent / "sweep_cycle.py"
SECTOR = 512
SHARED_MEMORY = 32768
CALLS = (
    *("openat", "pwrite64", "write", "lseek", "fdatasync", "fsync", "ftruncate"),
    *("unlink", "unlinkat", "link", "linkat", "rename"),
)


@dataclass(frozen=True)
class Step:
    """One system call on a folder's files, as far as the disk is concerned."""

    call: str
    name: str
    """Of the file in its folder; empty for the folder itself."""
    data: bytes = b""
    number: int = 0
    """Where a write goes, or a file's new length."""
    second: str = ""
    """The other name of a link or rename."""


@dataclass
class File:
    """What is synced of a file, and what was done to it since."""

    synced: bytes = b""
    since: list[Callable[[bytearray, random.Random], None]] = field(default_factory=list)
    whole: bytearray = field(default_factory=bytearray)
    """As processes see it."""

    def write(self, data: bytes, at: int) -> None:
        _put(self.whole, data, at)

        def torn(content: bytearray, dice: random.Random) -> None:
            fate = dice.random()
            start = 0
            while start < len(data):
                # Sectors are those of the disk, so a write that is not aligned has odd ends.
                end = min(len(data), start + SECTOR - (at + start) % SECTOR)
                if fate < 0.3 or (fate > 0.6 and dice.random() < 0.5):
                    _put(content, data[start:end], at + start)
                start = end

        self.since.append(torn)

    def truncate(self, length: int) -> None:
        _resize(self.whole, length)

        def maybe(content: bytearray, dice: random.Random) -> None:
            if dice.random() < 0.5:
                _resize(content, length)

        self.since.append(maybe)

    def sync(self) -> None:
        self.synced = bytes(self.whole)
        self.since.clear()

    def after_a_cut(self, dice: random.Random) -> bytes:
        content = bytearray(self.synced)
        for change in self.since:
            change(content, dice)
        return bytes(content)


class Disk:
    """A folder whose files are written, synced, named and renamed."""

    def __init__(self, folder: Path) -> None:
        """Begin with what a folder holds; all of it is synced."""
        self.names: dict[str, File] = {}
        for path in folder.iterdir():
            content = path.read_bytes()
            self.names[path.name] = File(content, whole=bytearray(content))
        self._synced_names = dict(self.names)

    def do(self, step: Step) -> None:
        if step.call == "openat":
            self.names.setdefault(step.name, File())
        elif step.call == "pwrite64":
            self.names[step.name].write(step.data, step.number)
        elif step.call == "ftruncate":
            self.names[step.name].truncate(step.number)
        elif step.call in ("fdatasync", "fsync") and step.name:
            self.names[step.name].sync()
        elif step.call in ("fdatasync", "fsync"):
            self._synced_names = dict(self.names)
        elif step.call == "unlink":
            self.names.pop(step.name)
        elif step.call == "link":
            self.names[step.second] = self.names[step.name]
        elif step.call == "rename":
            self.names[step.second] = self.names.pop(step.name)
        else:
            raise AssertionError(step.call)

    def after_a_cut(self, dice: random.Random, folder: Path) -> None:
        """Write what is left into an empty folder."""
        names = dict(self._synced_names)
        for name in sorted(self.names.keys() | names.keys()):
            if self.names.get(name) is not names.get(name) and dice.random() < 0.5:
                if name in self.names:
                    names[name] = self.names[name]
                else:
                    del names[name]
        for name, file in names.items():
            # SQLite's shared memory is no record of anything: nobody syncs it.
            lost = name.endswith("-shm")
            content = dice.randbytes(SHARED_MEMORY) if lost else file.after_a_cut(dice)
            (folder / name).write_bytes(content)


def record(database: Path, *arguments: str) -> list[Step]:
    """Run the cycle on a database; return what it did to the database's folder, and what it said.

    An acknowledgement is a Step `said`.
    """
    return record_command([sys.executable, str(CYCLE), str(database), *arguments], database.parent)


def record_command(command: Sequence[str], folder: Path) -> list[Step]:
    """Run a command; return what it did to the files of a folder, and what it said on stdout."""
    log = folder.parent / f"{folder.name}.strace"
    done = subprocess.run(
        ["strace", "-f", "-y", "-xx", "-s", "2000000", "-o", str(log),
         "-e", f"trace={','.join(CALLS)}", *command],
        env={name: value for name, value in os.environ.items() if not name.startswith("COV")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )  # fmt: skip
    assert "ptrace" not in done.stderr, f"this machine forbids strace: {done.stderr.strip()}"
    assert done.returncode == 0, done.stderr
    steps = list(_steps(log.read_text(encoding="ascii").splitlines(), folder))
    log.unlink()
    assert [step.data.decode() for step in steps if step.call == "said"] == done.stdout.splitlines(
        keepends=True
    )
    return steps


def _steps(lines: Sequence[str], folder: Path) -> Iterator[Step]:
    places: dict[str, int] = {}  # of what is written without one
    for line in lines:
        # As in: 7121 pwrite64(4<\x2f\x74>, "\x37\x7f", 2, 0) = 2
        found = re.match(r"\d+\s+(\w+)\((.*)\)\s+= (-?\d+)", line)
        if not found or found[3].startswith("-"):
            continue
        call, rest = found[1], found[2]
        texts = [_bytes(text) for text in re.findall(r'"((?:\\x[0-9a-f]{2})*)"', rest)]
        descriptor = re.match(r"\d+<((?:\\x[0-9a-f]{2})*)>", rest)
        at = _bytes(descriptor[1]).decode() if descriptor else ""
        numbers = re.findall(r", (\d+)(?=,|$)", rest)
        if call == "write" and rest.startswith("1<"):
            if texts[0]:
                yield Step("said", "", texts[0])
        elif call == "lseek":
            places[rest.partition(",")[0]] = int(found[3])
        elif call in ("pwrite64", "ftruncate", "fdatasync", "fsync", "write"):
            if at == str(folder):
                yield Step(call, "")
            elif Path(at).parent == folder:
                data = texts[0] if texts else b""
                if call == "write":  # goes where the last one ended
                    file = rest.partition(",")[0]
                    number = places.get(file, 0)
                    places[file] = number + int(found[3])
                    yield Step("pwrite64", Path(at).name, data[: int(found[3])], number)
                else:
                    yield Step(call, Path(at).name, data, int(numbers[-1]) if numbers else 0)
        else:
            paths = [Path(text.decode()) for text in texts]
            opened = re.search(r"= (\d+<[^>]*>)", line)
            if call == "openat" and opened:
                places[opened[1]] = 0
            if paths and paths[0].parent == folder and (call != "openat" or "O_CREAT" in rest):
                second = paths[1].name if len(paths) > 1 else ""
                yield Step(call.removesuffix("at") if call != "openat" else call, paths[0].name,
                           second=second)  # fmt: skip


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))


def _put(content: bytearray, data: bytes, at: int) -> None:
    if len(content) < at:
        content.extend(bytes(at - len(content)))
    content[at : at + len(data)] = data


def _resize(content: bytearray, length: int) -> None:
    del content[length:]
    content.extend(bytes(length - len(content)))
