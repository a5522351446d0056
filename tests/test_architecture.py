"""Who may import whom, and what no file of this program may do. Reads the source, runs nothing."""

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = ("collectors", "classifier", "models", "router", "daemon", "tanggap")
FILES = sorted(
    path.relative_to(ROOT).as_posix()
    for name in OURS
    for path in [*(ROOT / name).rglob("*.py"), ROOT / f"{name}.py"]
    if path.is_file()
)
TEMPLATES = sorted(
    path.relative_to(ROOT).as_posix() for path in (ROOT / "tanggap" / "web").rglob("*.html")
)


@cache
def tree(file: str) -> ast.Module:
    return ast.parse((ROOT / file).read_text(encoding="utf-8"), file)


@cache
def imports(file: str) -> frozenset[str]:
    """Return the full dotted name of everything that a file imports, wherever in it."""
    return frozenset(_imports(file))


def _imports(file: str) -> Iterator[str]:
    package = Path(file).parent.parts if file.endswith(".py") else ()
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(filter(None, [start, node.module]))
            # `from tanggap import logs` means the module tanggap.logs.
            yield from (
                f"{module}.{alias.name}" if is_module(f"{module}.{alias.name}") else module
                for alias in node.names
            )


@cache
def is_module(name: str) -> bool:
    path = ROOT / name.replace(".", "/")
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def of_each(files: Sequence[str]) -> Callable[[Callable[[str], None]], Callable[[], None]]:
    """Make one test of a check of one file, which names all files that fail it.

    One test for each file and check would be thousands, and take longer to begin than to do.
    """

    def decorate(check: Callable[[str], None]) -> Callable[[], None]:
        # Not wraps(): pytest would look for the argument of the check.
        def test() -> None:
            problems = {}
            for file in files:
                try:
                    check(file)
                except AssertionError as problem:
                    problems[file] = str(problem)
            assert problems == {}

        test.__name__, test.__qualname__ = check.__name__, check.__qualname__
        return test

    return decorate


def part_of(name: str) -> str:
    """Return the part of the house that a file or module belongs to, one level into tanggap."""
    parts = name.removesuffix(".py").replace("/", ".").split(".")
    return ".".join(parts[:2]) if parts[0] == "tanggap" and parts[1:2] != ["__init__"] else parts[0]


PACKAGES = {
    f"tanggap.{path.name}"
    for path in (ROOT / "tanggap").iterdir()
    if (path / "__init__.py").exists()
}
PLAIN = {f"tanggap.{path.stem}" for path in (ROOT / "tanggap").glob("*.py")} | {"tanggap"}
FOUNDATION = {
    f"tanggap.{name}"
    for name in (
        *(
            "mention",
            "errors",
            "reasons",
            "config",
            "networks",
            "loopback",
            "policy",
            "clock",
            "sectors",
        ),
    )
}
EDGE = {"tanggap.cli", "tanggap.__main__", "tanggap.commands"}
INSIDE = PLAIN - EDGE

# what each part may import of ours; a part may always import itself
ALLOWED: dict[str, set[str]] = {
    "models": set(),
    # Of the drills they know the hooks alone: request sent, body read.
    "collectors": FOUNDATION | {"tanggap.killpoints", "tanggap.outgoing"},
    "classifier": FOUNDATION | {"models"},
    "router": FOUNDATION,
    # `python daemon.py` is the command line; it is the only thing of the edge that it knows.
    "daemon": INSIDE
    | {"collectors", "classifier", "models", "router"}
    | {"tanggap.store", "tanggap.turns", "tanggap.upkeep"}
    | {"tanggap.cli"},
    "tanggap.store": INSIDE,
    "tanggap.turns": INSIDE | {"tanggap.store"},
    "tanggap.notify": INSIDE | {"tanggap.store"},
    # Of classifier and tuning it knows how a model is loaded: which one decides may change.
    "tanggap.upkeep": INSIDE
    | {"classifier", "models", "tanggap.store", "tanggap.tuning", "tanggap.turns"}
    | {"tanggap.notify"},
    "tanggap.web": INSIDE | {"tanggap.store"},
    # What ids are called is handed to it: it knows no desk.
    "tanggap.recap": INSIDE | {"tanggap.store"},
    # Reports say what the router would do with a judgement.
    "tanggap.tuning": INSIDE | {"classifier", "models", "router", "tanggap.store"},
    "tanggap.simulator": (FOUNDATION - {"tanggap.config", "tanggap.networks"})
    | {"tanggap.csv_file"},
    "tanggap.examples": set(),
    "tanggap.commands": set(OURS) | PLAIN | PACKAGES,
    "tanggap.cli": INSIDE | {"tanggap.commands"},
    "tanggap.__main__": {"tanggap.cli"},
}


