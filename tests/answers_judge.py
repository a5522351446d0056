"""Who answered what, as the simulator knows it, beside what the store holds."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from daemon_support import WORLD_OF, fetched

from daemon import House
from tanggap.city_calendar import calendar_of
from tanggap.clock import from_text
from tanggap.clocks import Reckoner, asks
from tanggap.mention import ACTIONABLE
from tanggap.reactions import reaction
from tanggap.simulator.server import Simulator
from tanggap.store.rows import EVERYTHING
from tanggap.store.rows_answers import AnswerFacts
from tanggap.watching import Watch, Watched

Pair = tuple[str, str, str]
"""Network, the citizen's post, the answer."""


SWEEP = timedelta(hours=12)
"""How often threads of Facebook and Instagram are read whole (`sweep_hours`)."""


@dataclass(frozen=True)
class AnswerVerdict:
    """What became of the answers that a watcher was shown for long enough."""

    expected: int
    """Answers to posts that stand in the queue."""
    found: int
    missed: tuple[Pair, ...]
    invented: tuple[Pair, ...]
    """Attached, though it answers nobody in that thread or says nothing to that citizen."""
    in_thread: int
    """Attached to other mentions of a thread that a citizen opened: one answer settles all."""
    wrong_time: tuple[Pair, ...]
    wrong_opd: tuple[Pair, ...]
    kinds_right: int
    accused: tuple[Pair, ...]
    """Called overdue although an answer was given that nobody could see (answer: "")."""
    unwatched: int
    """Items whose answers cannot be seen."""
    gone: int
    """Answers that the store calls gone from their network."""
    gone_expected: int
    """Stored ones that vanished while two whole readings of their surroundings were to come."""
    gone_unnoticed: tuple[Pair, ...]
    """Of these: those that the store still takes for there."""
    gone_wrongly: tuple[Pair, ...]
    """Called gone, though the network still has them."""
    reacted: int
    """Items with an answer that was found whose author thanked or asked again later, all seen."""
    heard: int
    """Of these: those whose author's last word the store calls thanks, or asking, as it was.

    And that nobody sent on, with an answer before that word that still stands.
    """
    misread: tuple[Pair, ...]
    """Of those heard: those of which the store says another reaction (answer: which)."""

    @property
    def recall(self) -> float:
        """Part of what could be seen that was found."""
        return self.found / self.expected

    @property
    def precision(self) -> float:
        """Part of what was attached that is right, threads apart."""
        return self.found / (self.found + len(self.invented))


def judge_answers(
    simulator: Simulator,
    house: House,
    watched: Mapping[str, Collection[str] | None],
    grace: timedelta,
) -> AnswerVerdict:
    """Compare each answer of the city with the answers that items have.

    Expected are the answers that were shown for at least `grace` to a watcher of an account that
    is read (`watched`: by way of reading; None: all) while its thread was read, to posts that are
    items.
    """
    database = house.config.database_path
    kept = {
        (network, item, answer): (opd, from_text(at), kind)
        for network, item, answer, opd, at, kind in fetched(
            database,
            "SELECT m.network, m.network_id, p.network_id, a.opd, a.posted_at, a.kind "
            "FROM item_answers AS x JOIN items AS i ON i.id = x.item_id "
            "JOIN mentions AS m ON m.id = i.mention_id JOIN answers AS a "
            "ON a.mention_id = x.mention_id JOIN mentions AS p ON p.id = a.mention_id",
        )
    }
    posts = {
        (network, post): (thread or post, author)
        for network, post, thread, author in fetched(
            database, "SELECT network, network_id, thread_id, author_opd FROM mentions"
        )
    }
    items = {
        (network, post): number
        for network, post, number in fetched(
            database,
            "SELECT m.network, m.network_id, i.id FROM items AS i "
            "JOIN mentions AS m ON m.id = i.mention_id",
        )
    }
    watch = Watch(house.store.sources(house.now()), house.config)
    known = {one.item_id: one for one in house.store.answer_facts(EVERYTHING)}
    seen = {post: watch.of(known[number]) for post, number in items.items()}
    facts: dict[Pair, Mapping[str, object]] = {}
    expected: set[Pair] = set()
    hidden: set[tuple[str, str]] = set()
    for way, opds in watched.items():
        network = WORLD_OF[way]
        truth = simulator.truth(way)
        for answer, fact in truth["answer_facts"].items():
            pair = (network, fact["to"], answer)
            facts[pair] = fact
            shown = [opd for opd in fact["shown_to"] if opds is None or opd in opds]
            lasted = truth["lasted"].get(answer)
            long_enough = lasted is None or lasted >= grace.total_seconds()
            asked = (network, fact["to"])
            if asked not in items:
                continue
            until = seen[asked].until
            if not shown or until is None or until < datetime.fromisoformat(fact["at"]):
                hidden.add(asked)
            elif long_enough:
                expected.add(pair)
    expected |= {pair for pair in kept if pair in facts}
    found = expected & set(kept)
    reactions = {
        (WORLD_OF[way], post): last
        for way in watched
        for post, last in simulator.truth(way)["reactions"].items()
        if (WORLD_OF[way], last["by"]) in posts
    }
    told = {
        post: "thanks" if last["jenis"] == "apresiasi" else "again"
        for post, last in reactions.items()
    }
    last_words = {post: (post[0], str(last["by"])) for post, last in reactions.items()}
    said = {post: reaction(known[number]) for post, number in items.items()}
    reacted = {asked for network, to, _ in found if (asked := (network, to)) in told}
    heard = {
        post
        for post in reacted
        if (word := last_words[post]) in items
        and _calls(known[items[word]]) == told[post]
        and _answered_before(known[items[post]], known[items[word]].posted_at)
    }
    misread = {post for post in heard if said[post] != told[post]}
    # By instaloader nothing is read so whole that an absence says something.
    deleted = {
        (WORLD_OF[way], answer): (fact["to"], fact)
        for way in watched
        if way != "instagram_web"
        for answer, fact in simulator.truth(way)["answer_facts"].items()
    }
    stored = {
        (network, answer): gone_at
        for network, answer, gone_at in fetched(
            database,
            "SELECT m.network, m.network_id, a.gone_at FROM answers AS a "
            "JOIN mentions AS m ON m.id = a.mention_id",
        )
    }
    called_gone = {answer for answer, gone_at in stored.items() if gone_at}
    still_there = {
        (WORLD_OF[way], own)
        for way in watched
        for truth in [simulator.truth(way)]
        for own in set(truth["own"]) - set(truth["vanished"])
    }
    to_be_noticed = {
        answer
        for answer, (_, fact) in deleted.items()
        if answer in stored and _was_to_be_noticed(answer[0], fact, house.now(), grace)
    }
    strangers = set(kept) - set(facts)
    threads = {
        pair for pair in strangers if _opened_by_citizen(posts, pair) and _same_thread(posts, pair)
    }
    right = [(pair, kept[pair], facts[pair]) for pair in found]
    return AnswerVerdict(
        expected=len(expected),
        found=len(found),
        missed=tuple(sorted(expected - set(kept))),
        invented=tuple(sorted(strangers - threads)),
        in_thread=len(threads),
        wrong_time=tuple(
            pair for pair, (_, at, _), fact in right if at != _on_the_wire(pair[0], fact)
        ),
        wrong_opd=tuple(pair for pair, (opd, _, _), fact in right if opd != fact["by"]),
        kinds_right=sum(kind == fact["kind"] for _, (_, _, kind), fact in right),
        accused=tuple(
            sorted(
                (*post, "") for post in hidden if _is_missed(house, known[items[post]], seen[post])
            )
        ),
        unwatched=sum(bool(one.why) for one in seen.values()),
        gone=len(called_gone),
        gone_expected=len(to_be_noticed),
        gone_unnoticed=_pairs(to_be_noticed - called_gone, deleted),
        gone_wrongly=_pairs(called_gone & still_there, deleted),
        reacted=len(reacted),
        heard=len(heard),
        misread=tuple(sorted((*post, f"{said[post]} not {told[post]}") for post in misread)),
    )


