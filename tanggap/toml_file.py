"""Read a TOML file into a frozen pydantic model, or say all that is wrong with it at once."""

import difflib
import tomllib
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tanggap.errors import ConfigError


class Table(BaseModel):
    """A table of a config file: unknown keys are errors, nothing can change later."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


T = TypeVar("T", bound=Table)

Texts = Annotated[tuple[str, ...], Field(strict=False)]
"""A TOML array of texts (strict mode would refuse the list that the parser gives)."""


def read_toml(path: Path, model: type[T]) -> T:
    """Return the file as `model`; raise ConfigError naming file, key and remedy."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as exc:
        raise ConfigError(f"{path}: berkas tidak ada; buat dengan `tanggap init`") from exc
    except OSError as exc:
        raise ConfigError(f"{path}: tidak dapat dibaca ({exc.strerror})") from exc
    except UnicodeDecodeError as exc:
        raise ConfigError(f"{path}: bukan teks UTF-8 (byte {exc.start})") from exc
    except tomllib.TOMLDecodeError as exc:
        raise ConfigError(f"{path}: bukan TOML yang sah: {exc}") from exc
    try:
        return model.model_validate(data)
    except ValidationError as exc:
        raise ConfigError(*(_line(path, model, error) for error in exc.errors())) from exc


def _line(path: Path, model: type[BaseModel], error: Any) -> str:
    location = [str(part) for part in error["loc"]]
    key = ".".join(location)
    kind = error["type"]
    if kind == "extra_forbidden":
        near = difflib.get_close_matches(location[-1], _keys_at(model, location[:-1]), n=1)
        hint = f"; mungkin maksudnya `{near[0]}`" if near else "; hapus kunci ini"
        return f"{path}: kunci `{key}` tidak dikenal{hint}"
    if kind == "missing":
        return f"{path}: kunci `{key}` wajib diisi"
    if kind == "value_error":
        where = f"`{key}`: " if key else ""
        return f"{path}: {where}{error['ctx']['error']}"
    return f"{path}: `{key}` bernilai {error['input']!r}: {_WANTED.get(kind, error['msg'])}"


_WANTED = {
    "string_type": 'harus teks dalam tanda kutip, misalnya "nilai"',
    "int_type": "harus bilangan bulat tanpa tanda kutip",
    "float_type": "harus bilangan tanpa tanda kutip",
    "bool_type": "harus true atau false tanpa tanda kutip",
    "list_type": 'harus daftar, misalnya ["a", "b"]',
    "tuple_type": 'harus daftar, misalnya ["a", "b"]',
    "dict_type": "harus tabel TOML",
}


def _keys_at(model: type[BaseModel], location: list[str]) -> list[str]:
    """Return the known keys of the table at `location` (dict keys and list indexes skipped)."""
    current: Any = model
    for part in location:
        if isinstance(current, type) and issubclass(current, BaseModel):
            field = current.model_fields.get(part)
            current = _table_in(field.annotation) if field else None
    if isinstance(current, type) and issubclass(current, BaseModel):
        return list(current.model_fields)
    return []


def _table_in(annotation: Any) -> Any:
    """Return the table type inside `X`, `X | None`, `tuple[X, ...]` or `dict[str, X]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in get_args(annotation):
        found = _table_in(argument)
        if found is not None:
            return found
    return None