def may_import(part: str) -> set[str]:
    # A plain module of tanggap/ stands below all packages; of the store it knows the protocol.
    return ALLOWED.get(part, INSIDE | {"tanggap.store"}) | {part}


@of_each(FILES)
def test_a_file_imports_only_what_its_part_of_the_house_may(file: str) -> None:
    part = part_of(file)
    named = {name for name in imports(file) if name.split(".")[0] in OURS}
    assert {name for name in named if part_of(name) not in may_import(part)} == set()


@of_each([file for file in FILES if file.startswith("tanggap/")])
def test_of_the_store_only_its_face_is_used_from_outside(file: str) -> None:
    if part_of(file) == "tanggap.store":
        return
    inner = {name for name in imports(file) if name.startswith("tanggap.store.")}
    parts = (
        *("rows", "rows_answers", "rows_boards", "rows_daemons", "rows_deadlines"),
        *("rows_incidents", "rows_lists", "rows_outbox", "rows_triage", "rows_tuning"),
        "rows_users",
    )
    assert inner <= {"tanggap.store.base", *(f"tanggap.store.{part}" for part in parts)}


def test_every_package_of_ours_has_a_rule() -> None:
    assert set(ALLOWED) >= PACKAGES
    assert len(FILES) > 50


# third-party (or built-in) module to the files or folders that may import it
ONLY_IN: dict[str, tuple[str, ...]] = {
    "tweepy": ("collectors/x.py",),
    "facebook": ("collectors/graph.py",),
    "instaloader": ("collectors/instagram_web.py",),
    "apprise": ("tanggap/notify/apprise_wire.py",),
    "authlib": ("tanggap/web/oidc.py",),
    "joserfc": ("tanggap/web/oidc.py",),
    "requests": ("collectors/", "tanggap/web/oidc_wire.py"),
    "urllib3": ("collectors/", "tanggap/web/oidc_wire.py"),
    "urllib.request": (),
    "http.client": ("collectors/transport.py",),
    "httpx": (),
    "aiohttp": (),
    "sklearn": ("classifier/training.py",),
    "numpy": ("classifier/", "tanggap/tuning/"),
    "scipy": ("classifier/", "tanggap/tuning/"),
    "matplotlib": ("tanggap/tuning/reports/canvas.py", "tanggap/tuning/reports/plots.py"),
    "reportlab": tuple(f"tanggap/recap/{name}.py" for name in ("pdf", "pdf_pages", "pdf_plots")),
    "xlsxwriter": ("tanggap/sheet.py", "tanggap/recap/workbook.py"),
    "sqlite3": ("tanggap/store/",),
    "sqlite_utils": ("tanggap/store/",),
    "schedule": ("tanggap/metronome.py",),
    "holidays": ("tanggap/city_calendar.py",),
    "fastapi": ("tanggap/web/",),
    "starlette": ("tanggap/web/",),
    "jinja2": ("tanggap/web/",),
    "uvicorn": ("tanggap/web/", "tanggap/commands/"),
    "argon2": ("tanggap/web/",),
    "pyotp": ("tanggap/web/totp.py",),
    "segno": ("tanggap/web/totp.py",),
    "click": ("tanggap/cli.py", "tanggap/commands/"),
    "pydantic": (
        *("tanggap/advice.py", "tanggap/config.py", "tanggap/contacts.py"),
        *("tanggap/daemon_settings.py", "tanggap/desk_settings.py"),
        *("tanggap/networks.py", "tanggap/notice_settings.py", "tanggap/policy.py"),
        *("tanggap/office_hours.py", "tanggap/replies.py", "tanggap/toml_file.py", "tanggap/web/"),
    ),
    "tomllib": ("tanggap/toml_file.py", "tanggap/simulator/faults.py", "tanggap/tuning/files.py"),
    # these open or run what they read
    "pickle": (),
    "joblib": (),
    "dill": (),
    "marshal": (),
    "shelve": (),
}  # fmt: skip


@pytest.mark.parametrize("module", list(ONLY_IN))
def test_a_library_is_imported_only_where_it_belongs(module: str) -> None:
    users = [
        file
        for file in FILES
        if any(name == module or name.startswith(f"{module}.") for name in imports(file))
    ]
    assert [file for file in users if not file.startswith(ONLY_IN[module])] == []