def _calls(word: AnswerFacts) -> str:
    """Return what the store takes a post of a citizen for."""
    if word.jenis == "apresiasi":
        return "thanks"
    return "again" if word.jenis in ACTIONABLE and word.tab != "aside" else "none"


def _answered_before(facts: AnswerFacts, moment: datetime) -> bool:
    """Whether an item that nobody sent on has an answer from before a moment."""
    return facts.in_charge_since is None and any(one.posted_at < moment for one in facts.answers)


def _was_to_be_noticed(
    network: str, fact: Mapping[str, object], now: datetime, grace: timedelta
) -> bool:
    """Whether an answer that vanished was to be missed twice before `now`.

    X lists again what an account wrote in the last day; other threads are swept twice a day.
    """
    if not fact["gone_at"]:
        return False
    posted, gone_at = (from_text(str(fact[name])) for name in ("at", "gone_at"))
    if network == "x":
        return gone_at + 2 * grace < min(now, posted + timedelta(hours=24))
    return gone_at + 2 * (SWEEP + grace) < now


def _pairs(
    answers: Collection[tuple[str, str]],
    known: Mapping[tuple[str, str], tuple[str, Mapping[str, object]]],
) -> tuple[Pair, ...]:
    return tuple(sorted((one[0], known[one][0] if one in known else "", one[1]) for one in answers))


def _is_missed(house: House, facts: AnswerFacts, watched: Watched) -> bool:
    """Whether an item is called unanswered and overdue."""
    reckoner = Reckoner(calendar_of(house.config), house.config.policy.deadline, house.now())
    return asks(facts) and reckoner.first_answer(facts, watched).state == "missed"


def _on_the_wire(network: str, fact: Mapping[str, object]) -> datetime:
    """Return the moment of an answer as its network tells it: Meta's have no parts of a second."""
    at = datetime.fromisoformat(str(fact["at"]))
    return at if network == "x" else at.replace(microsecond=0)


def _opened_by_citizen(posts: Mapping[tuple[str, str], tuple[str, str | None]], pair: Pair) -> bool:
    network, item, _ = pair
    thread, _ = posts[network, item]
    return posts.get((network, thread), ("", None))[1] is None


def _same_thread(posts: Mapping[tuple[str, str], tuple[str, str | None]], pair: Pair) -> bool:
    network, item, answer = pair
    return posts[network, item][0] == posts[network, answer][0]


def told(verdict: AnswerVerdict) -> str:
    """Return the figures of a verdict as one line of JSON."""
    return json.dumps(
        {
            "expected": verdict.expected,
            "recall": round(verdict.recall, 4),
            "precision": round(verdict.precision, 4),
            "missed": len(verdict.missed),
            "invented": len(verdict.invented),
            "in_thread": verdict.in_thread,
            "wrong_time": len(verdict.wrong_time),
            "wrong_opd": len(verdict.wrong_opd),
            "kinds_right": verdict.kinds_right,
            "accused": len(verdict.accused),
            "unwatched": verdict.unwatched,
            "gone": verdict.gone,
            "gone_expected": verdict.gone_expected,
            "gone_unnoticed": len(verdict.gone_unnoticed),
            "gone_wrongly": len(verdict.gone_wrongly),
            "reacted": verdict.reacted,
            "heard": verdict.heard,
            "misread": len(verdict.misread),
        }
    )
