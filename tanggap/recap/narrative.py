"""A recap in some sentences, Indonesian: what the figures say, and nothing of causes. Pure."""

from collections.abc import Callable, Iterator

from tanggap.recap.figures import share_words, work_time
from tanggap.recap.material import Before, Called, Recap
from tanggap.recap.tables import Row
from tanggap.wording import day, length, listed, moment, number

LEAST_P90 = 10
"""Nine of ten is said of so many answers at least."""
FIRST = 3
"""OPD that are named as those with most."""
_INSIDE = {
    "substantif": "substantif",
    "template": "hanya template",
    "minta_dm": "meminta DM atau surat",
    "arahkan": "mengarahkan ke kanal lain",
    "": "belum dinilai isinya",
}
"""What a first answer of each kind is or does, behind a number."""


def narrative(recap: Recap, called: Called) -> tuple[str, ...]:
    """Return the sentences of a recap; of a period without anything only that and what was read."""
    total = recap.tables.total
    parts = [_received(recap)]
    if total.score.received:
        parts += [
            *_largest(recap, called),
            _in_time(total),
            *_how_soon(total),
            *_kinds(recap),
            *_compared(recap.before, total),
            *_waiting(recap, called),
            *_unwatched(total),
            *_let_go(total),
        ]
    return (*parts, *_left_out(recap), *_read(recap))


def _received(recap: Recap) -> str:
    score, name = recap.tables.total.score, recap.period.name
    when = f"Pada {name}"
    if recap.is_running:
        when = f"Pada {name}, yang baru berjalan sampai {day(recap.as_of, recap.zone)},"
    what = "aduan warga (termasuk permintaan informasi dan aspirasi)"
    if not score.received:
        others = recap.tables.in_triage or recap.tables.came_later
        return f"{when} tidak ada {what} yang {'masuk hitungan' if others else 'tercatat'}."
    start = f"{when} tercatat {number(score.received)} {what}"
    if score.received == 1:
        return f"{start}, dan aduan itu {'sudah' if score.answered else 'belum terlihat'} dijawab."
    if not score.answered:
        return f"{start}; belum satu pun yang terlihat dijawab."
    if score.answered == score.received:
        return f"{start}; semuanya sudah dijawab secara terbuka."
    share = share_words(score.answered, score.received)
    return f"{start}; {number(score.answered)} ({share}) sudah dijawab secara terbuka."


def _largest(recap: Recap, called: Called) -> Iterator[str]:
    rows = [row for row in recap.tables.groups["opd"] if row.key]
    if not rows:
        return
    most = rows[0].score.received
    at_top = [called(row.key, "opd") for row in rows if row.score.received == most]
    if len(rows) == 1:
        whole = rows[0].score.received == recap.tables.total.score.received
        if recap.tables.total.score.received > 1:
            lead = "Semuanya" if whole else f"{number(most)} di antaranya"
            yield f"{lead} ditujukan kepada {at_top[0]}."
        elif whole:
            yield f"Aduan itu ditujukan kepada {at_top[0]}."
    elif len(at_top) > FIRST:
        yield f"Terbanyak ditujukan kepada {len(at_top)} OPD, masing-masing {number(most)}."
    elif len(at_top) > 1:
        yield f"Terbanyak ditujukan kepada {listed(at_top)}, masing-masing {number(most)}."
    else:
        others = [
            f"{called(row.key, 'opd')} ({number(row.score.received)})" for row in rows[1:FIRST]
        ]
        yield f"Terbanyak ditujukan kepada {at_top[0]} ({number(most)}), disusul {listed(others)}."


def _in_time(total: Row) -> str:
    in_time, late = total.score.in_time, total.score.late
    decided = in_time + late
    if not decided:
        never = "Belum" if total.score.waiting else "Tidak"
        return f"{never} ada yang dapat dinilai tepat waktu atau terlambat."
    if total.score.received == 1:
        if in_time:
            return "Aduan itu dijawab dalam batas waktu."
        late_one = "dijawab sesudah batas waktu" if total.score.answered else "lewat batas waktu"
        return f"Aduan itu {late_one}{'' if total.score.answered else ' tanpa jawaban'}."
    if decided == 1:
        found = "dijawab dalam batas waktu" if in_time else "terlambat, atau lewat batas waktu"
        return f"Baru satu yang sudah dapat dinilai: {found}."
    if not late or not in_time:
        found = "tidak satu pun" if late else "semuanya"
        return (
            f"Dari {number(decided)} yang sudah dapat dinilai, {found} dijawab dalam batas waktu."
        )
    return (
        f"Dari {number(decided)} yang sudah dapat dinilai, {number(in_time)} "
        f"({share_words(in_time, decided)}) dijawab dalam batas waktu; {number(late)} terlambat "
        "atau lewat batas waktu tanpa jawaban."
    )


def _how_soon(total: Row) -> Iterator[str]:
    score = total.score
    if score.median_minutes is None:
        return
    middle = work_time(score.median_minutes)
    if score.answered == 1:
        yield f"Satu-satunya jawaban pertama datang {middle} sejak OPD dapat mengetahui aduannya."
        return
    nine = ""
    if score.answered >= LEAST_P90 and score.p90_minutes is not None:
        nine = f", dan sembilan dari sepuluh dalam {work_time(score.p90_minutes)}"
    yield (
        f"Separuh jawaban pertama datang paling lama {middle} sejak OPD dapat mengetahui "
        f"aduannya{nine}."
    )


