"""Read a TOML file into a frozen pydantic model, or say all that is wrong with it at once."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from datetime import time
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tanggap.errors import ConfigError
from tanggap.near_words import nearest
from tanggap.reasons import reason
from tanggap.toml_words import toml_problem


class Table(BaseModel):
    """A table of a config file: unknown keys are errors, nothing can change later."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


T = TypeVar("T", bound=Table)
NOWHERE: Mapping[str, str] = MappingProxyType({})

Texts = Annotated[tuple[str, ...], Field(strict=False)]
"""A TOML array of texts (strict mode would refuse the list that the parser gives)."""


def read_toml(path: Path, model: type[T], elsewhere: Mapping[str, str] = NOWHERE) -> T:
    """Return the file as `model`; raise ConfigError naming file, key and remedy."""
    return as_model(path, parse_toml(path), model, elsewhere)


def parse_toml(path: Path) -> dict[str, Any]:
    """Return the file as plain data; raise ConfigError when it cannot be read at all."""
    text = ""
    try:
        text = path.read_text(encoding="utf-8-sig")
        return tomllib.loads(text)
    except FileNotFoundError as exc:
        raise ConfigError(
            f"{path}: berkas tidak ada; periksa namanya, atau buat dengan `tanggap init`"
        ) from exc
    except IsADirectoryError as exc:
        raise ConfigError(f"{path}: ini folder; sebut berkas TOML di dalamnya") from exc
    except OSError as exc:
        raise ConfigError(
            f"{path}: tidak dapat dibaca ({reason(exc)}); periksa izin berkas"
        ) from exc
    except UnicodeDecodeError as exc:
        raise ConfigError(
            f"{path}: bukan teks UTF-8 (byte {exc.start}); simpan ulang sebagai UTF-8"
        ) from exc
    except tomllib.TOMLDecodeError as exc:
        raise ConfigError(f"{path}: {toml_problem(str(exc), text)}") from exc


def as_model(
    path: Path, data: dict[str, Any], model: type[T], elsewhere: Mapping[str, str] = NOWHERE
) -> T:
    """Return what `parse_toml` read as `model`; raise ConfigError with every problem in it.

    `elsewhere`: tables that belong into another file, to what it is called.
    """
    try:
        return model.model_validate(data)
    except ValidationError as exc:
        raise ConfigError(
            *(line for error in exc.errors() for line in _lines(path, model, error, elsewhere))
        ) from exc


def all_wrong(problems: list[str]) -> ValueError:
    """Return the error with which a validator reports several problems as a line each."""
    return ValueError("\n".join(problems))


def unknown(word: str, known: Iterable[str]) -> str:
    """Return the words for a name that is not known, with the nearest right one."""
    return f"tidak dikenal{nearest(word, known) or '; hapus'}"


def choose(word: str, known: Iterable[str]) -> str:
    """Return the words for a value that is none of a few, with the nearest one or all of them."""
    names = list(known)
    among = f"; pilih dari {', '.join(names)}"
    return f"tidak dikenal{nearest(word, names) or among}"


def _lines(
    path: Path, model: type[BaseModel], error: Any, elsewhere: Mapping[str, str]
) -> Iterator[str]:
    location = [str(part) for part in error["loc"]]
    key = ".".join(location)
    kind = error["type"]
    if kind == "extra_forbidden":
        if _names_a_secret(location[-1]):
            hint = f"; rahasia tidak ditulis di sini, isi variabel TANGGAP_{_variable(location)}"
            yield f"{path}: kunci `{key}` ditolak{hint}"
            return
        if key in elsewhere:
            yield f"{path}: [{key}] bukan milik berkas ini; pindahkan ke {elsewhere[key]}"
            return
        yield f"{path}: kunci `{key}` {unknown(location[-1], _keys_at(model, location[:-1]))}"
    elif kind == "missing":
        yield f"{path}: kunci `{key}` wajib diisi"
    elif kind == "value_error":
        where = f"`{key}`: " if key else ""
        for problem in str(error["ctx"]["error"]).split("\n"):
            yield f"{path}: {where}{problem}"
    else:
        wanted = _brackets(model, location, error["input"]) or _wanted(kind, error)
        yield f"{path}: `{key}` bernilai {_shown(error['input'])}: {wanted}"


