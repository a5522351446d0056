"""Print the path of a Chromium that starts, for `make test`; install one where that is possible.

Looks at CHROMIUM, then on the PATH, then for Playwright's own. Where none is found: apt-get when
it may be used, then Playwright's download.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def main() -> int:
    """Print a path to stdout, all else to stderr; return 2 when there is no browser."""
    if named := os.environ.get("CHROMIUM"):
        if starts(named):
            print(named)
            return 0
        print(f"CHROMIUM={named} is not a browser that starts", file=sys.stderr)
        return 2
    for path in candidates():
        if starts(path):
            print(path)
            return 0
    print(
        "no Chromium found: the tests of the review desk need one.\n"
        "Install it (Debian: apt-get install chromium), or name one: CHROMIUM=/path make test",
        file=sys.stderr,
    )
    return 2


def candidates() -> Iterator[str]:
    """Yield paths that may be a browser, cheapest first; the later ones are installed for it."""
    yield from on_path()
    yield playwrights_own()
    if os.geteuid() == 0 and shutil.which("apt-get"):
        install("apt-get", "update", "-qq")
        install("apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium")
        yield from on_path()
    install(sys.executable, "-m", "playwright", "install", "chromium")
    yield playwrights_own()


def on_path() -> Iterator[str]:
    """Yield browsers on the PATH."""
    yield from filter(None, map(shutil.which, NAMES))


def playwrights_own() -> str:
    """Return where Playwright keeps its browser, whether it is there or not."""
    asked = subprocess.run(
        [
            sys.executable,
            "-c",
            "from playwright.sync_api import sync_playwright as p\n"
            "with p() as started: print(started.chromium.executable_path)",
        ],
        capture_output=True,
        text=True,
    )
    return asked.stdout.strip()


def install(*command: str) -> None:
    """Run an installer; what it says goes to stderr, and failing is no end yet."""
    print(f"no Chromium yet: {' '.join(command)}", file=sys.stderr)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(command, stdin=subprocess.DEVNULL, stdout=sys.stderr, env=environment)


def starts(path: str) -> bool:
    """Whether a file is a browser that runs (Ubuntu's chromium-browser may be an empty shell)."""
    if not path or not Path(path).is_file():
        return False
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


if __name__ == "__main__":
    sys.exit(main())
