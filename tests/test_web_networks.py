"""The sources page with all networks on: who is connected, the token, rests, what is not seen."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import web_support
from networks_support import add_all, add_web, everything_on, fail, only_web, poll
from web_support import Town, town, words_of

from tanggap.mention import SourceSpec


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    plain = web_support.make_config
    monkeypatch.setattr(
        web_support, "make_config", lambda *given, **more: everything_on(plain(*given, **more))
    )
    with town(tmp_path, x_enabled=True) as running:
        add_all(running)
        yield running


def page_of(made: Town, name: str) -> str:
    person = made.person(name)
    try:
        return words_of(person.get("/sumber").text)
    finally:
        person.close()


def part_of(said: str, start: str, end: str) -> str:
    """Return what a page says between two headings."""
    return said[said.index(start) : said.index(end, said.index(start))]


def test_accounts_stand_once_with_all_their_sources_and_trouble_comes_first(made: Town) -> None:
    fail(made, "meta:facebook:dp3a:feed", "needs_human", "account_gone")
    said = page_of(made, "ketua")
    facebook = part_of(said, "Facebook 1 perlu tindakan 16 lancar", "Instagram 19 lancar")
    assert (
        "DP3A dp3a.sukamaju Perlu tindakan Kiriman dan komentar: Akun tidak ditemukan" in facebook
    )
    assert facebook.count("dp3a.sukamaju") == 1 + facebook.count("Ambil dp3a")
    assert "16 akun lainnya" in facebook
    assert facebook.index("dp3a.sukamaju") < facebook.index("dpupr.sukamaju")
    assert "Kiriman yang menandai Terakhir berhasil 1 menit lalu" in facebook


def test_opds_that_are_not_connected_are_named_with_what_it_takes(made: Town) -> None:
    facebook = part_of(page_of(made, "ketua"), "Facebook 17 lancar", "Instagram 19 lancar")
    assert "5 OPD belum tersambung DLH DPMD Distan Bapenda Inspektorat" in facebook
    assert "Minta admin halaman memberi akses kepada pengguna sistem Diskominfo" in facebook
    # Of Instagram nobody is missing: three are read by the other way.
    assert page_of(made, "ketua").count("belum tersambung") == 1
    own = page_of(made, "dlh")
    assert "1 OPD belum tersambung DLH" in own
    assert "Hubungi Diskominfo untuk menyambungkannya." in own
    assert "Instagram tanpa token" not in own


def test_each_network_says_what_cannot_be_seen(made: Town) -> None:
    said = page_of(made, "ketua")
    assert "komentar baru di bawah kiriman yang lebih tua dari 30 hari" in said
    instagram = part_of(said, "Instagram 19 lancar", "Instagram tanpa token 3 lancar")
    assert "di bawah kiriman akun OPD yang berumur paling lama 21 hari" in instagram
    assert "Instagram tidak memberikannya kepada Tanggap" in instagram
    web = said[said.index("Instagram tanpa token 3 lancar") :]
    assert "Perhatian. Membaca tanpa izin resmi melanggar ketentuan Instagram." in web
    assert "lebih tua dari 14 hari" in web


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (None, "Tidak berakhir diperiksa baru saja"),
        (40, "Berakhir 40 hari lagi 30 Des 2026 10.00 WIB diperiksa"),
        (14, "Berakhir 14 hari lagi 4 Des 2026 10.00 WIB diperiksa baru saja Buat token baru"),
        (0.5, "Berakhir kurang dari sehari lagi"),
        (-1, "Sudah berakhir 19 Nov 2026 10.00 WIB diperiksa baru saja Buat token baru"),
    ],
)
def test_the_end_of_the_token_is_counted_down(made: Town, days: float | None, words: str) -> None:
    now = made.clock.now()
    poll(made, "meta:token", now, None if days is None else now + timedelta(days=days))
    said = part_of(page_of(made, "ketua"), "Token Meta untuk Facebook dan Instagram", "Facebook ")
    said += part_of(page_of(made, "ketua"), said, "OPD belum tersambung")
    assert words in said
    assert ("Buat token baru" in said) == (days is not None and days <= 14)
    assert "Token Meta" not in page_of(made, "dlh")


def test_a_token_that_was_refused_says_so_and_stops_both_networks_at_once(made: Town) -> None:
    now = made.clock.now()
    fail(made, "meta:facebook:dpupr:feed", "needs_human", "meta_token")
    fail(made, "meta:token", "needs_human", "meta_token")
    made.store.hold("meta", now + timedelta(minutes=15), "meta_token", now)
    said = page_of(made, "ketua")
    # Instagram met no refusal of its own, but the same act mends both.
    assert said.count("Terakhir terbaca 20 Nov 2026 09.59 WIB") == 2
    assert said.count("Tanpa tindakan dicoba lagi 20 Nov 2026 10.15 WIB, 15 menit lagi") == 2
    for count, name in ((17, "Facebook"), (19, "Instagram")):
        stop = f"{name} {count} perlu tindakan Perlu tindakan Token Meta tidak berlaku lagi"
        assert stop in said
    for contradiction in ("Beristirahat", "Menunggu", "WIB Dicoba lagi"):
        assert contradiction not in said
    assert "17 akun" in said  # folded, the reason stands above
    assert "3 lancar" in said  # the way without a token goes on


def test_a_resting_way_says_since_when_why_and_until_when(made: Town) -> None:
    now = made.clock.now()
    for number in (2, 1, 0):
        since = now - timedelta(hours=number)
        made.store.hold("instagram_web", since + timedelta(minutes=59), "instagram_wait", since)
    made.store.hold("instagram_web", now + timedelta(hours=12), "instagram_wait", now)
    said = page_of(made, "ketua")
    web = said[said.index("Instagram tanpa token") :]
    assert "3 menunggu" in web
    assert (
        "Terakhir terbaca 20 Nov 2026 09.59 WIB "
        "Dicoba lagi 20 Nov 2026 22.00 WIB, 12 jam lagi 3 kali berturut-turut" in web
    )
    assert "Ambil sekarang" not in web


def test_a_rest_of_one_endpoint_names_what_it_stops(made: Town) -> None:
    now = made.clock.now()
    specs = [
        SourceSpec(f"x:{kind}:{opd}", "x", kind, (opd,), f"{opd}_skm", 180)
        for opd in ("dpupr", "dlh")
        for kind in ("mentions", "timeline")
    ]
    made.store.sync_sources(specs, now)
    made.store.hold("x:mentions", now + timedelta(minutes=10), "rate_limited", now)
    made.store.hold("x:timeline:dlh", now + timedelta(minutes=5), "rate_limited", now)
    said = page_of(made, "ketua")
    assert "Beristirahat Sebutan: Batas panggilan jaringan tercapai." in said
    assert said.count("Beristirahat") == 1
    # What stops one account only stands with that account.
    assert "DLH dlh_skm Menunggu" in said
    assert "1 akun lainnya" not in said  # few accounts are not folded


def test_a_stop_that_needs_a_person_is_called_alike_for_all_that_it_covers(made: Town) -> None:
    now = made.clock.now()
    first = next(iter(made.config.instagram_web.accounts))
    fail(made, f"instagram_web:{first}:media", "needs_human", "instagram_checkpoint")
    made.store.hold("instagram_web", now + timedelta(hours=22), "instagram_checkpoint", now)
    person = made.person("ketua")
    page = person.get("/sumber").text
    person.close()
    said = words_of(page)
    web = said[said.index("Instagram tanpa token 3 perlu tindakan") :]
    assert "Perlu tindakan Instagram menahan akun pembaca" in web
    assert "Tanpa tindakan dicoba lagi 21 Nov 2026 08.00 WIB, 22 jam lagi" in web
    assert "Menunggu" not in web
    # What a person mended may be tried at once.
    assert page.count('value="instagram_web:') == 6


def test_an_account_with_another_need_keeps_it_under_a_wider_stop(made: Town) -> None:
    now = made.clock.now()
    fail(made, "meta:facebook:dp3a:feed", "needs_human", "page_not_granted")
    made.store.hold("meta", now + timedelta(hours=1), "usage_high", now)
    facebook = part_of(page_of(made, "ketua"), "Facebook 1 perlu tindakan 16 menunggu", "Instagram")
    assert "Beristirahat Batas panggilan Meta hampir habis" in facebook
    assert "DP3A dp3a.sukamaju Perlu tindakan Kiriman dan komentar: Akun tidak termasuk" in facebook


def outage(made: Town) -> None:
    """Fail all sources as a server without internet does."""
    for source in made.store.sources(made.clock.now()):
        fail(made, source.spec.id, "backoff", "network_unreachable")


def test_an_outage_is_said_once_per_network_with_the_accounts_below(made: Town) -> None:
    outage(made)
    person = made.person("ketua")
    page = person.get("/sumber").text
    person.close()
    said = words_of(page)
    once = (
        "Terganggu {} akun Jaringan tidak dapat dihubungi. Dicoba lagi otomatis. Bila lebih dari "
        "satu jam, periksa sambungan internet server. Terakhir terbaca 20 Nov 2026 09.59 WIB "
        "Dicoba lagi 20 Nov 2026 11.00 WIB, 1 jam lagi Nama akunnya"
    )
    for count in (17, 19):
        assert said.count(once.format(count)) == 1
    assert "Terganggu 3 akun Jaringan tidak dapat dihubungi." in said
    assert "account-of" not in page
    assert page.count('<details class="row">') == 17 + 19 + 3
    # An OPD's admin has few accounts; theirs stay cards.
    own = page_of(made, "dishub")
    assert "Dishub dishub.sukamaju Terganggu Jaringan tidak dapat dihubungi." in own
    assert "Nama akunnya" not in own


def test_single_troubles_stand_beside_those_that_many_have(made: Town) -> None:
    for opd in ("dp3a", "dinkes", "dishub"):
        fail(made, f"meta:facebook:{opd}:tagged", "needs_human", "meta_permission")
    for opd in ("bpbd", "disdik"):
        fail(made, f"meta:facebook:{opd}:tagged", "backoff", "network_timeout")
    said = page_of(made, "ketua")
    facebook = part_of(said, "Facebook 3 perlu tindakan 2 terganggu 12 lancar", "Instagram 19")
    assert "Perlu tindakan 3 akun Kiriman yang menandai Token Meta tidak memiliki" in facebook
    assert "Tanpa tindakan dicoba lagi 20 Nov 2026 11.00 WIB, 1 jam lagi Nama akunnya" in facebook
    for name in ("BPBD bpbd.sukamaju", "Disdik disdik.sukamaju"):
        assert f"{name} Terganggu Kiriman yang menandai: Jaringan terlalu lama" in facebook
    assert "12 akun lainnya" in facebook


def test_fetching_all_leaves_the_reader_of_instagram_alone_but_one_source_may_be_fetched(
    made: Town,
) -> None:
    now = made.clock.now()
    for name in made.store.due(now, 200):
        lease = made.store.lease(name, "uji", now, now + timedelta(minutes=3))
        assert lease is not None
        made.store.finish(lease, now, now + timedelta(hours=1), "")
    person = made.person("ketua")
    assert person.post("/sumber/ambil").status_code == 303
    due = made.store.due(now, 200)
    assert "meta:facebook:dpupr:feed" in due
    assert not [name for name in due if name.startswith("instagram_web")]
    one = f"instagram_web:{next(iter(made.config.instagram_web.accounts))}:media"
    assert person.post("/sumber/ambil", sumber=one).status_code == 303
    assert [name for name in made.store.due(now, 200) if name.startswith("instagram_web")] == [one]
    assert "Ambil semua sekarang melewatinya" in words_of(person.get("/sumber").text)
    person.close()


def test_with_only_the_way_without_a_token_the_official_way_is_named_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = web_support.make_config
    monkeypatch.setattr(
        web_support, "make_config", lambda *given, **more: only_web(plain(*given, **more))
    )
    with town(tmp_path) as made:
        add_web(made)
        said = page_of(made, "ketua")
        assert "belum tersambung" not in said
        web = part_of(said, "Instagram tanpa token 3 lancar", "Belum dinyalakan")
        assert "Sambungkan OPD lain lewat jalur resmi: [instagram.accounts]" in web
        assert "Ambil semua sekarang" not in said  # there is nothing that it would fetch
        # Who is not read so is told that nobody watches; who is read so is not.
        assert "Aduan di X, Facebook, Instagram belum terpantau." in page_of(made, "dishub")
        made.store.add_user(
            "baca", "opd", (next(iter(made.config.instagram_web.accounts)),),
            web_support.password_hash(), made.clock.now(),
        )  # fmt: skip
        assert "Aduan di X, Facebook belum terpantau." in page_of(made, "baca")