def _kinds(recap: Recap) -> Iterator[str]:
    kinds = [(kind, count) for kind, count in recap.tables.first_answers if count]
    if len(kinds) > 1:
        said = [f"{number(count)} {_INSIDE[kind]}" for kind, count in kinds]
        yield f"Menurut isinya, dari jawaban pertama {listed(said)}."
    elif kinds:
        [(kind, count)] = kinds
        which = "jawaban pertama itu" if count == 1 else f"semua jawaban pertama ({number(count)})"
        yield f"Menurut isinya, {which} {_INSIDE[kind]}."


def _compared(before: Before, total: Row) -> Iterator[str]:
    name, then, now = before.period.past_name, before.total.score, total.score
    watch = before.coverage.watch
    if not then.received:
        comma = "," if before.period.until is not None else ""
        yield f"Pada {name}{comma} tidak ada aduan yang tercatat, jadi tidak ada pembandingnya."
        return
    parts = [f"jumlah aduan {_moved(then.received, now.received, number)}"]
    if then.share_in_time is not None and now.share_in_time is not None:
        shares = [share_words(one.in_time, one.in_time + one.late) for one in (then, now)]
        parts.append(
            f"bagian yang tepat waktu {_way(then.share_in_time, now.share_in_time)} "
            f"dari {shares[0]} menjadi {shares[1]}"
            if shares[0] != shares[1]
            else f"bagian yang tepat waktu tetap {shares[0]}"
        )
    if then.median_minutes is not None and now.median_minutes is not None:
        parts.append(
            f"median jawaban pertama {_moved(then.median_minutes, now.median_minutes, work_time)}"
        )
    caution = ""
    if watch is None:
        caution = " Pada masa itu tidak ada sumber yang dipantau, jadi angkanya belum setara."
    elif not watch.is_whole:
        caution = f" Masa itu baru dipantau {watch.words}, jadi angkanya belum setara."
    yield f"Dibandingkan dengan {name}, {listed(parts)}.{caution}"


def _waiting(recap: Recap, called: Called) -> Iterator[str]:
    score, longest = recap.tables.total.score, recap.tables.longest
    when = f"Pada saat penilaian ({moment(recap.as_of, recap.zone)})"
    if not score.waiting:
        if score.unwatched < score.received:
            yield f"{when} tidak ada yang terlihat menunggu jawaban."
        return
    if score.overdue == score.waiting:
        overdue = "dan sudah lewat batas waktu" if score.waiting == 1 else "semuanya lewat batas"
    elif score.overdue:
        overdue = f"{number(score.overdue)} di antaranya lewat batas waktu"
    else:
        overdue = "belum lewat batas waktu" if score.waiting == 1 else "belum ada yang lewat batas"
    said = f"{when} {number(score.waiting)} aduan belum dijawab, {overdue}"
    if not longest:
        yield f"{said}."
        return
    first = longest[0]
    which = "yaitu" if score.waiting == 1 else "yang paling lama menunggu adalah"
    if recap.tables.hidden_waits:
        which = "di luar yang dirahasiakan, yang paling lama menunggu adalah"
    opd = f" ({called(first.opd, 'opd')})" if first.opd else ""
    yield (
        f"{said}; {which} nomor {first.item_id}{opd}, sejak {day(first.posted_at, recap.zone)} "
        f"({length(first.age)})."
    )


def _unwatched(total: Row) -> Iterator[str]:
    count, late = total.score.unwatched, total.score.unwatched_late
    if count:
        but = f", kecuali {number(late)} yang batasnya lewat selagi masih terpantau" if late else ""
        yield (
            f"{number(count)} aduan tidak terpantau: ada atau tidaknya jawaban tidak dapat "
            f"dilihat, jadi tidak dihitung sebagai terlambat{but}."
        )


def _let_go(total: Row) -> Iterator[str]:
    if total.let_go:
        yield (
            f"{number(total.let_go)} aduan ditutup, ditunda, atau bukan urusan OPD-nya, tanpa "
            "jawaban terbuka."
        )


def _left_out(recap: Recap) -> Iterator[str]:
    found = recap.tables
    parts = [
        f"{number(count)} {what}"
        for count, what in (
            (found.in_triage, "yang masih di triase"),
            (found.came_later, "yang baru masuk sesudah saat penilaian"),
        )
        if count
    ]
    if parts:
        yield f"Tidak termasuk dalam hitungan: {listed(parts)}."


def _read(recap: Recap) -> Iterator[str]:
    found = recap.coverage
    if found.watch is None:
        yield "Tidak ada sumber yang dipantau pada masa ini."
    elif found.watch.is_whole:
        yield f"Sumber yang dipantau terbaca {found.share.words} dari waktunya."
    else:
        yield (
            f"Pemantauan baru berjalan {found.watch.words}; dalam masa itu sumbernya terbaca "
            f"{found.share.words} dari waktunya."
        )


def _moved(then: float, now: float, said: Callable[[float], str]) -> str:
    before, after = said(then), said(now)
    if before == after:
        return f"tetap {after}"
    return f"{_way(then, now)} dari {before} menjadi {after}"


def _way(then: float, now: float) -> str:
    return "naik" if now > then else "turun"
