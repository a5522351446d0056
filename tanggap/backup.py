"""The file of a backup: one tar that any system can open, and that is believed only when whole.

    tanggap.db.gz    an SQLite database with Tanggap's own schema, whatever it was copied from
    manifest.json    what the database must hold: counts and digests of each table, no secrets
    seal.json        the manifest's digest, and with a key its HMAC

Every byte of the file is accounted for: the headers are made again and compared, the rest has
digests. That finds damage. Somebody who rewrites a backup can rewrite its digests too: only a key
(`TANGGAP_BACKUP_KEY`), kept elsewhere, shows that. Nothing here knows SQL.
"""

import hashlib
import hmac
import json
import tarfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from tanggap.clock import from_text, to_text
from tanggap.errors import InputError
from tanggap.reasons import reason

FORMAT = 1
DATABASE, MANIFEST, SEAL = "tanggap.db.gz", "manifest.json", "seal.json"
_BLOCK = tarfile.BLOCKSIZE
_END = bytes(2 * _BLOCK)
_CHUNK = 1 << 20
_GZIP = 16 + zlib.MAX_WBITS
_LEVEL = 6
_SMALL = 1 << 20
"""More than manifest or seal can need."""
_PURPOSE = b"tanggap backup manifest\0"


Progress = Callable[[str, int], None]
"""Told what is worked on (a table; empty: the whole file) and how much of it is done; may raise to
give up."""


def carry_on(what: str, done: int) -> None:
    """Go on: the `Progress` of a caller that never gives up."""


@dataclass(frozen=True, slots=True)
class Bytes:
    """Length and SHA-256 (hexadecimal) of a run of bytes."""

    length: int
    sha256: str


