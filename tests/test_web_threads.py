"""The item page of three networks: what was written where, and the thread around it."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from networks_support import ANSWER, CONTEXT, ROAD, on_facebook, put, store, the_post
from web_support import (
    NOW,
    QUEUE,
    Town,
    Visitor,
    make_decision,
    make_mention,
    words_of,
)

from tanggap.mention import Cursor, Page, Route, SourceSpec, Whole
from tanggap.store.rows import EVERYTHING
from tanggap.web.item import conversation
from tanggap.web.show import outbound


def article(page: str) -> str:
    found = re.search(r"<article.*?</article>", page, re.DOTALL)
    assert found
    return words_of(found[0])


def thread(page: str) -> str:
    return words_of(page[page.index('id="utas"') : page.index('id="riwayat"')])


@pytest.mark.parametrize(
    ("network", "kind", "words"),
    [
        ("x", "mention", "X, sebutan"),
        ("x", "reply", "X, balasan"),
        ("x", "quote", "X, kutipan"),
        ("facebook", "comment", "Facebook, komentar"),
        ("facebook", "reply", "Facebook, balasan komentar"),
        ("facebook", "visitor_post", "Facebook, kiriman warga di halaman"),
        ("facebook", "tag", "Facebook, kiriman yang menandai"),
        ("instagram", "comment", "Instagram, komentar"),
        ("instagram", "tag", "Instagram, kiriman yang menandai"),
        ("lapor", "intake", "Lapor, dari berkas"),
    ],
)
def test_network_and_kind_are_said_in_words(
    made: Town, ketua: Visitor, network: str, kind: str, words: str
) -> None:
    item = put(made, make_mention(1, network=network, kind=kind))
    assert f"{words} 20 Nov 2026" in article(ketua.get(f"/aduan/{item.id}").text)
    assert words in words_of(ketua.get("/antrean").text)


def test_a_comment_opens_with_the_post_and_the_comment_above_it(made: Town, ketua: Visitor) -> None:
    store(made, the_post(), CONTEXT)
    first = put(made, on_facebook(200, "Kapan giliran RT 03?"))
    answer = on_facebook(
        150, "Tim survei turun besok", first.mention.network_id, author_opd="dpupr"
    )
    store(made, answer, ANSWER)
    item = put(
        made,
        on_facebook(100, "RT 05 juga rusak pak", first.mention.network_id, author_handle=None),
    )
    for number in (10, 11):
        put(made, on_facebook(number, f"Semoga cepat selesai {number}"))
    page = ketua.get(f"/aduan/{item.id}").text
    assert article(page).startswith(
        f"Aduan {item.id} Baru penulis tidak diketahui Facebook, balasan komentar "
        "20 Nov 2026 08.20 WIB 2 jam lalu "
        "Di bawah kiriman DPUPR 20 Nov 2026 05.00 WIB Buka di Facebook "
        "Perbaikan Jl. Melati mulai Senin depan "
        "Menanggapi Warga Nomor200 20 Nov 2026 06.40 WIB Buka di Facebook Kapan giliran RT 03? "
        "RT 05 juga rusak pak"
    )
    said = thread(page)
    own = "Aduan ini penulis tidak diketahui Balasan komentar 20 Nov 2026 08.20 WIB RT 05 juga"
    order = [
        "Belum ada jawaban OPD untuk aduan ini",
        "Warga Nomor200 Komentar",
        "DPUPR Balasan komentar",
        own,
        "2 lainnya di bawah kiriman yang sama",
        "Semoga cepat selesai 11",
        "Semoga cepat selesai 10",
    ]
    places = [said.index(words) for words in order]
    assert places == sorted(places)
    assert page.count('aria-current="true"') == 1
    assert "@Warga" not in page  # Facebook gives names, not the names of accounts
    assert 'href="https://www.facebook.com/1001/posts/2001" target="_blank"' in page
    # Of the first complaint it is the answer.
    said = thread(ketua.get(f"/aduan/{first.id}").text)
    assert "Belum ada jawaban" not in said
    assert said.index("Aduan ini") < said.index("Jawaban DPUPR") < said.index("RT 05")


def test_a_post_above_may_be_long_empty_or_missing(made: Town, ketua: Visitor) -> None:
    long = "Pengumuman panjang. " * 60
    store(made, the_post(long), CONTEXT)
    item = put(made, on_facebook(100, "Kapan?"))
    page = ketua.get(f"/aduan/{item.id}").text
    assert "<details" in page[page.index("<article") : page.index("</article>")]
    photo = replace(the_post(""), network_id="1001_3", thread_id="1001_3")
    store(made, photo, CONTEXT)
    under = replace(
        on_facebook(90, "Bagus"), thread_id="1001_3", parent_id="1001_3", network_id="3_90"
    )
    said = article(ketua.get(f"/aduan/{put(made, under).id}").text)
    assert "Di bawah kiriman DPUPR 20 Nov 2026 05.00 WIB Buka di Facebook Tanpa teks" in said
    lost = replace(under, thread_id="9", parent_id="9", network_id="9_1")
    said = article(ketua.get(f"/aduan/{put(made, lost).id}").text)
    assert "Kiriman yang ditanggapi tidak tersedia di sini" in said


def test_a_hidden_comment_is_neither_quoted_nor_listed(made: Town) -> None:
    store(made, the_post(), CONTEXT)
    secret = put(
        made,
        on_facebook(200, "anak saya dipukul gurunya"),
        Route("triage", "sensitive", opd="dp3a", sensitive=True),
    )
    reply = on_facebook(150, "Ibu, kami dampingi", secret.mention.network_id, author_opd="dp3a")
    store(made, reply, replace(ANSWER, opd="dp3a"))
    item = put(
        made,
        on_facebook(
            100, "lampu di sana mati", secret.mention.network_id,
            parent_text="anak saya dipukul gurunya",
        ),
        QUEUE,
    )  # fmt: skip
    elsewhere = put(made, on_facebook(90, "sampah menumpuk"), replace(ROAD, opd="dlh"))
    dishub, ketua = made.person("dishub"), made.person("ketua")
    page = dishub.get(f"/aduan/{item.id}").text
    for hidden in ("dipukul", "kami dampingi", "sampah menumpuk", "Nomor200"):
        assert hidden not in page, hidden
    assert "Perbaikan Jl. Melati" in page  # the city's own post explains the comment
    whole = ketua.get(f"/aduan/{item.id}").text
    for seen in ("dipukul", "kami dampingi", "sampah menumpuk"):
        assert seen in whole
    assert dishub.get(f"/aduan/{elsewhere.id}").status_code == 404
    dishub.close()
    ketua.close()


def test_a_conversation_of_citizens_is_one_branch(made: Town) -> None:
    root = put(made, make_mention(60, "Jalan rusak", thread_id="1000060"))
    for number, parent in ((50, "1000060"), (40, "1000050"), (30, "1000040")):
        store(
            made,
            make_mention(number, f"balas {number}", parent_id=parent, thread_id="1000060"),
            CONTEXT,
        )
    detail = made.store.item(EVERYTHING, root.id)
    assert detail is not None
    seen = conversation(detail)
    assert (seen.root, seen.parent, seen.others) == (None, None, ())
    assert [post.text for post in seen.near] == ["Jalan rusak", "balas 50", "balas 40", "balas 30"]
    assert [post.this for post in seen.near] == [True, False, False, False]


def test_parents_that_go_round_in_a_circle_end_somewhere(made: Town) -> None:
    loop = {"thread_id": "akar", "network": "facebook", "kind": "reply"}
    item = put(made, make_mention(1, network_id="a", parent_id="b", **loop))
    store(made, make_mention(2, "b", network_id="b", parent_id="a", **loop), CONTEXT)
    detail = made.store.item(EVERYTHING, item.id)
    assert detail is not None
    assert {post.text for post in conversation(detail).near} >= {"Lampu jalan mati"}


@pytest.mark.parametrize(
    ("network", "address", "direct"),
    [
        ("facebook", "https://www.facebook.com/1001/posts/2001", True),
        ("facebook", "https://m.facebook.com/story.php?id=1", True),
        ("instagram", "https://www.instagram.com/p/Cx1/", True),
        ("facebook", "http://www.facebook.com/1", False),
        ("facebook", "https://facebook.com.jahat.example/1", False),
        ("facebook", "https://jahatfacebook.com/1", False),
        ("facebook", "https://www.instagram.com/p/Cx1/", False),
        ("instagram", "https://l.facebook.com/l.php?u=https://jahat.example", False),
    ],
)
def test_only_the_networks_own_addresses_open_directly(
    network: str, address: str, direct: bool
) -> None:
    assert outbound(network, address).startswith("https://" if direct else "/tautan?ke=")


def test_a_redirector_of_facebook_is_not_the_network_itself() -> None:
    assert outbound("facebook", "https://l.facebook.com/l.php?u=x").startswith("/tautan?ke=")
    assert outbound("facebook", "https://lm.facebook.com/l.php?u=x").startswith("/tautan?ke=")
    assert outbound("instagram", "https://l.instagram.com/?u=x").startswith("/tautan?ke=")


def test_the_link_of_a_comment_on_instagram_says_that_it_opens_the_post(
    made: Town, ketua: Visitor
) -> None:
    link = "https://www.instagram.com/p/Abc123/"
    for number, kind, label in (
        (1, "comment", "Buka kirimannya di Instagram"),
        (2, "reply", "Buka kirimannya di Instagram"),
        (3, "tag", "Buka di Instagram"),
    ):
        item = put(made, make_mention(number, network="instagram", kind=kind, permalink=link))
        assert label in article(ketua.get(f"/aduan/{item.id}").text)


@pytest.mark.parametrize(
    ("later", "words"),
    [
        (None, "Reaksi warga: belum ada"),
        ("apresiasi", "Reaksi warga: berterima kasih"),
        ("pengaduan", "Reaksi warga: mengadu atau bertanya lagi"),
    ],
)
def test_how_the_citizen_took_the_answer_stands_beside_it(
    made: Town, ketua: Visitor, later: str | None, words: str
) -> None:
    item = put(made, make_mention(300))
    assert "Reaksi warga" not in ketua.get(f"/aduan/{item.id}").text
    first = item.mention
    reply = {"kind": "reply", "thread_id": first.network_id}
    answer = make_mention(200, author_opd="dpupr", parent_id=first.network_id, **reply)
    store(made, answer, ANSWER)
    if later:
        again = make_mention(100, parent_id=answer.network_id, author_id=first.author_id, **reply)
        route = QUEUE if later == "pengaduan" else Route("aside", "aside", opd="dpupr")
        made.put(again, make_decision(jenis=later), route)
    assert words in thread(ketua.get(f"/aduan/{item.id}").text)


def test_an_answer_that_is_gone_stands_struck_through_with_since_when(
    made: Town, ketua: Visitor
) -> None:
    source = SourceSpec("x:timeline:dishub", "x", "timeline", ("dishub",), "dishub_skm", 600)
    item = put(made, make_mention(300))
    answer = make_mention(
        200, "Sudah diganti", kind="reply", author_opd="dishub",
        thread_id=item.mention.network_id, parent_id=item.mention.network_id,
    )  # fmt: skip
    made.store.sync_sources([source], NOW)
    for hours, listed in enumerate(((answer,), (), ()), start=1):
        now = NOW + timedelta(hours=hours)
        lease = made.store.lease(source.id, "uji", now, now + timedelta(minutes=3))
        assert lease
        whole = Whole(NOW - timedelta(days=1), now)
        decided = {answer.network_id: (make_decision(), ANSWER)}
        made.store.accept(lease, Page(listed, Cursor("c"), whole=whole), decided, now)
        made.store.release(lease)
    page = ketua.get(f"/aduan/{item.id}").text
    said = thread(page)
    assert "Belum ada jawaban OPD" in said
    assert "Reaksi warga" not in said
    assert "Sudah diganti Tidak ada lagi di jaringan sejak 20 Nov 2026" in said
    assert re.search(r'<div class="gone">.*Sudah diganti', page, re.DOTALL)
    assert "mendapati jawaban OPD tidak ada lagi di jaringan" in words_of(page)
    assert "Baru" in article(page)
