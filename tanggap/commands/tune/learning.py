"""`tanggap tune import`, `train` and `freeze`: from labels to a candidate."""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from classifier.dataset import Example, addressed_of
from tanggap.clock import Clock, from_person
from tanggap.commands.tune.options import (
    CONFIG_HELP,
    FILE,
    asked_for,
    by_option,
    install_of,
    json_option,
    person,
    trust_option,
)
from tanggap.commands.tune.shown import as_json
from tanggap.errors import InputError
from tanggap.mention import ACTIONABLE, JENIS, UMBRELLA
from tanggap.policy import Policy
from tanggap.reasons import reason
from tanggap.sectors import SECTORS
from tanggap.store import Store
from tanggap.store.rows_tuning import Job, Label
from tanggap.tuning import files
from tanggap.tuning.setting import policy_of
from tanggap.wording import number

if TYPE_CHECKING:  # imports scikit-learn: seconds
    from tanggap.tuning.held import Figures

MAX_PROBLEMS = 10
A_DAY = timedelta(days=1)
"""What a clock may be wrong by."""


@click.command("import")
@click.argument("file", type=FILE)
@by_option
@json_option
@click.pass_context
def import_labels(ctx: click.Context, file: Path, by: str | None, as_json_: bool) -> None:
    """Keep the labels of FILE (CSV or JSONL with `text`) beside those of the desk: all or none.

    Columns: jenis, sector, opd, mentioned_opd, kecamatan, urgent, sensitive, parent_text, posted_at
    (without it the rows are taken to be in the order of time). The same file twice is harmless.
    """
    examples = files.read_examples(file)
    try:
        batch = hashlib.sha256(file.read_bytes()).hexdigest()[:12]
    except OSError as exc:
        raise InputError(f"{file}: tidak dapat dibaca ({reason(exc)})") from exc
    who = person(by)
    with install_of(ctx) as (config, store):
        now, zone = config.clock.now(), ZoneInfo(config.city.timezone)
        posted = _check(file, examples, config.policy, zone, now)
        labels = [
            # Padded, for those without a time come in the order of their keys.
            _label(f"import:{batch}:{i:06}", example, moment, who, now)
            for i, (example, moment) in enumerate(zip(examples, posted, strict=True), 1)
        ]
        added, repeated = store.import_labels(batch, labels, who, now)
    if as_json_:
        counted = {"rows": len(labels), "added": added, "repeated": repeated, "by": who}
        click.echo(as_json(counted))
    else:
        click.echo(
            f"{number(len(labels))} baris: {number(added)} ditambahkan, {number(repeated)} sudah "
            f"ada (atas nama {who})"
        )


def _check(
    file: Path, examples: list[Example], policy: Policy, zone: ZoneInfo, now: datetime
) -> list[datetime | None]:
    """Return when each was posted; raise InputError naming up to ten rows that cannot be used."""
    problems: list[str] = []
    posted: list[datetime | None] = []
    for i, example in enumerate(examples, 1):
        try:
            _check_labels(example, policy)
            posted.append(_moment(example.posted_at, zone, now))
        except ValueError as exc:
            problems.append(f"{file}: baris data ke-{i}: {exc}")
    if problems:
        more = len(problems) - MAX_PROBLEMS
        tail = [f"... dan {number(more)} baris lagi"] if more > 0 else []
        raise InputError("\n".join([*problems[:MAX_PROBLEMS], *tail, "Tidak ada yang dimasukkan."]))
    return posted


def _check_labels(example: Example, policy: Policy) -> None:
    """Raise ValueError when labels are unknown or say nothing."""
    msg = ""
    if not example.text:
        msg = "kolom `text` kosong"
    elif example.jenis and example.jenis not in JENIS:
        msg = f"jenis `{example.jenis}` tidak dikenal"
    elif example.sector and example.sector not in SECTORS:
        msg = f"sektor `{example.sector}` tidak dikenal"
    elif example.jenis and example.jenis not in ACTIONABLE and example.sector:
        msg = f"jenis `{example.jenis}` tidak memakai sektor"
    elif example.opd and example.opd not in {*policy.opd, *policy.outside}:
        msg = f"OPD `{example.opd}` tidak ada di kebijakan"
    elif example.kecamatan and example.kecamatan not in policy.kecamatan:
        msg = f"kecamatan `{example.kecamatan}` tidak ada di kebijakan"
    elif set(addressed_of(example)) - {*policy.opd, UMBRELLA}:
        msg = f"mentioned_opd `{example.mentioned_opd}` tidak ada di kebijakan"
    elif not (example.jenis or example.sector or example.opd or example.kecamatan):
        msg = "tidak ada label"
    if msg:
        raise ValueError(msg)


def _moment(text: str, zone: ZoneInfo, now: datetime) -> datetime | None:
    if not text:
        return None
    try:
        moment = from_person(text, zone)
    except ValueError as exc:
        msg = f"posted_at {exc}"
        raise ValueError(msg) from exc
    if moment > now + A_DAY:
        msg = f"posted_at {text!r} di masa depan"
        raise ValueError(msg)
    return moment