def test_the_systems_own_words_are_english_and_are_read_in_one_file() -> None:
    readers = [
        file
        for file in FILES
        if any(isinstance(n, ast.Attribute) and n.attr == "strerror" for n in ast.walk(tree(file)))
    ]
    assert readers == ["tanggap/reasons.py"]


@pytest.mark.parametrize("client", ["tweepy", "facebook", "instaloader", "authlib", "apprise"])
def test_a_client_of_a_network_is_imported_in_one_file_at_most(client: str) -> None:
    users = [f for f in FILES if any(n.split(".")[0] == client for n in imports(f))]
    assert len(users) <= 1


@pytest.mark.parametrize(
    ("modules", "unwanted"),
    [
        # The desk starts without the classifier (sqlite-utils takes numpy where it finds it), and
        # without the library of a login that most cities do not have.
        (
            "tanggap.web.app",
            {"sklearn", "scipy", "matplotlib", "tweepy", "collectors", "classifier"}
            | {"authlib", "joserfc", "tanggap.web.oidc", "apprise"},
        ),
        # Apprise brings a hundred modules and 15 MB: only who sends a notice pays for it.
        ("daemon", {"sklearn", "matplotlib", "apprise"}),
        ("tanggap.commands.tune", {"sklearn", "matplotlib"}),
        ("collectors", {"sklearn", "numpy", "fastapi", "classifier"}),
        ("classifier", {"sklearn", "requests", "tweepy", "fastapi", "collectors"}),
        ("router", {"sklearn", "numpy", "requests", "fastapi", "classifier"}),
        ("tanggap.cli", {"sklearn", "numpy", "tweepy", "fastapi"}),
        # Who reads a config has nothing to say to a person in dates and numbers.
        ("tanggap.config", {"babel", "click", "fastapi"}),
    ],
)
def test_importing_a_part_does_not_bring_the_others_libraries(
    modules: str, unwanted: set[str]
) -> None:
    asked = f"import sys, {modules}; print(*sorted({unwanted!r} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == ""


# --- names --------------------------------------------------------------------------------------


def test_no_other_distribution_installs_one_of_our_names() -> None:
    # python-daemon installs `daemon`: in one environment with it neither would work.
    installed = packages_distributions()
    assert {name: installed.get(name) for name in OURS if name in installed} == {}


@of_each(FILES)
def test_no_module_is_named_like_one_of_the_standard_library(file: str) -> None:
    path = Path(file)
    name = path.parent.name if path.name == "__init__.py" else path.stem
    # A page of the desk may be called after what it shows: nobody runs that file as a script.
    allowed = {"tanggap/web/queue.py", "tanggap/__main__.py"}
    assert name not in sys.stdlib_module_names or file in allowed


@of_each(FILES)
def test_no_module_or_class_has_a_name_that_says_nothing(file: str) -> None:
    assert Path(file).stem not in {"utils", "util", "helpers", "helper", "common", "misc"}
    classes = [node.name for node in ast.walk(tree(file)) if isinstance(node, ast.ClassDef)]
    assert [
        name for name in classes if re.search(r"(Manager|Processor|Handler|Helper)$", name)
    ] == []


LONGER: dict[str, tuple[int, str]] = {
    "daemon.py": (470, "the one place where all parts meet, read top to bottom"),
}
"""Files that may be longer, with the number of lines and the reason."""


@of_each(FILES)
def test_a_module_is_short_enough_to_be_read_at_once(file: str) -> None:
    limit, _ = LONGER.get(file, (400, ""))
    assert len((ROOT / file).read_text(encoding="utf-8").splitlines()) <= limit


# --- what no file may do ------------------------------------------------------------------------


@cache
def calls(file: str) -> list[tuple[str, ast.Call]]:
    """Return every call of a file with the name it is written by (`time.sleep`)."""
    found = [node for node in ast.walk(tree(file)) if isinstance(node, ast.Call)]
    return [(ast.unparse(node.func), node) for node in found]


def broad_handlers(file: str) -> list[int]:
    """Return the lines where a file catches everything and does not raise it again."""
    found = []
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.ExceptHandler):
            caught = [node.type] if not isinstance(node.type, ast.Tuple) else node.type.elts
            names = {ast.unparse(one) if one else "BaseException" for one in caught}
            last = node.body[-1]
            if isinstance(last, ast.Raise) and last.exc is None:
                continue  # it only cleans up on the way out
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("suppress"):
            names = {ast.unparse(one) for one in node.args}
        else:
            continue
        if names & {"Exception", "BaseException"}:
            found.append(node.lineno)
    return found


