"""Take pictures of the desk from the demo.

    python tools/pictures.py                # make pictures: those of the README, into docs/
    python tools/pictures.py --all FOLDER   # the desk at 360, 768 and 1440 px in both themes;
                                            # ends with 1 where one scrolls sideways

The browser is CHROMIUM, or the one that tools/browser.py finds.
"""

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parent.parent
DEMO_SECONDS = 300
"""How long the demo runs before the analyst's reports are there, at the most."""
WIDTHS = (360, 768, 1440)
HEIGHTS = {360: 780, 768: 1024, 1440: 900}
THEMES = ("light", "dark")
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass(frozen=True)
class Demo:
    """A demo that runs: where its desk is, and who may log in."""

    address: str
    passwords: dict[str, str]


@dataclass(frozen=True)
class Picture:
    """One picture of the README: who looks at what, how wide, in which theme."""

    file: str
    who: str
    path: str
    width: int = 1440
    theme: str = "light"


README = (
    Picture("desk.png", "diskominfo", "/antrean?tab=queue"),
    Picture("item.png", "dpupr", "the first item of /antrean?tab=queue"),
    Picture("phone.png", "diskominfo", "/antrean?tab=triage", 360, "dark"),
    Picture("analysis.png", "analis", "/analis/risiko"),
)
PAGES = {
    "diskominfo": (
        "/antrean?tab=triage", "/antrean?tab=queue", "/antrean?tab=unanswered",
        "/antrean?tab=late", "/antrean?tab=sensitive", "/antrean?tab=aside",
        "/antrean?tab=closed", "the first item of /antrean?tab=queue",
        "the first item of /antrean?tab=triage", "/insiden", "/sumber", "/ekspor", "/akun",
        "/akun/kode", "/tampilan",
    ),
    "analis": (
        "/analis", "/analis/label", "/analis/dicurigai", "/analis/kebingungan", "/analis/risiko",
        "/analis/keandalan", "/analis/sektor", "/analis/versi",
    ),
}  # fmt: skip


@contextmanager
def demo() -> Iterator[Demo]:
    """Run the demo until it says where its desk is; end it afterwards."""
    command = [sys.executable, "-m", "tanggap", "demo", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            address, passwords = "", {}
            for line in process.stdout or ():
                if found := re.search(r"http://\S+(?=/ )", line):
                    address = found.group()
                if found := re.search(r"masuk sebagai (\S+)\s+kata sandi (\S+)", line):
                    passwords[found.group(1)] = found.group(2)
                if "Ctrl-C" in line:
                    break
            if not address:
                sys.exit("the demo did not start")
            yield Demo(address, passwords)
        finally:
            process.terminate()


@contextmanager
def desk(browser: Browser, running: Demo, who: str, width: int, theme: str) -> Iterator[Page]:
    """Open the desk as somebody, logged in."""
    context = browser.new_context(
        viewport={"width": width, "height": HEIGHTS[width]},
        color_scheme="dark" if theme == "dark" else "light",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(f"{running.address}/masuk")
    page.fill("#nama", who)
    page.fill("#sandi", running.passwords[who])
    page.press("#sandi", "Enter")
    page.wait_for_url("**/antrean*")
    try:
        yield page
    finally:
        context.close()


def open_page(page: Page, running: Demo, path: str) -> None:
    """Go to an address of the desk, or to the first item of a list."""
    first, _, of_list = path.partition(" of ")
    page.goto(running.address + (of_list or first))
    if of_list:
        page.locator(".item-link").first.click()
        page.wait_for_url("**/aduan/*")


def reports_there(page: Page, running: Demo) -> None:
    """Wait until the analyst's reports are made."""
    for _ in range(DEMO_SECONDS // 5):
        page.goto(f"{running.address}/analis/risiko")
        if page.locator("figure.plot").count():
            return
        page.wait_for_timeout(5000)
    sys.exit(f"no report after {DEMO_SECONDS} seconds")


def take_readme(browser: Browser, running: Demo) -> int:
    """Take the pictures of the README."""
    for picture in README:
        with desk(browser, running, picture.who, picture.width, picture.theme) as page:
            open_page(page, running, picture.path)
            page.screenshot(path=ROOT / "docs" / picture.file)
            print(f"docs/{picture.file}")
    return 0


def take_all(browser: Browser, running: Demo, folder: Path) -> int:
    """Take a picture of each of PAGES in every width and theme; return how many scroll sideways."""
    folder.mkdir(parents=True, exist_ok=True)
    wide = 0
    for who, paths in PAGES.items():
        for width in WIDTHS:
            for theme in THEMES:
                with desk(browser, running, who, width, theme) as page:
                    for path in paths:
                        open_page(page, running, path)
                        name = re.sub(r"\W+", "-", path).strip("-")
                        page.screenshot(path=folder / f"{name}-{width}-{theme}.png", full_page=True)
                        beyond = page.evaluate(SIDEWAYS)
                        if beyond > 0:
                            wide += 1
                            print(f"{path} at {width} px: {beyond} px too wide")
    return wide


def main() -> int:
    """Take pictures; return 1 where a page is wider than its screen."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument(
        "--all", metavar="FOLDER", type=Path, help="many pages in all widths and themes"
    )
    folder = parser.parse_args().all
    found = (
        os.environ.get("CHROMIUM")
        or subprocess.run(
            [sys.executable, ROOT / "tools" / "browser.py"], capture_output=True, text=True
        ).stdout.strip()
    )
    with sync_playwright() as playwright, demo() as running:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        with desk(browser, running, "analis", 1440, "light") as page:
            reports_there(page, running)
        if folder:
            return 1 if take_all(browser, running, folder) else 0
        return take_readme(browser, running)


if __name__ == "__main__":
    sys.exit(main())
