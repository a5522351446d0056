"""Every code that the program can show has words, and the words help."""

import ast
import re
from pathlib import Path

import pytest

from tanggap.remedies import REMEDIES, Remedy, remedy

ROOT = Path(__file__).parent.parent
RAISED = {"CollectorError", "RateLimited", "Unavailable", "NotAuthorised", "UnexpectedResponse"}
ALARMS = {"raise_alarm", "clear_alarm"}


def codes_in_the_source() -> dict[str, str]:
    """Return each literal code given to a CollectorError or an alarm, with where it stands."""
    found: dict[str, str] = {}
    for top in ("collectors", "classifier", "tanggap", "daemon.py"):
        path = ROOT / top
        for file in [path] if path.is_file() else sorted(path.rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.Call) or not node.args:
                    continue
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                code = node.args[0]
                if (
                    name in RAISED | ALARMS
                    and isinstance(code, ast.Constant)
                    and isinstance(code.value, str)
                ):
                    found[code.value] = f"{file.relative_to(ROOT)}:{node.lineno}"
    return found


def test_every_code_that_the_program_raises_has_words() -> None:
    found = codes_in_the_source()
    assert found, "the search finds no codes any more"
    assert {code: place for code, place in found.items() if code not in REMEDIES} == {}


@pytest.mark.parametrize("code", list(REMEDIES))
def test_a_remedy_is_whole_indonesian_sentences(code: str) -> None:
    words = REMEDIES[code]
    assert re.fullmatch(r"[a-z][a-z0-9_]*", code)
    assert words.meaning.endswith(".")
    assert words.meaning[0].isupper()
    assert words.action == "" or words.action.endswith((".", '".'))
    assert not re.search(r"\b(the|please|error|failed|token is)\b", f"{words}", re.IGNORECASE)


def test_an_unknown_code_of_a_newer_database_is_shown_as_it_is() -> None:
    assert remedy("baru_sekali") == Remedy("baru_sekali", "")


def test_every_key_that_a_remedy_names_exists_in_the_example_config() -> None:
    example = (ROOT / "tanggap" / "examples" / "sukamaju.toml").read_text(encoding="utf-8")
    for words in REMEDIES.values():
        for table, key in re.findall(r"\b(x|daemon|classifier|web)\.(\w+)", words.action):
            part = example.partition(f"[{table}")[2]
            assert re.search(rf"^(\[{table}\.)?{key}\b", part, re.MULTILINE), f"{table}.{key}"
