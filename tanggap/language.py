"""In which language people read. Indonesian is the source; the catalogues beside hold the others.

A message is its own key, as with gettext: `_("Simpan")` is "Simpan" unless a request asked for
another language, and what a catalogue lacks stays Indonesian. Commands, logs and all that is kept
in the database never ask for another.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from io import BytesIO

SOURCE = "id"
LANGUAGES = {SOURCE: "Bahasa Indonesia", "en": "English"}
"""What each language is called in itself, by its code."""
_LOCALES = {"en": "en_GB"}
"""Where Babel's data for a language is of another country: days before months, 24 hours."""

_present: ContextVar[str] = ContextVar("language", default=SOURCE)


def present() -> str:
    """Return the code of the language that is read here and now."""
    return _present.get()


def locale() -> str:
    """Return whose dates and numbers are shown here and now, in Babel's spelling."""
    return _LOCALES.get(present(), present())


@contextmanager
def read_in(language: str) -> Iterator[None]:
    """Have all of this thread or task read in a language; an unknown one is the source."""
    before = _present.set(language if language in LANGUAGES else SOURCE)
    try:
        yield
    finally:
        _present.reset(before)


def gettext(message: str) -> str:
    """Return a message in the present language."""
    return _translations(present()).gettext(message) if message else ""


def ngettext(one: str, many: str, number: int) -> str:
    """Return the form of a message that fits a number, in the present language."""
    return _translations(present()).ngettext(one, many, number)


def load() -> None:
    """Read the catalogues now, not when the first request wants one."""
    for language in LANGUAGES:
        _translations(language)


@cache
def _translations(language: str) -> NullTranslations:
    """Return a language's catalogue, compiled as it is read: a file less that could be stale."""
    if language == SOURCE:
        return NullTranslations()
    # Imported where it is used: commands and the daemon never need it.
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    text = files("tanggap").joinpath("catalogues", f"{language}.po").read_bytes()
    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(text), locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)
