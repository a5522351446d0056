"""First steps on the page of an urgent or sensitive item."""

from web_support import QUEUE, Town, Visitor, make_decision, make_mention, words_of

from tanggap.mention import Flag, Review, Route
from tanggap.store.rows import EVERYTHING

HIDDEN = Route("triage", "sensitive", opd="dp3a", sensitive=True)


def test_an_urgent_item_says_first_what_to_do_and_whom_to_call(made: Town) -> None:
    decision = make_decision(urgent=Flag(True, 0.9), because=("darurat:kebakaran", "lampu"))
    item = made.put(make_mention(301, "Kebakaran di pasar, api besar"), decision, QUEUE)
    dishub = made.person("dishub")
    html = dishub.get(f"/aduan/{item.id}").text
    page = words_of(html)
    assert html.index('class="card advice"') < html.index('class="columns"')
    assert "Langkah pertama Kebakaran atau kebocoran gas. Telepon 112 sekarang" in page
    assert "Panggilan darurat 112 Pemadam kebakaran 113" in page
    done = Review(item.id, "ketua", "status", item.version, status="selesai")
    made.store.review(EVERYTHING, done, made.clock.now())
    assert "Langkah pertama" not in words_of(dishub.get(f"/aduan/{item.id}").text)


def test_a_sensitive_item_names_the_safe_way(made: Town, ketua: Visitor) -> None:
    delicate = make_decision("perempuan_anak", "dp3a", sensitive=Flag(True, 0.9))
    item = made.put(make_mention(302, "anak itu takut pulang"), delicate, HIDDEN)
    page = words_of(ketua.get(f"/aduan/{item.id}").text)
    assert "Kekerasan terhadap perempuan atau anak." in page
    assert "SAPA 129 129 atau WhatsApp 08111-129-129" in page


def test_an_unknown_danger_gets_the_general_number(made: Town, ketua: Visitor) -> None:
    unknown = make_decision(urgent=Flag(True, 0.9), because=("darurat:model",))
    item = made.put(make_mention(303, "tolong segera ke sini"), unknown)
    page = words_of(ketua.get(f"/aduan/{item.id}").text)
    assert "Keadaan darurat. Baca aduannya sekarang." in page
    assert "Panggilan darurat 112" in page


def test_an_ordinary_item_has_no_first_steps(made: Town, ketua: Visitor) -> None:
    item = made.put(make_mention(304, "lampu jalan mati"))
    assert "Langkah pertama" not in words_of(ketua.get(f"/aduan/{item.id}").text)


def test_captions_are_read_in_english_too_and_the_citys_texts_stay(made: Town) -> None:
    decision = make_decision(urgent=Flag(True, 0.9), because=("darurat:kebakaran",))
    item = made.put(make_mention(305, "Kebakaran"), decision)
    reader = made.person("ketua")
    reader.post("/bahasa", bahasa="en")
    page = words_of(reader.get(f"/aduan/{item.id}").text)
    assert "First steps Kebakaran atau kebocoran gas." in page
    assert "Emergency call 112 Fire brigade 113" in page


def drafts_of(reader: Visitor, number: int) -> str:
    html = reader.get(f"/aduan/{number}").text
    return words_of(html[html.index('id="draf"') :].split("</section>")[0])


def test_a_threat_of_suicide_is_answered_with_drafts_of_its_own(made: Town, ketua: Visitor) -> None:
    said = make_decision(
        "lainnya", "dinkes", sensitive=Flag(True, 0.9), because=("sensitif:bunuh diri",)
    )
    item = made.put(make_mention(306, "aku mau bunuh diri saja"), said, HIDDEN)
    drafts = drafts_of(ketua, item.id)
    assert "Anda tidak sendirian" in drafts
    assert "healing119.id atau 119, lalu tekan 8" in drafts
    assert "telepon 112" in drafts
    for general in ("Aduan diterima", "Minta lokasi", "nomor", "diteruskan"):
        assert general not in drafts
    done = Review(item.id, "ketua", "status", item.version, status="selesai")
    made.store.review(EVERYTHING, done, made.clock.now())
    assert drafts_of(ketua, item.id) == drafts, "who answers late answers no colder"


def test_violence_against_a_child_is_answered_without_its_case(made: Town, ketua: Visitor) -> None:
    said = make_decision(
        "pendidikan", "disdik", sensitive=Flag(True, 0.9), because=("sensitif:ditampar guru",)
    )
    item = made.put(make_mention(307, "anak saya ditampar guru di kelas"), said, HIDDEN)
    drafts = drafts_of(ketua, item.id)
    assert "129 atau WhatsApp 08111-129-129" in drafts
    assert "mohon tidak ditulis atau dibagikan di sini" in drafts
    for general in ("Mohon sebutkan", "nomor " + str(item.id), "Minta lokasi"):
        assert general not in drafts


def test_who_was_beaten_and_wants_to_die_is_offered_both_helps(made: Town, ketua: Visitor) -> None:
    said = make_decision(
        "pendidikan",
        "disdik",
        urgent=Flag(True, 0.9),
        sensitive=Flag(True, 0.9),
        because=("darurat:dikeroyok", "darurat:digebukin", "sensitif:dikeroyok"),
    )
    text = "anak saya dikeroyok, digebukin temannya, sekarang bilang pengen mati"
    item = made.put(make_mention(308, text), said, HIDDEN)
    drafts = drafts_of(ketua, item.id)
    assert drafts.index("Anda tidak sendirian") < drafts.index("menjauh ke tempat aman")
    assert "healing119.id" in drafts


def test_drafts_go_by_every_danger_and_not_only_by_the_two_shown(
    made: Town, ketua: Visitor
) -> None:
    said = make_decision(
        urgent=Flag(True, 0.9),
        sensitive=Flag(True, 0.9),
        because=("darurat:kebakar", "darurat:sesak napas", "sensitif:dianiaya"),
    )
    item = made.put(make_mention(309, "tolong segera"), said, HIDDEN)
    html = ketua.get(f"/aduan/{item.id}").text
    steps = words_of(html[html.index('id="langkah-pertama"') :].split("</section>")[0])
    assert "Kebakaran atau kebocoran gas." in steps
    assert "Gawat darurat medis" in steps
    assert "Kekerasan" not in steps, "a third would bury the first"
    drafts = drafts_of(ketua, item.id)
    assert "menjauh ke tempat aman" in drafts
    assert "Minta lokasi" not in drafts