@of_each(FILES)
def test_errors_are_caught_by_name_but_for_one_place_in_the_daemon(file: str) -> None:
    assert len(broad_handlers(file)) == (1 if file == "daemon.py" else 0)


FORBIDDEN_CALLS = {
    "eval", "exec", "compile", "__import__", "os.system", "os.popen", "time.sleep", "sleep",
    "Markup", "markupsafe.Markup", "print", "breakpoint", "pickle.loads", "pickle.load",
    "datetime.utcnow", "datetime.today", "date.today", "time.time", "datetime.datetime.now",
    "random.seed", "warnings.filterwarnings", "warnings.simplefilter",
}  # fmt: skip
FORBIDDEN_ARGUMENTS = {("shell", True), ("verify", False), ("allow_pickle", True)} | {
    ("autoescape", False),
    ("wait_on_rate_limit", True),
    ("check_hostname", False),
}


@of_each(FILES)
def test_no_file_calls_what_is_forbidden(file: str) -> None:
    for name, call in calls(file):
        place = f"{file}:{call.lineno}: {name}"
        assert name not in FORBIDDEN_CALLS, place
        for argument in call.keywords:
            if isinstance(argument.value, ast.Constant):
                given = (argument.arg, argument.value.value)
                assert given not in FORBIDDEN_ARGUMENTS, f"{place} {given}"


@of_each(FILES)
def test_the_time_is_read_in_one_place(file: str) -> None:
    readers = {"datetime.now", "datetime.datetime.now"}
    used = [call.lineno for name, call in calls(file) if name in readers]
    assert used == [] or file == "tanggap/clock.py"


PERSONAL = {
    "text", "parent_text", "author_handle", "author_id", "handle", "raw", "body", "permalink",
    "url", "query", "token", "x_token", "password", "headers", "reply", "why",
}  # fmt: skip
LEVELS = {"debug", "info", "warning", "error", "critical", "exception", "log"}


@of_each(FILES)
def test_a_log_line_holds_no_text_handle_address_or_secret(file: str) -> None:
    for name, call in calls(file):
        holder, _, level = name.rpartition(".")
        if level not in LEVELS or not holder.lower().endswith(("logger", "log", "logging")):
            continue
        place = f"{file}:{call.lineno}"
        for part in (*call.args, *(argument.value for argument in call.keywords)):
            for node in ast.walk(part):
                named = getattr(node, "attr", getattr(node, "id", ""))
                assert named not in PERSONAL, f"{place}: {named}"
        form = call.args[0]
        assert isinstance(form, ast.Constant), f"{place}: the format is not a plain text"
        keys = set(re.findall(r"(\w+)=", str(form.value)))
        assert not keys & PERSONAL, f"{place}: {keys & PERSONAL}"


@of_each(FILES)
def test_loggers_hang_in_one_tree(file: str) -> None:
    for name, call in calls(file):
        if name.endswith("getLogger") and file != "tanggap/logs.py":
            assert call.args, f"{file}:{call.lineno}: the root logger is not ours"
            name = call.args[0]  # one that is computed pins other people's loggers
            if isinstance(name, ast.Constant):
                assert str(name.value).startswith("tanggap"), file


@of_each(FILES)
def test_exceptions_to_the_rules_say_why(file: str) -> None:
    for number, line in enumerate((ROOT / file).read_text(encoding="utf-8").splitlines(), 1):
        assert not re.search(r"\b(TODO|FIXME|XXX|HACK)\b", line), f"{file}:{number}"
        if found := re.search(
            r"#\s*(noqa: ?[A-Z0-9, ]+|type: ignore\[[\w-]+\]|pragma: no cover)", line
        ):
            assert re.search(r"\w{3,}", line[found.end() :]), f"{file}:{number}: no reason"
        assert not re.search(r"#\s*(noqa|type: ignore)\s*$", line), f"{file}:{number}: too wide"


@of_each(TEMPLATES)
def test_a_template_trusts_no_text_and_reaches_no_other_host(file: str) -> None:
    text = (ROOT / file).read_text(encoding="utf-8")
    assert not re.search(r"\|\s*safe\b|autoescape\s+false", text)
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style\b|\sstyle=|\son[a-z]+=|javascript:", text)
    assert not re.search(r"(src|action)\s*=\s*[\"'](https?:)?//", text)


def test_templates_were_found() -> None:
    assert TEMPLATES
