"""The answers of the city's accounts: their words and forms, and what the oracle knows of them."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from graph_wire_support import COMMENT_FIELDS, IG_COMMENT_FIELDS, GraphCity, graph_city, identity
from simulator_support import NOW, SettableClock, session, small_world

import models
from tanggap.clock import to_text
from tanggap.errors import InputError
from tanggap.mention import ANSWER_KINDS, UMBRELLA
from tanggap.policy import packaged_policy
from tanggap.simulator import Simulator, World, generate_world
from tanggap.simulator.answer_forms import answered_by, give_answer
from tanggap.simulator.answering import ANSWER_EDITS, FOLLOW_UPS
from tanggap.simulator.story import WIB
from tanggap.simulator.texts import packaged_bank
from tanggap.simulator.truth import truth_of
from tanggap.simulator.world import NetworkName, Post, handles_in

START = datetime(2026, 11, 16, 17, 0, tzinfo=UTC)
IN_THE_END = START + timedelta(days=60)
NETWORKS: tuple[NetworkName, ...] = ("x", "facebook", "instagram")
ON_X = {account.handle: account.opd for account in World().city_accounts()}
Facts = dict[str, dict[str, Any]]


def city_of(network: NetworkName, seed: int = 7, mentions: int = 3000, **more: Any) -> World:
    return generate_world(seed, START, 96, mentions, network=network, guests=True, **more)


@pytest.fixture(scope="module")
def worlds() -> dict[str, World]:
    return {network: city_of(network) for network in NETWORKS}


def facts_of(world: World, now: datetime = IN_THE_END) -> Facts:
    facts: Facts = truth_of(world, now)["answer_facts"]
    return facts


def share(facts: Facts, name: str, wanted: object) -> float:
    return sum(fact[name] == wanted for fact in facts.values()) / len(facts)


def asked_and_answered(world: World) -> list[tuple[Post, list[Post]]]:
    """Return each citizen's post that was answered, with its answers by their time."""
    found: dict[int, tuple[Post, list[Post]]] = {}
    for post in world.everything():
        to = answered_by(post)
        if to is not None:
            found.setdefault(to.id, (to, []))[1].append(post)
    return [
        (to, sorted(answers, key=lambda post: post.posted_at)) for to, answers in found.values()
    ]


# --- the texts -----------------------------------------------------------------------------------


def answer_rows() -> list[dict[str, str]]:
    path = Path(__file__).parents[1] / "tanggap" / "simulator" / "answers.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_there_are_twenty_different_texts_of_each_kind_of_answer() -> None:
    rows = answer_rows()
    kinds = Counter(row["kind"] for row in rows)
    assert set(kinds) == set(ANSWER_KINDS)
    assert min(kinds.values()) >= 20
    assert len({bare(row["text"]) or row["text"] for row in rows}) == len(rows)
    assert {row["opd"] for row in rows if "opd" in row} <= {UMBRELLA, *packaged_policy().opd}


def test_every_account_has_something_to_say_of_each_kind() -> None:
    bank = packaged_bank()
    assert {answer.kind for answer in bank.answers[""]} == set(ANSWER_KINDS)
    assert not any(handles_in(answer.text) for answer in bank.answers[""])
    named = [handles_in(answer.text) for answers in bank.answers.values() for answer in answers]
    assert {handle for handles in named for handle in handles} <= set(ON_X)


def bare(text: str) -> str:
    """Return a text without all that a copy might have changed."""
    return "".join(character for character in text.casefold() if character.isalnum())


