"""Personal data on the desk and the terminal: hidden everywhere, shown once, with a trace."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from click.testing import CliRunner
from web_support import TRIAGE, Town, Visitor, make_decision, make_mention, town, words_of

from tanggap.cli import cli
from tanggap.mention import Review, Route
from tanggap.privacy import PrivacySettings
from tanggap.store.rows import EVERYTHING, Item

NIK, PHONE, MAIL = "3273015203900002", "0812-3456-7890", "siti.aminah@contoh.com"
TEXT = f"Lampu mati. NIK {NIK}, hp {PHONE}, {MAIL}, https://wa.me/6281234567890"
SECRETS = (NIK, PHONE, "siti.aminah", "6281234567890", "81234567890")
SUPPORTED = Route("queue", "sector", opd="dishub", supporting=("dpupr",), candidates=("dishub",))


def put_all(made: Town) -> Item:
    """Put an item whose text, thread, parent, answer, edits, reasons and notes hold numbers."""
    own = make_mention(
        30, "Lampu", parent_id="5", parent_text=f"Kirim {PHONE}", thread_id="5", revision="1"
    )
    decision = make_decision(because=(f"kata:{PHONE}", "kata:lampu"))
    made.put(replace(own, text=f"Versi lama {PHONE}"), decision, SUPPORTED)
    item = made.put(replace(own, text=TEXT, revision="2"), decision, SUPPORTED)
    reply = {"parent_id": own.network_id, "thread_id": "5", "kind": "reply"}
    made.put(make_mention(20, f"Saya juga, {NIK}", **reply))
    answer = make_mention(10, f"Baik, kami hubungi {PHONE}", author_opd="dishub", **reply)
    now = made.clock.now()
    made.store.intake([answer], {answer.network_id: (decision, Route("answer", "own_answer"))},
                      "uji", now)  # fmt: skip
    detail = made.store.item(EVERYTHING, item.id)
    assert detail is not None
    note = Review(item.id, "sari", "note", detail.item.version, f"sudah ditelepon {PHONE}")
    made.store.review(EVERYTHING, note, now)
    made.store.index_text(1000)
    return item


def test_no_page_shows_personal_data(made: Town, ketua: Visitor) -> None:
    item = put_all(made)
    made.put(make_mention(40, TEXT), make_decision(), TRIAGE)
    analyst, auditor = made.person("analis"), made.person("pemeriksa")
    admin = made.person("dishub")
    for person in (ketua, analyst, auditor, admin):
        for path in (f"/aduan/{item.id}", "/antrean", "/antrean?cari=lampu", "/antrean?tab=triage"):
            page = person.get(path)
            assert page.status_code == 200
            for secret in SECRETS:
                assert secret not in page.text, (path, secret)
            assert "••••" in page.text
    for path in ("/analis/label", "/analis/dicurigai"):
        page = analyst.get(path)
        assert page.status_code == 200
        assert not any(secret in page.text for secret in SECRETS)
    shown = words_of(ketua.get(f"/aduan/{item.id}").text)
    assert "NIK ••••, hp 0812••••890, s••••@contoh.com, https://wa.me/62812••••890" in shown
    assert "sudah ditelepon 0812••••890" in shown
    for person in (analyst, auditor, admin):
        person.close()


def test_a_number_is_not_halved_where_an_excerpt_is_cut(made: Town, ketua: Visitor) -> None:
    for length in range(250, 290, 3):
        made.put(make_mention(length, "x" * length + f" {PHONE.replace('-', '')} akhir"))
    page = ketua.get("/antrean").text
    assert "0812345" not in page


def test_a_supervisor_sees_it_once_with_a_reason_that_stays(made: Town, ketua: Visitor) -> None:
    item = put_all(made)
    page = ketua.get(f"/aduan/{item.id}")
    assert "Tampilkan data pribadi" in words_of(page.text)
    shown = ketua.post(f"/aduan/{item.id}/data-pribadi", why="Menelepon pelapor")
    assert shown.status_code == 200
    assert shown.headers["cache-control"] == "no-store"
    told = words_of(shown.text)
    assert all(secret in told for secret in (NIK, PHONE, MAIL))
    assert "Data pribadi terbaca di halaman ini, sekali ini saja" in told
    assert f"Saya juga, {NIK}" in told
    assert "melihat data pribadi" in told
    again = words_of(ketua.get(f"/aduan/{item.id}").text)
    assert not any(secret in again for secret in SECRETS)
    assert "Menelepon pelapor" in again
    detail = made.store.item(EVERYTHING, item.id)
    assert detail is not None
    event = detail.history[-1]
    assert (event.actor, event.kind, dict(event.detail)) == ("ketua", "revealed", {})


def test_without_a_reason_nothing_is_shown_and_nothing_written(made: Town, ketua: Visitor) -> None:
    item = put_all(made)
    before = made.store.item(EVERYTHING, item.id)
    for why in ("", "  ", "x" * 2001):
        refused = ketua.post(f"/aduan/{item.id}/data-pribadi", why=why)
        assert refused.status_code == 422
        assert not any(secret in refused.text for secret in SECRETS)
    assert made.store.item(EVERYTHING, item.id) == before
    assert "Tulis alasannya" in words_of(ketua.post(f"/aduan/{item.id}/data-pribadi", why="").text)


def test_only_who_acts_may_look(made: Town) -> None:
    item = put_all(made)
    for name, code in (("analis", 403), ("pemeriksa", 403), ("dlh", 404), ("dishub", 200)):
        person = made.person(name)
        answer = person.post(f"/aduan/{item.id}/data-pribadi", why="perlu")
        assert answer.status_code == code, name
        assert (NIK in answer.text) == (code == 200)
        if code == 403:
            assert "Tampilkan data pribadi" not in words_of(person.get(f"/aduan/{item.id}").text)
        person.close()


def test_where_nothing_is_hidden_nothing_is_offered(made: Town, ketua: Visitor) -> None:
    item = made.put(make_mention(1, "Lampu mati sejak 2024, hubungi 112, denda Rp 150.000"))
    assert "Tampilkan data pribadi" not in words_of(ketua.get(f"/aduan/{item.id}").text)


def test_a_confidential_item_is_marked_and_taken_back_with_reasons(
    made: Town, ketua: Visitor
) -> None:
    item = made.put(make_mention(1, "Ada pungli", author_handle="siti_skm"), None, SUPPORTED)
    helper, owner = made.person("rangkap"), made.person("dishub")
    analyst, auditor = made.person("analis"), made.person("pemeriksa")
    assert "siti_skm" in helper.get(f"/aduan/{item.id}").text
    assert "Rahasiakan aduan ini" not in words_of(helper.get(f"/aduan/{item.id}").text)
    refused = helper.post(f"/aduan/{item.id}/rahasia", expected_version=1, why="ingin")
    assert refused.status_code == 422
    assert "penanggung jawab" in words_of(refused.text)
    assert ketua.post(f"/aduan/{item.id}/rahasia", expected_version=1, why="").status_code == 422
    done = ketua.post(f"/aduan/{item.id}/rahasia", expected_version=1, why="Pelapor terancam")
    assert done.status_code == 303
    assert helper.get(f"/aduan/{item.id}").status_code == 404
    for person, named in ((ketua, True), (owner, False), (analyst, False), (auditor, False)):
        for path in (f"/aduan/{item.id}", "/antrean"):
            page = person.get(path)
            assert ("siti_skm" in page.text) == named, path
            assert "warga_1" not in page.text or named
            assert "Rahasia" in words_of(page.text)
            assert ("penulis tidak ditampilkan" in words_of(page.text)) != named
    assert (
        owner.post(f"/aduan/{item.id}/terbuka", expected_version=2, why="aman").status_code == 303
    )
    assert helper.get(f"/aduan/{item.id}").status_code == 200
    told = words_of(ketua.get(f"/aduan/{item.id}").text)
    assert "merahasiakan aduan" in told
    assert "membuka kerahasiaan aduan" in told
    for person in (helper, owner, analyst, auditor):
        person.close()


def test_where_the_city_says_so_opd_see_no_reporter(tmp_path: Path) -> None:
    with town(tmp_path) as made:
        desk = made.app.state.desk
        hiding = replace(made.config, privacy=PrivacySettings(hide_reporter=True))
        object.__setattr__(desk, "config", hiding)
        item = made.put(make_mention(1, "Lampu mati", author_handle="siti_skm"))
        admin, ketua, analyst = made.person("dishub"), made.person("ketua"), made.person("analis")
        for path in ("/antrean", f"/aduan/{item.id}"):
            hidden = admin.get(path)
            assert "siti_skm" not in hidden.text
            assert "x.com/" not in hidden.text
            assert "penulis tidak ditampilkan" in words_of(hidden.text)
            assert "siti_skm" in ketua.get(path).text
            assert "siti_skm" in analyst.get(path).text
        assert "terlihat siapa pelapornya" in words_of(admin.get(f"/aduan/{item.id}").text)
        for person in (admin, ketua, analyst):
            person.close()


def test_the_terminal_hides_it_too_unless_asked(made: Town) -> None:
    item = put_all(made)
    other = made.put(make_mention(50, f"rahasia, hubungi {PHONE}"))
    now = made.clock.now()
    made.store.review(EVERYTHING, Review(other.id, "sari", "confidential", 1, "peka"), now)

    def said(*words: str) -> str:
        config = str(made.config.path)
        result = CliRunner().invoke(cli, ["--config", config, "queue", *words])
        assert result.exit_code == 0, result.output
        return result.stdout

    for words in (
        ("list",), ("list", "--json"), ("show", str(item.id)), ("show", str(item.id), "--json"),
        ("export",), ("export", "--json"),
    ):  # fmt: skip
        hidden = said(*words)
        assert "0812••••890" in hidden
        assert not any(secret in hidden for secret in SECRETS), words
        assert PHONE in said(*words, "--unmasked")
    assert "rahasia, hubungi" not in said("export")
    assert "rahasia, hubungi 0812••••890" in said("export", "--confidential")


def test_a_copy_for_datasette_keeps_the_citys_accounts_and_hides_those_of_persons(
    made: Town, tmp_path: Path
) -> None:
    own = next(iter(made.config.x.accounts.values()))
    made.put(make_mention(60, f"@{own} lapor @budi_warga, {PHONE}"))
    path = tmp_path / "salinan.db"
    config = str(made.config.path)
    arguments = ["--config", config, "queue", "export", "--datasette", str(path)]
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 0, result.output
    with closing(sqlite3.connect(path)) as db:
        texts = [text for (text,) in db.execute("SELECT text FROM aduan")]
    assert f"@{own} lapor @••••, 0812••••890" in texts
    assert b"budi_warga" not in path.read_bytes()


def test_a_file_holds_confidential_items_only_where_a_supervisor_asked(
    made: Town, ketua: Visitor
) -> None:
    open_one = made.put(make_mention(1, f"Lampu mati, {PHONE}"))
    secret = made.put(make_mention(2, "Ada pungli"))
    now = made.clock.now()
    made.store.review(EVERYTHING, Review(secret.id, "sari", "confidential", 1, "peka"), now)
    admin = made.person("dishub")
    for person, asked, seen in ((ketua, "", 1), (ketua, "1", 2), (admin, "1", 1)):
        rows = person.post("/antrean/ekspor", bentuk="json", rahasia=asked).json()
        assert sorted(row["id"] for row in rows) == [open_one.id, secret.id][:seen]
        assert not any(PHONE in row["text"] for row in rows)
    admin.close()