@dataclass(frozen=True, slots=True)
class TableContent:
    """Number of rows of a table, and the SHA-256 over all of them in the order of their keys."""

    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself."""

    made_at: datetime
    program: str
    """Version of the Tanggap that made it."""
    city: str
    origin: str
    """Kind of database that it was copied from: `sqlite` or `postgresql`."""
    steps: tuple[str, ...]
    """Steps of the schema that are done, in their order."""
    tables: Mapping[str, TableContent]
    unpacked: Bytes
    packed: Bytes

    @property
    def rows(self) -> int:
        """Rows of all tables together."""
        return sum(table.rows for table in self.tables.values())


def digest_of(path: Path) -> Bytes:
    """Return length and digest of a file."""
    seen, length = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            seen.update(chunk)
            length += len(chunk)
    return Bytes(length, seen.hexdigest())


def pack(
    database: Path,
    target: Path,
    describe: Callable[[Bytes, Bytes], Manifest],
    key: str,
    progress: Progress,
) -> Manifest:
    """Write a backup into the empty file `target`; return its manifest.

    `describe` gets what was read of the database and what was packed. `progress` is
    told of every megabyte. An empty `key` leaves the HMAC out. Raise OSError.
    """
    unpacked, packed = _Counted(), _Counted()
    squeeze = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    with database.open("rb") as source, target.open("r+b") as file:
        file.write(bytes(_BLOCK))
        while chunk := source.read(_CHUNK):
            progress("", unpacked.length)
            unpacked.add(chunk)
            file.write(packed.add(squeeze.compress(chunk)))
        file.write(packed.add(squeeze.flush()))
        manifest = describe(unpacked.total(), packed.total())
        body = _manifest_bytes(manifest)
        seal = _seal_bytes(body, key)
        file.write(bytes(-packed.length % _BLOCK))
        for name, content in ((MANIFEST, body), (SEAL, seal)):
            file.write(_header(name, len(content), manifest.made_at))
            file.write(content + bytes(-len(content) % _BLOCK))
        file.write(_END)
        file.seek(0)
        file.write(_header(DATABASE, packed.length, manifest.made_at))
    return manifest


def unpack(path: Path, target: BinaryIO | None, key: str) -> Manifest:
    """Write the database of a backup into `target` (None: only look); return its manifest.

    Raise InputError with one line when the file is not a whole backup, or when there is a `key`
    and its HMAC is missing or another. What was written to `target` until then is worth nothing.
    """
    try:
        with path.open("rb") as file:
            return _unpack(_Copy(path, file), target, key)
    except OSError as exc:
        raise InputError(f"cadangan {path} tidak dapat dibaca: {reason(exc)}") from exc


def manifest_of(path: Path) -> Manifest:
    """Return what a backup says of itself; nothing of it is checked. Raise InputError, OSError."""
    with path.open("rb") as file:
        copy = _Copy(path, file)
        return _manifest_from(copy, copy.content(copy.members()[1]))


def is_sealed(path: Path) -> bool:
    """Whether a backup that was unpacked without a key has an HMAC."""
    with path.open("rb") as file:
        copy = _Copy(path, file)
        seal = copy.members()[2]
        return bool(json.loads(copy.content(seal))["hmac_sha256"])


def _unpack(copy: "_Copy", target: BinaryIO | None, key: str) -> Manifest:
    database, described, sealed = copy.members()
    body = copy.content(described)
    _check_seal(copy, body, copy.content(sealed), key)
    manifest = _manifest_from(copy, body)
    copy.check_frame(manifest)
    if manifest.packed.length != database.size:
        raise copy.damaged("panjang isinya lain dari yang tertulis")
    unpacked = _Counted()
    for chunk in _inflated(copy, database, manifest):
        unpacked.add(chunk)
        if target is not None:
            target.write(chunk)
    if unpacked.total() != manifest.unpacked:
        raise copy.damaged("isinya lain dari yang tertulis")
    return manifest


def _inflated(copy: "_Copy", member: "_Member", manifest: Manifest) -> Iterator[bytes]:
    """Yield the database; never more of it than the manifest says."""
    packed, expand = _Counted(), zlib.decompressobj(_GZIP)
    left = manifest.unpacked.length
    try:
        for chunk in copy.read(member):
            pending = packed.add(chunk)
            while pending and not expand.eof:
                out = expand.decompress(pending, _CHUNK)
                left -= len(out)
                if left < 0:
                    raise copy.damaged("isinya lebih panjang dari yang tertulis")
                yield out
                pending = expand.unconsumed_tail
            if expand.unused_data or pending:
                raise copy.damaged("ada sisa di belakang isinya")
    except zlib.error as exc:
        raise copy.damaged("isinya tidak dapat dibuka") from exc
    if packed.total() != manifest.packed or not expand.eof:
        raise copy.damaged("isinya berubah")


class _Counted:
    """Length and digest of bytes that pass by."""

    def __init__(self) -> None:
        self.length = 0
        self._seen = hashlib.sha256()

    def add(self, chunk: bytes) -> bytes:
        self.length += len(chunk)
        self._seen.update(chunk)
        return chunk

    def total(self) -> Bytes:
        return Bytes(self.length, self._seen.hexdigest())


@dataclass(frozen=True, slots=True)
class _Member:
    name: str
    start: int
    size: int


class _Copy:
    """A backup that is being read and is not believed yet."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self.path = path
        self._file = file
        self.length = path.stat().st_size

    def members(self) -> tuple[_Member, _Member, _Member]:
        """Return where the three parts lie; raise InputError when the file cannot hold them."""
        if self.length == 0:
            raise InputError(f"cadangan {self.path} kosong (0 byte); pakai salinan lain")
        first = self._member(DATABASE, 0)
        second = self._member(MANIFEST, _after(first))
        third = self._member(SEAL, _after(second))
        if self.length != _after(third) + len(_END):
            raise (
                self.cut_off()
                if self.length < _after(third) + len(_END)
                else self.damaged("ada sisa di belakang penutupnya")
            )
        return first, second, third

    def content(self, member: _Member) -> bytes:
        """Return one of the small parts."""
        if member.size > _SMALL:
            raise self.damaged(f"{member.name} terlalu panjang")
        self._file.seek(member.start)
        return self._file.read(member.size)

    def read(self, member: _Member) -> Iterator[bytes]:
        """Yield a part in chunks."""
        self._file.seek(member.start)
        left = member.size
        while left > 0:
            chunk = self._file.read(min(left, _CHUNK))
            if not chunk:
                raise self.cut_off()
            left -= len(chunk)
            yield chunk

    def check_frame(self, manifest: Manifest) -> None:
        """Raise InputError unless headers, padding and end are byte for byte as we write them."""
        for member in self.members():
            self._file.seek(member.start - _BLOCK)
            header = self._file.read(_BLOCK)
            self._file.seek(member.start + member.size)
            padding = self._file.read(-member.size % _BLOCK)
            if header != _header(member.name, member.size, manifest.made_at) or any(padding):
                raise self.damaged(f"bingkai {member.name} berubah")
        if self._file.seek(self.length - len(_END)) and self._file.read() != _END:
            raise self.damaged("penutupnya berubah")

    def damaged(self, why: str) -> InputError:
        """Return the error that tells what is wrong."""
        return InputError(f"cadangan {self.path} rusak ({why}); pakai salinan lain")

    def cut_off(self) -> InputError:
        """Return the error for a file that ends too early."""
        return InputError(
            f"cadangan {self.path} terpotong ({self.length} byte); salin ulang seluruhnya"
        )

    def _member(self, name: str, at: int) -> _Member:
        self._file.seek(at)
        header = self._file.read(_BLOCK)
        if len(header) < _BLOCK:
            # The start of our first header is enough to know one of ours.
            known = at > 0 or header.startswith(name.encode()[: len(header)])
            raise self.cut_off() if known else self._foreign()
        try:
            info = tarfile.TarInfo.frombuf(header, "utf-8", "strict")
        except (tarfile.HeaderError, ValueError) as exc:
            raise self.damaged(f"bingkai {name} berubah") if at else self._foreign() from exc
        if info.name != name or info.size < 0:
            raise self.damaged(f"{name} tidak ada") if at else self._foreign()
        if at + _BLOCK + info.size > self.length:
            raise self.cut_off()
        return _Member(name, at + _BLOCK, info.size)

    def _foreign(self) -> InputError:
        return InputError(f"{self.path} bukan cadangan Tanggap, atau permulaannya rusak")


