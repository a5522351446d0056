"""Write the catalogues of the desk's other languages anew: what is said now, and what it is called.

    python tools/catalogue.py           # make catalogue: new messages come in, old ones go
    python tools/catalogue.py --check   # change nothing, say what is missing or left over

A message is what a template or a module passes through `_()`, and what stands in the modules that
hold words only, whose readers pass it through.
"""

import argparse
import ast
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "tanggap"
FOLDER = PACKAGE / "catalogues"
WORDS = (
    *("web/words.py", "web/answer_words.py", "web/analysis_words.py", "web/sso_words.py"),
    *("advice_words.py", "alarm_words.py", "notice_words.py"),
    *("remedies.py", "sectors.py", "reach.py"),
)
"""Modules whose texts are words for people, translated where they are shown."""
NO_WORDS = frozenset({"STOP_WORDS", "UNSURE_RULES", "NOT_HURRIED"})
"""What stands in them for other reasons."""
KEYWORDS = {"_": (1,), "gettext": (1,), "ngettext": (1, 2), "Column": (2,)}
"""Which arguments of a call are messages; a column of a file has its caption second."""
TEMPLATES = {"trim_blocks": "true", "lstrip_blocks": "true", "newstyle_gettext": "false"}

Message = str | tuple[str, str]


def messages() -> dict[Message, list[str]]:
    """Return all that is said, each with the files that say it, in the order of the files."""
    found: dict[Message, list[str]] = {}
    for path in sorted([*PACKAGE.rglob("*.html"), *PACKAGE.rglob("*.py")]):
        name = path.relative_to(PACKAGE).as_posix()
        for message in _said_in(path, name):
            places = found.setdefault(message, [])
            if name not in places:
                places.append(name)
    return found


def _said_in(path: Path, name: str) -> Iterator[Message]:
    method = "jinja2" if path.suffix == ".html" else "python"
    with path.open("rb") as file:
        for _, message, _, _ in extract(method, file, KEYWORDS, options=dict(TEMPLATES)):
            yield message if isinstance(message, str) else (message[0], message[1])
    if name in WORDS:
        yield from _words(ast.parse(path.read_text(encoding="utf-8"), name))


def _words(module: ast.Module) -> Iterator[str]:
    """Yield the texts of a module's constants: values, not the keys they stand under."""
    for statement in module.body:
        match statement:
            case ast.Assign(targets=[ast.Name(name)], value=value) if name not in NO_WORDS:
                yield from _texts(value)
            case ast.AnnAssign(target=ast.Name(name), value=ast.expr() as value):
                if name not in NO_WORDS:
                    yield from _texts(value)


def _texts(value: ast.expr) -> Iterator[str]:
    match value:
        case ast.Constant(value=str(text)) if any(letter.isalpha() for letter in text):
            if not text.startswith("/"):  # an address of the desk
                yield text
        case ast.BinOp(left=left, right=right):
            yield from (*_texts(left), *_texts(right))
        case ast.Dict(values=parts) | ast.Call(args=parts) | ast.Tuple(elts=parts):
            for part in parts:
                yield from _texts(part)


def renewed(language: str) -> Catalog:
    """Return a language's catalogue with the messages of now; a new one has no words yet."""
    path = FOLDER / f"{language}.po"
    known = read_po(BytesIO(path.read_bytes()), locale=language)
    fresh = Catalog(locale=language, project="Tanggap", charset="utf-8", fuzzy=False)
    for message, places in messages().items():
        before = known.get(message if isinstance(message, str) else message[0])
        if (clash := fresh.get(message if isinstance(message, str) else message[0])) is not None:
            sys.exit(f"{clash.id!r} is said both with a plural and without; say it with one")
        entry = fresh.add(message, locations=[(place, 0) for place in places])
        if before is not None and type(before.id) is type(entry.id):
            entry.string = before.string
    return fresh


def written(catalogue: Catalog) -> bytes:
    """Return a catalogue as its file stands: without dates, which say nothing that git does not."""
    text = BytesIO()
    write_po(text, catalogue, width=100, omit_header=True, sort_output=True, include_lineno=False)
    header = (
        b"# What the desk says in another language; `make catalogue` brings in what is new.\n"
        b'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        b'"Content-Transfer-Encoding: 8bit\\n"\n'
        b'"Plural-Forms: ' + catalogue.plural_forms.encode() + b'\\n"\n\n'
    )
    return header + text.getvalue()


def missing(catalogue: Catalog) -> list[str]:
    """Return the messages that have no words yet."""
    return [str(entry.id) for entry in catalogue if entry.id and not all(_strings(entry.string))]


def _strings(string: object) -> tuple[str, ...]:
    return tuple(string) if isinstance(string, (list, tuple)) else (str(string),)


def main() -> int:
    """Write or check every catalogue; return 1 where one is not what it should be."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="change nothing")
    check = parser.parse_args().check
    wrong = False
    for path in sorted(FOLDER.glob("*.po")):
        catalogue = renewed(path.stem)
        text = written(catalogue)
        if check and text != path.read_bytes():
            print(f"{path.name}: other messages than the desk says; run `make catalogue`")
            wrong = True
        elif not check:
            path.write_bytes(text)
        for message in missing(catalogue):
            print(f"{path.name}: no words for {message!r}")
            wrong = True
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main())
