"""The invented city: accounts, versions, visibility, and the generator that lays out its days."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from simulator_support import NOW, small_world

from tanggap.clock import from_text, to_text
from tanggap.errors import InputError
from tanggap.mention import JENIS
from tanggap.policy import packaged_policy
from tanggap.sectors import SECTORS
from tanggap.simulator import World, generate_world, world_of_texts
from tanggap.simulator.oracle import Oracle
from tanggap.simulator.story import WIB
from tanggap.simulator.texts import MAX_TEXT, Line, packaged_bank, read_texts
from tanggap.simulator.truth import truth_of
from tanggap.simulator.world import NetworkName, Post, handles_in, snowflake_moment_ms

START = datetime(2026, 11, 16, 17, 0, tzinfo=UTC)


def told(world: World) -> list[tuple[object, ...]]:
    return [
        (
            post.kind,
            post.author.id,
            post.author.standing,
            [(version.id, version.text, version.at) for version in post.versions],
            post.visible_at,
            post.deleted_at,
            post.parent.id if post.parent else None,
        )
        for post in world.everything()
    ]


@pytest.fixture(scope="module")
def big_world() -> World:
    return generate_world(7, START, 96, 3000)


def citizens_posts(world: World) -> list[Post]:
    return [post for post in world.everything() if post.author.opd is None]


def test_every_opd_of_the_policy_and_the_umbrella_have_an_account() -> None:
    world = World()
    owners = {account.opd for account in world.city_accounts()}
    assert owners == {"pemkot", *packaged_policy().opd}
    assert "pln" not in owners
    assert all(len(account.handle) <= 15 for account in world.city_accounts())
    assert world.opd("dpupr").handle == "dpupr_skm"
    assert len({account.id for account in world.accounts.values()}) == len(world.accounts)


def test_ids_are_snowflakes_of_the_simulated_moment_and_too_big_for_a_float() -> None:
    world, _ = small_world()
    post = world.post("warga", "halo @dpupr_skm")
    assert post.id > 2**53
    assert snowflake_moment_ms(post.id) == NOW.timestamp() * 1000


def test_an_id_and_the_moment_on_the_wire_tell_the_same_millisecond() -> None:
    world, _ = small_world()
    for number in range(50):
        at = NOW + number * timedelta(milliseconds=1, microseconds=137)
        post = world.post("warga", "halo", at=at)
        said = from_text(to_text(post.versions[0].at)).timestamp()
        assert snowflake_moment_ms(post.id) == round(said * 1000)


def test_posts_of_the_same_millisecond_have_different_ids() -> None:
    world, _ = small_world()
    ids = {world.post("warga", "halo").id for _ in range(200)}
    assert len(ids) == 200


def test_a_handle_is_found_only_where_x_would_find_it() -> None:
    assert handles_in("Min @Dpupr_SKM, @dlh_skm/@dpupr_skm a@b.id @toolonghandlename1 @@x") == (
        "dpupr_skm",
        "dlh_skm",
    )


def test_a_reply_names_the_author_it_answers_and_belongs_to_the_conversation() -> None:
    world, _ = small_world()
    first = world.post("warga_a", "@dpupr_skm jalan rusak")
    answer = world.answer("dpupr", first, "sudah ditangani")
    third = world.reply("warga_b", answer, "@dpupr_skm belum")
    assert answer.versions[0].text == "@warga_a sudah ditangani"
    assert third.versions[0].text == "@dpupr_skm belum"
    assert third.root is first
    assert world.quote("warga_c", third, "lihat ini").root.kind == "quote"


@pytest.mark.parametrize("network", ["facebook", "instagram"])
def test_comments_stand_on_two_levels_where_x_keeps_every_one(network: NetworkName) -> None:
    for world, flat in ((World(network=network), True), (World(), False)):
        post = world.post(world.opd("dlh"), "Jadwal angkut")
        comment = world.reply("warga_a", post, "belum diangkut")
        reply = world.reply("warga_b", comment, "sama")
        answer = world.answer("dlh", reply, "besok")
        last = world.reply("warga_b", answer, "baik")
        assert (comment.parent, reply.parent) == (post, comment)
        above = [comment, comment] if flat else [reply, answer]
        assert [answer.parent, last.parent] == above
        assert last.root is post


def test_the_truth_knows_every_wording_from_when_it_was_shown() -> None:
    world, _ = small_world()
    post = world.post("warga", "@dlh_skm a", visible_after=timedelta(minutes=10))
    for minute in (5, 20, 40, 60):
        world.edit(post, f"@dlh_skm {minute}", at=NOW + timedelta(minutes=minute))
    world.delete(post, at=NOW + timedelta(minutes=50))
    shown = [(to_text(NOW + timedelta(minutes=m)), f"@dlh_skm {n}") for m, n in ((10, 5), (20, 20))]
    early = truth_of(world, NOW + timedelta(minutes=30))
    assert early["texts"] == {str(post.id): shown}
    assert (early["vanished"], early["lasted"]) == ([], {})
    late = truth_of(world, NOW + timedelta(hours=2))
    last = (to_text(NOW + timedelta(minutes=40)), "@dlh_skm 40")
    assert late["texts"] == {str(post.id): [*shown, last]}
    assert late["lasted"] == {str(post.id): 2400.0}


def test_a_repost_lasted_as_long_as_what_it_passed_on() -> None:
    world, _ = small_world()
    post = world.post("warga", "@dlh_skm sampah")
    passed = world.repost("warga_b", post, at=NOW + timedelta(minutes=5))
    world.delete(post, at=NOW + timedelta(minutes=20))
    truth = truth_of(world, NOW + timedelta(hours=1))
    assert truth["lasted"] == {str(post.id): 1200.0, str(passed.id): 900.0}
    assert set(truth["texts"]) == {str(post.id)}


def test_the_truth_tells_whose_watcher_is_shown_an_answer() -> None:
    facebook = World(network="facebook")
    dlh = facebook.opd("dlh")
    under_own = facebook.reply("warga_a", facebook.post(dlh, "Jadwal"), "kapan?")
    visit = facebook.post("warga_b", "sampah", page=dlh)
    tag = facebook.post("warga_c", "banjir", tagged=[dlh])
    asked = facebook.clock.now()
    answers = [
        facebook.answer("dlh", post, "kami cek", at=asked) for post in (under_own, visit, tag)
    ]
    truth = truth_of(facebook, asked)
    assert set(truth["answers"]) == {str(answer.id) for answer in answers}
    assert set(truth["answered"]["dlh"]) == {str(answer.id) for answer in answers[:2]}
    assert truth["answered"]["dpupr"] == []
    world, _ = small_world()
    answer = world.answer("dlh", world.post("warga", "@dpupr_skm halo"), "ya")
    truth = truth_of(world, NOW)
    assert (truth["answered"]["dlh"], truth["answered"]["dpupr"]) == ([str(answer.id)], [])


def test_a_late_post_is_seen_only_from_its_moment_on_and_a_deleted_one_no_more() -> None:
    world, _ = small_world()
    post = world.post("warga", "@dlh_skm sampah", visible_after=timedelta(hours=2))
    world.delete(post, at=NOW + timedelta(hours=5))
    seen = [post.seen_at(NOW + timedelta(hours=hour)) for hour in range(7)]
    assert seen == [False, False, True, True, True, False, False]
    assert post.ever_seen_by(NOW + timedelta(hours=6))
    assert not post.ever_seen_by(NOW + timedelta(hours=1))


def test_a_post_deleted_before_it_was_shown_was_never_to_be_seen() -> None:
    world, _ = small_world()
    post = world.post("warga", "@dlh_skm sampah", visible_after=timedelta(hours=2))
    world.delete(post, at=NOW + timedelta(hours=1))
    assert not post.ever_seen_by(NOW + timedelta(hours=9))


def test_a_repost_goes_with_what_it_passes_on() -> None:
    world, clock = small_world()
    post = world.post("warga", "@dlh_skm sampah")
    passed = world.repost("warga_b", post)
    assert passed.seen_at(clock.now())
    world.delete(post)
    assert not passed.seen_at(clock.now())


def test_an_edit_keeps_the_first_id_and_can_be_found_by_each() -> None:
    world, _ = small_world()
    post = world.post("warga", "@dlh_skm sampah")
    version = world.edit(post, "@dlh_skm @dpupr_skm sampah", at=NOW + timedelta(minutes=3))
    assert version.id > post.id
    assert world.find(str(version.id)) is world.find(str(post.id)) is post
    assert world.find("abc") is None
    assert world.naming("dpupr_skm") == [post]
    assert world.naming("dlh_skm") == [post]
    assert post.versions_at(NOW) == post.versions[:1]


def test_a_renamed_account_keeps_its_id_and_loses_its_old_handle() -> None:
    world, _ = small_world()
    account = world.opd("dlh")
    world.rename(account, "dlh_baru")
    assert world.account("dlh_skm") is None
    assert world.account("DLH_baru") is account


def test_the_same_seed_gives_the_same_city_and_another_seed_another() -> None:
    first, again = generate_world(3, START, 48, 300), generate_world(3, START, 48, 300)
    assert told(first) == told(again)
    assert told(first) != told(generate_world(4, START, 48, 300))


def test_the_city_speaks_as_often_as_asked_and_inside_the_span(big_world: World) -> None:
    on_top = [
        post
        for post in citizens_posts(big_world)
        if post.parent is not None and "answer_kind" in post.parent.labels
    ]
    spoken = [post for post in citizens_posts(big_world) if post not in on_top]
    assert len(spoken) == 3000
    assert all(START <= post.posted_at < START + timedelta(hours=96) for post in spoken)
    assert len(on_top) > 50


def test_the_city_is_as_mixed_as_a_real_one(big_world: World) -> None:
    posts = citizens_posts(big_world)
    kinds = {kind: sum(post.kind == kind for post in posts) / len(posts) for kind in ("repost",)}
    assert 0.02 < kinds["repost"] < 0.08
    assert {"post", "reply", "quote", "repost"} == {post.kind for post in posts}
    labelled = [post.labels["jenis"] for post in posts if "jenis" in post.labels]
    assert 0.48 < labelled.count("pengaduan") / len(labelled) < 0.62
    assert set(labelled) == set(JENIS)
    late = sum(post.visible_at - post.posted_at > timedelta(minutes=1) for post in posts)
    assert 0.03 < late / len(posts) < 0.07
    assert 0.01 < sum(post.deleted_at is not None for post in posts) / len(posts) < 0.04
    assert 0.01 < sum(len(post.versions) > 1 for post in posts) / len(posts) < 0.04
    assert all(
        timedelta(0) < version.at - post.posted_at <= timedelta(minutes=30)
        for post in posts
        for version in post.versions[1:]
    )
    assert any(post.author.standing == "suspended" for post in posts)


def test_every_post_of_a_citizen_addresses_the_city_or_speaks_in_its_threads(
    big_world: World,
) -> None:
    handles = {account.handle for account in big_world.city_accounts()}
    for post in citizens_posts(big_world):
        assert handles & set(post.versions[0].handles) or post.root.author.opd or post.parent


def test_the_city_answers_most_complaints_and_never_at_night(big_world: World) -> None:
    answers = [
        post
        for post in big_world.everything()
        if post.author.opd and post.kind == "reply" and post.parent
    ]
    asking = [
        post
        for post in citizens_posts(big_world)
        if post.labels.get("jenis") in ("pengaduan", "permintaan_informasi", "aspirasi")
    ]
    assert 0.4 < len(answers) / len(asking) < 0.75
    assert all(7 <= post.posted_at.astimezone(WIB).hour < 20 for post in answers)
    assert all(post.parent and post.posted_at > post.parent.posted_at for post in answers)


def test_evenings_are_livelier_than_nights(big_world: World) -> None:
    hours = [post.posted_at.astimezone(WIB).hour for post in citizens_posts(big_world)]
    evening, night = (sum(low <= hour < low + 4 for hour in hours) for low in (18, 0))
    assert evening > 4 * night


def test_the_packaged_texts_carry_known_labels_and_cover_every_jenis() -> None:
    bank = packaged_bank()
    accounts = {"pemkot", *packaged_policy().opd}
    for jenis in JENIS:
        assert len(bank.by_jenis[jenis]) >= 10
        for line in bank.by_jenis[jenis]:
            assert line.text.strip()
            assert line.sector in SECTORS if line.sector else jenis not in JENIS[:3]
            assert line.mentioned_opd in accounts | {""}
    assert bank.answers[""]
    assert set(bank.announcements) <= accounts


def write_csv(path: Path, content: str) -> Path:
    path.write_text(content, encoding="utf-8")
    return path


def test_given_texts_are_each_posted_once_in_their_order(tmp_path: Path) -> None:
    path = write_csv(
        tmp_path / "texts.csv",
        "\ufefftext,mentioned_opd,parent_text\n"
        '"jalan rusak, parah",dpupr,\n'
        "@dlh_skm sampah,,\n"
        "halo,entah|dlh,\n"
        "kenapa?,tidak_ada,Jadwal hari ini\n",
    )
    world = world_of_texts(read_texts(path), 1, START, 8)
    posts = [post for post in world.everything() if post.row]
    assert [(post.row, post.versions[0].text) for post in posts] == [
        (1, "@dpupr_skm jalan rusak, parah"),
        (2, "@dlh_skm sampah"),
        (3, "@dlh_skm halo"),
        (4, "@pemkot_skm kenapa?"),
    ]
    assert [post.posted_at for post in posts] == [
        START + timedelta(hours=hour) for hour in (1, 3, 5, 7)
    ]
    parent = posts[3].parent
    assert parent is not None
    assert (parent.author.opd, parent.versions[0].text) == ("pemkot", "Jadwal hari ini")
    truth = truth_of(world, START + timedelta(hours=9))
    assert truth["rows"] == {str(post.id): post.row for post in posts}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("kolom\nx\n", "kolom `text`"),
        ("", "kosong"),
        (f"text\n{'a' * (MAX_TEXT + 1)}\n", "baris 1"),
        ('text\n"tidak ditutup\n', "CSV"),
    ],
)
def test_a_file_of_texts_that_cannot_be_used_is_refused(
    tmp_path: Path, content: str, said: str
) -> None:
    with pytest.raises(InputError, match=said):
        read_texts(write_csv(tmp_path / "texts.csv", content))


def test_a_missing_or_foreign_file_of_texts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="tidak dapat dibaca"):
        read_texts(tmp_path / "none.csv")
    (tmp_path / "latin.csv").write_bytes(b"text\n\xe9\xff\n")
    with pytest.raises(InputError, match="UTF-8"):
        read_texts(tmp_path / "latin.csv")


def test_a_line_is_not_given_a_handle_that_it_has() -> None:
    assert Line("halo @DLH_skm").addressed_to("dlh") == "halo @DLH_skm"
    assert Line("").addressed_to("dlh") == "@dlh_skm"


def test_the_log_of_the_oracle_can_be_kept_in_a_file(tmp_path: Path) -> None:
    oracle = Oracle(tmp_path / "served.jsonl")
    for number in (1, 2):
        oracle.note(
            at=NOW,
            token="geheim",
            network="x",
            endpoint="mentions",
            source="dlh_skm",
            status=200,
            ids=(str(number),),
            fault="",
            whole=number == 1,
        )
    lines = (tmp_path / "served.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["ids"] for line in lines] == [["1"], ["2"]]
    assert "geheim" not in "".join(lines)
    assert oracle.served() == {"1"}
    assert [entry.number for entry in oracle.log(after=1)] == [2]