def test_no_answer_of_the_simulator_is_trained_with() -> None:
    folder = Path(models.__file__).parent
    rows = [
        json.loads(line)
        for path in sorted(folder.rglob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    trained = {bare(row["text"]) for row in rows if "text" in row}
    assert len(trained) > 5_000
    # One of two emoji has no letter that could be compared.
    assert not trained & ({bare(row["text"]) for row in answer_rows()} - {""})


# --- the story -----------------------------------------------------------------------------------


def wordings_of(world: World) -> list[tuple[int, str]]:
    return [
        (version.id, version.text)
        for _, answers in asked_and_answered(world)
        for answer in answers
        for version in answer.versions
    ]


def test_the_same_seed_gives_the_same_answers() -> None:
    for network in NETWORKS:
        first, again, another = (city_of(network, seed, 300) for seed in (7, 7, 8))
        assert facts_of(first) == facts_of(again)
        assert facts_of(first) != facts_of(another)
        assert wordings_of(first) == wordings_of(again)


def test_what_the_accounts_do_leaves_what_the_citizens_say_as_it_is() -> None:
    """Answers and what follows are drawn last."""
    told = [
        [
            (post.id, [version.text for version in post.versions], post.deleted_at)
            for post in generate_world(
                7, START, 96, 600, network="facebook", guests=guests
            ).everything()
            if answered_by(post) is None
            and post.versions[0].text not in {text for text, _ in FOLLOW_UPS}
        ]
        for guests in (False, True)
    ]
    assert told[0] == told[1]
    assert len(told[0]) > 600


@pytest.mark.parametrize("network", NETWORKS)
def test_each_kind_has_its_share(network: str, worlds: dict[str, World]) -> None:
    facts = facts_of(worlds[network])
    assert len(facts) > 800
    shares = {kind: share(facts, "kind", kind) for kind in ANSWER_KINDS}
    assert sum(shares.values()) == pytest.approx(1)
    assert 0.45 < shares["substantif"] < 0.65
    assert 0.22 < shares["template"] < 0.38
    assert 0.06 < shares["minta_dm"] < 0.16
    assert 0.04 < shares["arahkan"] < 0.12


def test_x_knows_quotes_and_posts_that_only_name_the_citizen(worlds: dict[str, World]) -> None:
    facts = facts_of(worlds["x"])
    assert 0.03 < share(facts, "form", "quote") < 0.07
    assert 0.015 < share(facts, "form", "naming") < 0.05
    assert share(facts, "form", "reply") > 0.88


def test_instagram_knows_comments_that_name_and_facebook_replies_only(
    worlds: dict[str, World],
) -> None:
    under_own = [
        answer
        for to, answers in asked_and_answered(worlds["instagram"])
        for answer in answers
        if to.root.author.opd is not None
    ]
    naming = [answer for answer in under_own if answer.answers is not None]
    assert 0.03 < len(naming) / len(under_own) < 0.07
    assert 0.02 < share(facts_of(worlds["instagram"]), "form", "naming") < 0.07
    assert share(facts_of(worlds["facebook"]), "form", "reply") == 1


@pytest.mark.parametrize("network", NETWORKS)
def test_one_in_ten_is_put_off_politely_and_answered_later(
    network: str, worlds: dict[str, World]
) -> None:
    answered = asked_and_answered(worlds[network])
    twice = [answers for _, answers in answered if len(answers) > 1]
    assert 0.07 < len(twice) / len(answered) < 0.14
    for answers in twice:
        kinds = [answer.labels["answer_kind"] for answer in answers]
        assert kinds == ["template", "substantif"]
        assert answers[1].posted_at - answers[0].posted_at >= timedelta(hours=2)
        assert answers[0].author is answers[1].author


@pytest.mark.parametrize("network", NETWORKS)
def test_most_answers_come_within_hours_some_days_later_none_at_night(
    network: str, worlds: dict[str, World]
) -> None:
    answered = asked_and_answered(worlds[network])
    waits = sorted(answers[0].posted_at - to.posted_at for to, answers in answered)
    assert waits[0] > timedelta(0)
    assert waits[len(waits) // 2] < timedelta(hours=6)
    assert waits[-1] <= timedelta(days=9)
    assert 0.04 < sum(wait >= timedelta(days=2) for wait in waits) / len(waits) < 0.09
    for _, answers in answered:
        assert all(7 <= answer.posted_at.astimezone(WIB).hour < 20 for answer in answers)


def test_nobody_answers_what_is_gone(worlds: dict[str, World]) -> None:
    for world in worlds.values():
        gone = [
            (to, answer)
            for to, answers in asked_and_answered(world)
            for answer in answers
            if to.gone_at is not None
        ]
        assert gone
        assert all(to.gone_at is not None and answer.posted_at < to.gone_at for to, answer in gone)


@pytest.mark.parametrize("network", NETWORKS)
def test_some_answers_are_edited_and_some_deleted(network: str, worlds: dict[str, World]) -> None:
    facts, world = facts_of(worlds[network]), worlds[network]
    answers = [post for _, found in asked_and_answered(world) for post in found]
    # X lets only quotes and posts be edited: a quarter of these.
    low, high = (0.008, 0.04) if network == "x" else (0.025, 0.06)
    assert low < share(facts, "edited", True) < high
    deleted = [post for post in answers if post.deleted_at is not None]
    assert 0.025 < len(deleted) / len(answers) < 0.06
    edited = [post for post in answers if len(post.versions) > 1]
    for post in edited:
        assert post.versions[1].text.removeprefix(post.versions[0].text) in ANSWER_EDITS
        assert network != "x" or post.kind != "reply"
    assert not set(deleted) & set(edited)


@pytest.mark.parametrize("network", NETWORKS)
def test_addressed_accounts_the_umbrella_and_the_owners_of_sectors_answer(
    network: str, worlds: dict[str, World]
) -> None:
    owners = packaged_policy().sector_opd
    seen: Counter[str] = Counter()
    for to, answers in asked_and_answered(worlds[network]):
        addressed = turned_to(to)
        by = answers[0].author.opd
        assert by in {addressed, UMBRELLA, owners.get(to.labels.get("sector", ""))}
        if addressed != UMBRELLA:
            seen["addressed" if by == addressed else "umbrella" if by == UMBRELLA else "owner"] += 1
    assert seen["addressed"] / seen.total() > 0.75
    assert seen["umbrella"] / seen.total() > 0.03
    assert seen["owner"] > 0


def turned_to(post: Post) -> str:
    """Return the OPD (or `pemkot`) whose account a citizen's post turns to."""
    if post.network == "x":
        named = (ON_X.get(handle) for handle in post.versions[0].handles)
        return next((opd for opd in named if opd), UMBRELLA)
    root = post.root
    return root.author.opd or (root.page or root.tagged[0]).opd or ""


def test_no_account_sends_a_citizen_to_itself(worlds: dict[str, World]) -> None:
    named_by_any = set()
    for network, world in worlds.items():
        own = {account.handle for account in world.city_accounts()}
        answers = [post for _, found in asked_and_answered(world) for post in found]
        sent = [(post.author.handle, own & set(post.versions[0].handles)) for post in answers]
        named_by_any |= {handle for _, named in sent for handle in named}
        assert not any(handle in named for handle, named in sent)
        # The bank has X's names; elsewhere the accounts are called as they are called there.
        assert network == "x" or not any("_skm" in post.versions[0].text for post in answers)
    assert len(named_by_any) > 3


def test_without_guests_each_page_answers_for_itself() -> None:
    for network in NETWORKS[1:]:
        world = generate_world(7, START, 96, 400, network=network)
        answered = asked_and_answered(world)
        assert len(answered) > 100
        assert all(
            answer.author.opd == turned_to(to) for to, answers in answered for answer in answers
        )


# --- the truth -----------------------------------------------------------------------------------


@pytest.mark.parametrize("network", NETWORKS)
def test_the_facts_hold_the_replies_of_the_older_keys(
    network: str, worlds: dict[str, World]
) -> None:
    truth = truth_of(worlds[network], IN_THE_END)
    facts: Facts = truth["answer_facts"]
    replies = {name: fact["to"] for name, fact in facts.items() if fact["form"] == "reply"}
    assert truth["answers"] == replies
    for opd, shown in truth["answered"].items():
        assert set(shown) <= {name for name, fact in facts.items() if opd in fact["shown_to"]}
    assert set(facts) <= set(truth["own"])
    assert {name for name, fact in facts.items() if fact["gone_at"]} == set(facts) & set(
        truth["vanished"]
    )


def test_the_facts_of_an_answer_are_those_of_the_moment() -> None:
    world, _ = small_world()
    post = world.post("warga", "@dlh_skm sampah", at=NOW)
    minute = timedelta(minutes=1)
    text = "silakan ke @dishub_skm"
    answer = give_answer(world, "dlh", post, text, form="quote", kind="arahkan", at=NOW + minute)
    world.edit(answer, f"{text} ya", at=NOW + 5 * minute)
    world.delete(answer, at=NOW + 9 * minute)
    name, known = str(answer.id), []
    for minutes in (0, 1, 5, 9):
        known.append(facts_of(world, NOW + minutes * minute).get(name))
    fact = {
        "to": str(post.id),
        "by": "dlh",
        "at": to_text(NOW + minute),
        "kind": "arahkan",
        "form": "quote",
        "edited": False,
        "gone_at": None,
        "shown_to": ["dlh", "dishub"],
    }
    edited = fact | {"edited": True}
    assert known == [None, fact, edited, edited | {"gone_at": to_text(NOW + 9 * minute)}]
    assert truth_of(world, NOW + minute)["answers"] == {}  # replies only


def test_an_answer_under_a_strangers_post_is_shown_to_nobody() -> None:
    world = World(network="instagram")
    dlh = world.opd("dlh")
    photo = world.post("warga_a", "banjir", tagged=[dlh])
    comment = world.reply("warga_b", world.post(dlh, "Jadwal"), "kapan?")
    beside = give_answer(world, "dpupr", comment, "besok", form="naming", kind="substantif")
    under = give_answer(world, "dlh", photo, "kami cek")
    facts = facts_of(world, world.clock.now())
    assert facts[str(under.id)]["shown_to"] == []
    assert facts[str(under.id)]["kind"] is None
    assert facts[str(beside.id)]["shown_to"] == ["dlh"]
    assert facts[str(beside.id)]["to"] == str(comment.id)


def test_an_announcement_that_names_a_citizen_answers_nobody() -> None:
    world, clock = small_world()
    world.post("warga", "@dlh_skm sampah")
    world.post(world.opd("dlh"), "Selamat kepada @warga, juara lomba kebersihan")
    assert facts_of(world, clock.now()) == {}


@pytest.mark.parametrize("network", ["facebook", "instagram"])
def test_a_form_that_the_network_has_not_is_refused(network: NetworkName) -> None:
    world = World(network=network)
    photo = world.post("warga", "banjir", tagged=[world.opd("dlh")])
    for form in ("quote", "naming"):
        with pytest.raises(InputError, match="pilih dari: reply"):
            give_answer(world, "dlh", photo, "ya", form=form)  # type: ignore[arg-type]
    assert len(list(world.everything())) == 1


# --- the wire ------------------------------------------------------------------------------------


def on_x(http: requests.Session, simulator: Simulator, opd: str) -> Iterator[dict[str, Any]]:
    """Return what an account wrote, as X lists it."""
    fields = "created_at,referenced_tweets,entities,edit_controls"
    query = {"max_results": "100", "tweet.fields": fields}
    path = f"{simulator.address}/2/users/{simulator.world.opd(opd).id}/tweets"
    while True:
        body = http.get(path, params=query, timeout=5).json()
        yield from body.get("data", ())
        if "next_token" not in body["meta"]:
            return
        query["pagination_token"] = body["meta"]["next_token"]


def test_x_serves_each_answer_as_the_facts_have_it() -> None:
    clock = SettableClock(START + timedelta(days=7))
    world = city_of("x", mentions=1500, clock=clock)
    served = {}
    with Simulator(world, clock=clock) as simulator, session(simulator) as http:
        for account in world.city_accounts():
            for item in on_x(http, simulator, account.opd or ""):
                served[item["edit_history_tweet_ids"][0]] = (account.opd, item)
        truth = simulator.truth("x")
    facts: Facts = truth["answer_facts"]
    assert {name for name, fact in facts.items() if not fact["gone_at"]} == set(facts) & set(served)
    forms: Counter[str] = Counter()
    for name in set(facts) & set(served):
        fact, (by, item) = facts[name], served[name]
        references = [(each["type"], each["id"]) for each in item.get("referenced_tweets", ())]
        to = world.find(fact["to"])
        assert to is not None
        if fact["form"] == "naming":
            named = {each["username"].lower() for each in item["entities"]["mentions"]}
            assert references == []
            assert to.author.handle.lower() in named
        else:
            ((kind, target),) = references
            assert kind == {"reply": "replied_to", "quote": "quoted"}[fact["form"]]
            assert world.find(target) is to
        assert by == fact["by"]
        assert by in fact["shown_to"]
        assert fact["edited"] == (len(item["edit_history_tweet_ids"]) > 1)
        assert item["edit_controls"]["is_edit_eligible"] or not fact["edited"]
        assert fact["edited"] or item["created_at"] == fact["at"]
        forms[fact["form"]] += 1
    assert forms["naming"] > 5
    assert forms["quote"] > 10
    assert forms["reply"] > 300


@pytest.fixture(scope="module")
def pages() -> Iterator[GraphCity]:
    clock = SettableClock(START + timedelta(days=7))
    both = [city_of(network, mentions=900, clock=clock) for network in NETWORKS[1:]]
    with Simulator(*both, clock=clock) as simulator, requests.Session() as http:
        http.trust_env = False
        yield GraphCity(simulator, clock, http)


def test_facebook_serves_each_answer_as_the_facts_have_it(pages: GraphCity) -> None:
    world = pages.facebook
    facts: Facts = pages.sim.truth("facebook")["answer_facts"]
    guests, count = set(), 0
    for account in world.city_accounts():
        opd, served = account.opd or "", {}
        asked = {"access_token": pages.page_token(opd), "limit": 100}
        feed = pages.walked(f"{account.id}/feed", fields="id", **asked)
        tags = set(pages.walked(f"{account.id}/tagged", fields="id", **asked))
        for post in dict.fromkeys(feed):
            if post not in tags:
                wanted = {"fields": COMMENT_FIELDS, "filter": "stream", **asked}
                for page in pages.pages(f"{post}/comments", **wanted):
                    served |= {item["id"]: (post, item) for item in page["data"]}
        shown = {n for n, f in facts.items() if opd in f["shown_to"] and not f["gone_at"]}
        assert shown == set(facts) & set(served)
        for name in shown:
            fact, (under, item) = facts[name], served[name]
            assert item["from"]["id"] == world.opd(fact["by"]).id
            assert fact["to"] == item.get("parent", {}).get("id", under)
            guests |= {fact["by"]} - {opd}
        count += len(shown)
    assert count > 100
    assert len(guests) > 3


def test_instagram_serves_each_answer_as_the_facts_have_it(pages: GraphCity) -> None:
    world = pages.instagram
    fields = f"{IG_COMMENT_FIELDS},replies.limit(50){{{IG_COMMENT_FIELDS}}}"
    facts: Facts = pages.sim.truth("instagram")["answer_facts"]
    names = {identity(post): post for post in world.everything()}
    forms: Counter[str] = Counter()
    for account in world.city_accounts():
        opd = account.opd or ""
        served = {}
        for post in world.written_by(account):
            if post.kind == "post" and post.seen_at(pages.clock.now()):
                for page in pages.pages(f"{identity(post)}/comments", fields=fields, limit=50):
                    for item in page["data"]:
                        replies = item.get("replies", {}).get("data", ())
                        assert len(replies) < 50
                        served |= {each["id"]: each for each in (item, *replies)}
        shown = {n for n, f in facts.items() if opd in f["shown_to"] and not f["gone_at"]}
        assert shown == set(facts) & set(served)
        for name in shown:
            fact, item = facts[name], served[name]
            assert item["username"] == world.opd(fact["by"]).handle
            if fact["form"] == "naming":
                assert item.get("parent_id") is None
                assert f"@{names[fact['to']].author.handle}" in item["text"]
                assert names[fact["to"]].root is names[name].root
            else:
                assert item["parent_id"] == fact["to"]
            forms[fact["form"]] += 1
    assert forms["naming"] > 3
    assert forms["reply"] > 100


def test_an_answer_of_any_form_and_kind_can_be_given_from_outside() -> None:
    world, clock = small_world()
    complaint = world.post("warga", "@dlh_skm sampah")
    with Simulator(world, clock=clock) as simulator, session(simulator) as http:

        def asked(**given: Any) -> requests.Response:
            body = {"opd": "dlh", "to": str(complaint.id), "text": "sudah diangkut", **given}
            return http.post(f"{simulator.address}/__control/answer", json=body, timeout=5)

        told = {
            form: asked(form=form, kind="substantif").json()["id"]
            for form in ("reply", "quote", "naming")
        }
        assert asked(kind="ramah").status_code == 400
        assert asked(form="surat").status_code == 400
        facts = http.get(f"{simulator.address}/__control/truth", timeout=5).json()["answer_facts"]
    assert {fact["form"]: name for name, fact in facts.items()} == told
    assert {(fact["to"], fact["kind"]) for fact in facts.values()} == {
        (str(complaint.id), "substantif")
    }


def test_instagram_refuses_a_naming_answer_where_nothing_of_the_city_stands_above() -> None:
    with graph_city() as city:
        photo = city.instagram.post("warga.a", "banjir", tagged=[city.business])
        with session(city.sim) as http:
            body = {"network": "instagram", "opd": "dpupr", "to": str(photo.id), "text": "ya"}
            address = f"{city.sim.address}/__control/answer"
            reply = http.post(address, json=body | {"form": "naming"}, timeout=5)
    assert reply.status_code == 400
    assert "pilih dari: reply" in reply.json()["error"]