def _brackets(model: type[BaseModel], location: list[str], given: object) -> str:
    """Return what to write where [x] and [[x]] were mistaken for each other; "" elsewhere."""
    if len(location) != 1 or location[0] not in model.model_fields:
        return ""
    [name] = location
    annotation = model.model_fields[name].annotation
    table = _table_in(annotation)
    if table is None:
        return ""
    if isinstance(given, list) and (table is annotation or _is_optional(annotation)):
        return f"tulis [{name}] dengan satu kurung siku, sekali saja"
    if isinstance(given, dict) and get_origin(annotation) is tuple:
        needed = [key for key, field in table.model_fields.items() if field.is_required()]
        return (
            f"tulis [[{name}]] dengan dua kurung siku, sekali untuk tiap isinya, masing-masing "
            f"dengan {' dan '.join(needed)}"
        )
    return ""


def _wanted(kind: str, error: Any) -> str:
    if kind == "string_type" and isinstance(error["input"], time):
        return f'harus jam dalam tanda kutip: "{error["input"]:%H:%M}"'
    return _WANTED.get(kind, "nilainya tidak sah").format(**error.get("ctx", {}))


_WANTED = {
    "string_type": 'harus teks dalam tanda kutip, misalnya "nilai"',
    "int_type": "harus bilangan bulat tanpa tanda kutip",
    "int_from_float": "harus bilangan bulat",
    "float_type": "harus bilangan tanpa tanda kutip",
    "finite_number": "harus bilangan biasa, bukan inf atau nan",
    "bool_type": "harus true atau false tanpa tanda kutip",
    "list_type": 'harus daftar, misalnya ["a", "b"]',
    "tuple_type": 'harus daftar, misalnya ["a", "b"]',
    "dict_type": "harus tabel TOML",
    "model_type": "harus tabel TOML",
    "datetime_type": "harus tanggal dan waktu, misalnya 2026-11-02T08:00:00+07:00",
    "timezone_aware": "harus menyebut zona, misalnya 2026-11-02T08:00:00+07:00",
    "literal_error": "harus salah satu dari {expected}",
    "greater_than": "harus lebih dari {gt}",
    "greater_than_equal": "harus paling sedikit {ge}",
    "less_than_equal": "harus paling banyak {le}",
    "too_short": "harus berisi paling sedikit {min_length}",
    "string_too_short": "tidak boleh kosong",
    "string_too_long": "terlalu panjang; persingkat sampai paling banyak {max_length} huruf",
    "time_type": "harus jam tanpa tanda kutip, misalnya 08:00:00",
    "date_type": "harus tanggal tanpa tanda kutip, misalnya 2026-11-02",
}


def _shown(value: object) -> str:
    """Return a value as people may see it: a text may be a secret in the wrong place."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, str):
        return "teks"
    if isinstance(value, list):
        return "daftar"
    return "tabel" if isinstance(value, dict) else "waktu atau tanggal"


_WITH_META_TOKEN = ("meta", "facebook", "instagram")


def _variable(location: list[str]) -> str:
    """Return what the secret is called in the environment that somebody wrote at `location`."""
    if location[:2] == ["web", "oidc"]:
        return "OIDC_SECRET"
    return "META_TOKEN" if location[0] in _WITH_META_TOKEN else "X_BEARER_TOKEN"


def _names_a_secret(key: str) -> bool:
    return any(word in key.lower() for word in ("token", "secret", "password", "rahasia", "sandi"))


def _keys_at(model: type[BaseModel], location: list[str]) -> list[str]:
    """Return the known keys of the table at `location` (dict keys and list indexes skipped)."""
    table: type[BaseModel] = model
    parts = iter(location)
    for part in parts:
        annotation = table.model_fields[part].annotation
        inner = _table_in(annotation)
        if inner is None:
            return []
        if inner is not annotation and not _is_optional(annotation):
            next(parts, None)  # the key or index inside `dict[str, X]` or `tuple[X, ...]`
        table = inner
    return list(table.model_fields)


def _is_optional(annotation: Any) -> bool:
    return type(None) in get_args(annotation)


def _table_in(annotation: Any) -> type[BaseModel] | None:
    """Return the table type inside `X`, `X | None`, `tuple[X, ...]` or `dict[str, X]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in get_args(annotation):
        found = _table_in(argument)
        if found is not None:
            return found
    return None
