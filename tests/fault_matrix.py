"""The list of provoked faults: what the marker `fault` claims, and docs/fault-matrix.md.

`python tests/fault_matrix.py` writes the page anew. The words of each row stand in
fault_matrix.toml; which tests provoke a fault is read from the tests themselves, so that the page
cannot name one that is not there.
"""

import ast
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

TESTS = Path(__file__).parent
PAGE = TESTS.parent / "docs/fault-matrix.md"
WORDS = TESTS / "fault_matrix.toml"
NUMBERS = (*range(1, 39), *range(42, 50), 53, 54)
"""The faults of this list. The numbers between belong to parts that are not there yet."""

HEAD = """\
# Fault matrix

What goes wrong, what Tanggap then does, and what the operator sees of it. Every row is provoked by
the tests named in it, on every run of `make test`; `make drill` runs those with rounds for longer.
A test that provokes a fault carries the marker `fault` with its number. Written by
`python tests/fault_matrix.py` from those markers and `tests/fault_matrix.toml`.

| no. | fault | what happens | what the operator sees | tests |
|---|---|---|---|---|
"""


@cache
def claims() -> dict[int, list[str]]:
    """Return the tests that carry the marker, as `file::test`, by number of the fault."""
    found: dict[int, list[str]] = defaultdict(list)
    for path in sorted(TESTS.glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for name, numbers in _claimed(tree, _of_module(tree)):
            for number in sorted(set(numbers)):
                found[number].append(f"{path.name}::{name}")
    return dict(found)


def _claimed(
    node: ast.AST, inherited: tuple[int, ...], prefix: str = ""
) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Give each test inside `node` with the numbers of its own marks and of what holds it."""
    for inner in ast.iter_child_nodes(node):
        if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            numbers = inherited + tuple(
                number for mark in inner.decorator_list for number in _numbers(mark)
            )
            if isinstance(inner, ast.ClassDef):
                yield from _claimed(inner, numbers, f"{prefix}{inner.name}::")
            elif inner.name.startswith("test_") and numbers:
                yield prefix + inner.name, numbers


def _of_module(tree: ast.Module) -> tuple[int, ...]:
    """Return the numbers in a module's `pytestmark`."""
    return tuple(
        number
        for statement in tree.body
        if isinstance(statement, ast.Assign)
        and any(
            isinstance(name, ast.Name) and name.id == "pytestmark" for name in statement.targets
        )
        for number in _numbers(statement.value)
    )


def _numbers(mark: ast.AST) -> Iterator[int]:
    """Give the numbers of every `pytest.mark.fault(...)` in a decorator, params included."""
    for call in ast.walk(mark):
        if (
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and call.func.attr == "fault"
            and ast.unparse(call.func) == "pytest.mark.fault"
        ):
            for argument in call.args:
                value = ast.literal_eval(argument)
                assert isinstance(value, int), ast.unparse(call)
                yield value


def words() -> dict[int, dict[str, str]]:
    """Return the texts of the rows by number: fault, behaviour, operator."""
    table = tomllib.loads(WORDS.read_text(encoding="utf-8"))["fault"]
    return {int(number): row for number, row in table.items()}


def page() -> str:
    """Return docs/fault-matrix.md as it has to be."""
    texts, tests = words(), claims()
    lines = [
        f"| {number} | {row['fault']} | {row['behaviour']} | {row['operator']} | "
        f"{_listed(tests.get(number, []))} |\n"
        for number, row in sorted(texts.items())
    ]
    return HEAD + "".join(lines)


def _listed(tests: list[str]) -> str:
    """Return tests as one cell: each file once, with its tests."""
    by_file: dict[str, list[str]] = defaultdict(list)
    for test in tests:
        file, _, name = test.partition("::")
        by_file[file].append(f"`{name}`")
    return "<br>".join(f"{file}: {', '.join(names)}" for file, names in by_file.items())


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE}: {len(words())} faults\n")