def _after(member: _Member) -> int:
    return member.start + member.size + -member.size % _BLOCK


def _header(name: str, size: int, made_at: datetime) -> bytes:
    info = tarfile.TarInfo(name)
    info.size = size
    info.mode = 0o600
    info.mtime = int(made_at.timestamp())
    return info.tobuf(tarfile.GNU_FORMAT)


def _seal_bytes(manifest: bytes, key: str) -> bytes:
    plain = hashlib.sha256(manifest).hexdigest()
    keyed = hmac.digest(key.encode(), _PURPOSE + manifest, "sha256").hex() if key else ""
    return _seal_text(plain, keyed)


def _seal_text(plain: str, keyed: str) -> bytes:
    whole = hashlib.sha256(f"{plain} {keyed}".encode()).hexdigest()
    return json.dumps({"sha256": plain, "hmac_sha256": keyed, "seal_sha256": whole}).encode()


def _check_seal(copy: _Copy, manifest: bytes, seal: bytes, key: str) -> None:
    try:
        given = json.loads(seal)
        plain, keyed = given["sha256"], given["hmac_sha256"]
    except (ValueError, KeyError, TypeError) as exc:
        raise copy.damaged("segelnya tidak terbaca") from exc
    if not isinstance(keyed, str) or seal != _seal_text(plain, keyed):
        raise copy.damaged("segelnya berubah")
    if plain != hashlib.sha256(manifest).hexdigest():
        raise copy.damaged("keterangannya berubah")
    if not key:
        return
    if not keyed:
        raise InputError(
            f"cadangan {copy.path} tidak disegel dengan kunci, padahal TANGGAP_BACKUP_KEY diisi; "
            "pakai cadangan yang bersegel"
        )
    if not hmac.compare_digest(seal, _seal_bytes(manifest, key)):
        raise InputError(
            f"segel cadangan {copy.path} tidak cocok dengan TANGGAP_BACKUP_KEY: cadangan diubah "
            "orang, atau dibuat dengan kunci lain"
        )


def _manifest_bytes(manifest: Manifest) -> bytes:
    return json.dumps(
        {
            "format": FORMAT,
            "made_at": to_text(manifest.made_at),
            "program": manifest.program,
            "city": manifest.city,
            "origin": manifest.origin,
            "steps": list(manifest.steps),
            "tables": {
                name: {"rows": table.rows, "sha256": table.sha256}
                for name, table in manifest.tables.items()
            },
            "unpacked": {"bytes": manifest.unpacked.length, "sha256": manifest.unpacked.sha256},
            "packed": {"bytes": manifest.packed.length, "sha256": manifest.packed.sha256},
        },
        ensure_ascii=False,
        indent=1,
    ).encode()


def _manifest_from(copy: _Copy, body: bytes) -> Manifest:
    """Read what `_manifest_bytes` wrote; a newer Tanggap may have written another format."""
    try:
        values: Any = json.loads(body)
        if values["format"] != FORMAT:
            raise InputError(
                f"cadangan {copy.path} dibuat oleh Tanggap yang lebih baru; perbarui Tanggap"
            )
        return Manifest(
            made_at=from_text(values["made_at"]),
            program=str(values["program"]),
            city=str(values["city"]),
            origin=str(values["origin"]),
            steps=tuple(str(step) for step in values["steps"]),
            tables={
                str(name): TableContent(int(table["rows"]), str(table["sha256"]))
                for name, table in values["tables"].items()
            },
            unpacked=_bytes_from(values["unpacked"]),
            packed=_bytes_from(values["packed"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        raise copy.damaged("keterangannya tidak terbaca") from exc


def _bytes_from(values: Any) -> Bytes:
    return Bytes(int(values["bytes"]), str(values["sha256"]))