def _label(key: str, example: Example, posted_at: datetime | None, by: str, now: datetime) -> Label:
    flags = {"1": True, "0": False}
    return Label(
        key=key,
        text=example.text,
        parent_text=example.parent_text or None,
        addressed=addressed_of(example),
        posted_at=posted_at,
        jenis=example.jenis or ("pengaduan" if example.sector else None),
        sector=example.sector or None,
        opd=example.opd or None,
        kecamatan=example.kecamatan or None,
        urgent=flags.get(example.urgent),
        sensitive=flags.get(example.sensitive),
        by=by,
        at=now,
        item_id=None,
    )


@click.command()
@click.option("--out", type=FILE, help="Folder for the candidate; leaves the database alone.")
@click.option(
    "--extra", multiple=True, type=FILE, help="With --out: labels, CSV or JSONL; repeatable."
)
@click.option("--name", default="lokal", show_default=True, help="First part of the version.")
@click.option("--job", type=int, metavar="ID", help="Do this job of the queue; prints JSON.")
@click.option("--config", "config_path", type=FILE, help=CONFIG_HELP)
@trust_option
@by_option
@json_option
@click.pass_context
def train(
    ctx: click.Context,
    out: Path | None,
    extra: tuple[Path, ...],
    name: str,
    job: int | None,
    config_path: Path | None,
    trusted: tuple[str, ...],
    by: str | None,
    as_json_: bool,
) -> None:
    """Train a candidate on the shipped corpus and the labels of the city, and examine it.

    Without --out it learns from all labels in the database and lies there: see `tanggap tune
    compare` and `promote`. With --out it learns from --extra and lies in that folder.
    """
    ctx.obj = config_path or ctx.obj
    if out is not None:
        if job is not None:
            raise InputError("sebut --out atau --job, jangan keduanya")
        if trusted:
            raise InputError("--trust berlaku untuk label di basis data, tidak bersama --out")
        _into_folder(ctx.obj, out, extra, name)
        return
    if extra:
        raise InputError("--extra perlu --out; ke basis data: `tanggap tune import FILE` dahulu")
    from tanggap.tuning.learning import learn  # imports scikit-learn: seconds

    with install_of(ctx) as (config, store):
        asked = None if job is None else asked_for(store, job, "train")
        who = person(by) if asked is None else asked.by
        now = config.clock.now()
        learnt = learn(
            store,
            config.policy,
            config.classifier.model,
            who,
            now,
            name,
            vouched=trusted,
            before_saving=_still_ours(store, asked),
        )
        if asked is not None:
            with suppress(InputError):  # somebody asked for reports already: theirs come first
                store.ask_job("report", {"model": learnt.version}, who, now)
    if as_json_ or job is not None:
        report = {
            "version": learnt.version,
            "accepted": learnt.verdict.accepted,
            "reasons": list(learnt.verdict.reasons),
            "notes": list(learnt.verdict.notes),
            **_scores(learnt.figures),
            "local": learnt.local,
            "outcome": learnt.outcome,
        }
        click.echo(as_json(report))
    else:
        click.echo(learnt.outcome)


def _into_folder(config: Path | None, out: Path, extra: tuple[Path, ...], name: str) -> None:
    from tanggap.tuning.candidates import train_candidate  # imports scikit-learn: seconds

    created = Clock().now().date().isoformat()
    candidate = train_candidate(out, extra, policy_of(config), created, name)
    report = {
        "version": candidate.version,
        "folder": str(candidate.folder),
        **_scores(candidate.figures),
    }
    click.echo(as_json(report))


def _scores(figures: "Figures") -> dict[str, float]:
    """Return the scores that a report on a training begins with."""
    return {
        "jenis_accuracy": figures.jenis["accuracy"],
        "sector_accuracy": figures.sector["accuracy"],
        "routed_share": figures.sector["routed_share"],
        "routed_accuracy": figures.sector["routed_accuracy"],
    }


def _still_ours(store: Store, begun: Job | None) -> Callable[[], None]:
    """Return what raises InputError when a job was taken over since it began.

    Who began it may be a daemon that was killed: then another does it anew, while this process
    goes on.
    """

    def check() -> None:
        now = None if begun is None else store.job(begun.id)
        if begun is not None and (
            now is None
            or (now.state, now.attempts, now.owner) != (begun.state, begun.attempts, begun.owner)
        ):
            raise InputError(f"pekerjaan {begun.id} sudah diambil alih; hasil ini tidak disimpan")

    return check


@click.command()
@trust_option
@by_option
@json_option
@click.pass_context
def freeze(ctx: click.Context, trusted: tuple[str, ...], by: str | None, as_json_: bool) -> None:
    """Freeze the newest quarter of the labelled texts as the test set, in place of the old one.

    The first one is frozen by `tanggap tune train` as soon as there are enough labels. Do it again
    when the city has changed: versions compared before and after are not comparable.
    """
    from tanggap.tuning.learning import freeze_again  # imports scikit-learn: seconds

    with install_of(ctx) as (config, store):
        frozen = freeze_again(store, config.policy, person(by), config.clock.now(), trusted)
    if as_json_:
        report = {"n": len(frozen.keys), "digest": frozen.digest, "by": frozen.by}
        click.echo(as_json(report))
    else:
        click.echo(f"{number(len(frozen.keys))} teks dibekukan sebagai set uji ({frozen.digest})")
