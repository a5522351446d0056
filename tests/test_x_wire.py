"""X's JSON to Mention: both dialects, edits, parents, addressees, and whatever else may come."""

import itertools
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from x_support import NOW, snowflake

from collectors.wire import RAW_LIMIT, TEXT_LIMIT, OwnAccounts, clean
from collectors.x_search import QUERY_LENGTH, pack, query_for
from collectors.x_wire import Mapped, id_before, map_page, moment_of
from tanggap.mention import Engagement, Mention

OWN = OwnAccounts(
    by_handle={"dpupr_skm": "dpupr", "dlh_skm": "dlh", "pemkot_skm": "pemkot"},
    by_id={"901": "dpupr", "902": "dlh"},
)
POSTED = datetime(2026, 11, 20, 2, 3, 4, tzinfo=UTC)
ID = str(snowflake(POSTED, 7))
FIRST = str(snowflake(POSTED - timedelta(minutes=10), 1))
DIALECTS = ["tweet", "post"]
NONE = (None, None)


def post(**changes: Any) -> dict[str, Any]:
    item = {
        "id": ID,
        "text": "@dpupr_skm jalan berlubang",
        "author_id": "5",
        "created_at": "2026-11-20T02:03:04.000Z",
        "conversation_id": ID,
        "edit_history_tweet_ids": [ID],
    }
    item |= changes
    return {key: value for key, value in item.items() if value is not ...}


def page(*items: object, **more: object) -> Mapped:
    return map_page({"data": list(items), **more}, OWN, NOW)


def one(item: dict[str, Any], **includes: object) -> Mention:
    mapped = page(item, includes=includes)
    assert mapped.rejected == ()
    return mapped.mentions[0]


def test_a_plain_mention_is_mapped_whole() -> None:
    item = post(attachments={"media_keys": ["3_1"]})
    mention = one(item, users=[{"id": "5", "username": "warga_x"}])
    assert mention == Mention(
        network="x",
        network_id=ID,
        kind="mention",
        text="@dpupr_skm jalan berlubang",
        posted_at=POSTED,
        seen_at=NOW,
        author_id="5",
        author_handle="warga_x",
        addressed=("dpupr",),
        thread_id=ID,
        permalink=f"https://x.com/warga_x/status/{ID}",
        revision=ID,
        has_media=True,
        raw=mention.raw,
    )
    assert json.loads(mention.raw) == item


@pytest.mark.parametrize(
    ("said", "likes", "comments", "shares"),
    [
        ({"retweet_count": 4, "quote_count": 2, "reply_count": 3, "like_count": 9}, 9, 3, 6),
        ({"repost_count": 4, "quote_count": 2, "reply_count": 3, "like_count": 9}, 9, 3, 6),
        ({"repost_count": 4, "like_count": 0}, 0, None, 4),
        (
            {"retweet_count": -1, "quote_count": 2, "reply_count": "3", "like_count": 9},
            9,
            None,
            None,
        ),
    ],
)
def test_reactions_are_read_in_both_dialects_and_what_is_odd_is_unknown(
    said: dict[str, object], likes: int, comments: int | None, shares: int | None
) -> None:
    assert one(post(public_metrics=said)).engagement == Engagement(likes, comments, shares)


@pytest.mark.parametrize("said", [..., None, {}, [], "9", {"like_count": True}, {"like_count": -1}])
def test_a_post_whose_reactions_are_not_told_has_none_and_stays(said: object) -> None:
    assert one(post(public_metrics=said)).engagement is None


def test_a_repost_does_not_take_the_reactions_of_what_it_repeats() -> None:
    references = [{"type": "retweeted", "id": "70"}]
    item = post(referenced_tweets=references, public_metrics={"retweet_count": 900})
    assert one(item).engagement is None


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_edit_keeps_the_first_id_and_time_and_shows_the_newest_version(dialect: str) -> None:
    item = post(edit_history_tweet_ids=...) | {f"edit_history_{dialect}_ids": [FIRST, ID]}
    mention = one(item)
    assert mention.network_id == FIRST
    assert mention.revision == ID
    assert mention.posted_at == POSTED - timedelta(minutes=10)
    assert mention.permalink == f"https://x.com/i/status/{ID}"
    assert mention.thread_id == FIRST


def test_ids_of_an_edit_history_are_compared_as_numbers() -> None:
    older, newer = "999999999999999999", "1000000000000000001"
    mention = one(post(id=newer, edit_history_tweet_ids=[newer, older]))
    assert (mention.network_id, mention.revision) == (older, newer)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_long_post_is_read_from_its_note(dialect: str) -> None:
    note = {
        "text": "panjang &lt;sekali&gt; &amp; lengkap @dlh_skm",
        "entities": {"mentions": [{"start": 5, "username": "dlh_skm"}]},
    }
    mention = one(post(text="panjang…", entities={}, **{f"note_{dialect}": note}))
    assert mention.text == "panjang <sekali> & lengkap @dlh_skm"
    assert mention.addressed == ("dlh",)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    ("types", "kind"),
    [
        (["replied_to"], "reply"),
        (["quoted"], "quote"),
        (["retweeted"], "repost"),
        (["reposted"], "repost"),
        (["quoted", "replied_to"], "reply"),
    ],
)
def test_references_give_kind_and_parent(dialect: str, types: list[str], kind: str) -> None:
    references = [{"type": name, "id": str(70 + types.index(name))} for name in types]
    wanted = references[-1]["id"]
    parent = {
        "id": wanted,
        "text": "induk &amp; lain",
        f"edit_history_{dialect}_ids": ["69", wanted],
    }
    item = post(conversation_id="60", **{f"referenced_{dialect}s": references})
    includes_name = "tweets" if dialect == "tweet" else "posts"
    mention = one(item, **{includes_name: [parent]})
    assert (mention.kind, mention.parent_id, mention.parent_text) == (kind, "69", "induk & lain")
    assert mention.thread_id == "60"


def test_a_parent_that_is_not_included_still_has_its_id() -> None:
    item = post(referenced_tweets=[{"type": "replied_to", "id": "70"}])
    mention = one(item)
    assert (mention.kind, mention.parent_id, mention.parent_text) == ("reply", "70", None)


@pytest.mark.parametrize("by", ["id", "handle"])
def test_an_own_accounts_root_post_is_a_post_and_its_reply_a_reply(by: str) -> None:
    author = {"id": "901" if by == "id" else "44", "username": "DPUPR_skm"}
    users = [author] if by == "handle" else []
    mention = one(post(author_id=author["id"]), users=users)
    assert (mention.kind, mention.author_opd) == ("post", "dpupr")
    reply = post(author_id=author["id"], referenced_tweets=[{"type": "replied_to", "id": "70"}])
    assert one(reply, users=users).kind == "reply"


def test_a_missing_author_never_drops_the_complaint() -> None:
    mention = one(post(author_id=...))
    assert (mention.author_id, mention.author_handle, mention.author_opd) == (None, None, None)
    assert mention.permalink == f"https://x.com/i/status/{ID}"


def test_a_handle_that_could_not_be_one_is_not_put_into_a_link() -> None:
    mention = one(post(), users=[{"id": "5", "username": "../../evil?x="}])
    assert mention.author_handle is None
    assert mention.permalink == f"https://x.com/i/status/{ID}"


def test_addressed_follows_xs_own_list_each_opd_once() -> None:
    names = ["DLH_skm", "warga", "dpupr_skm", "dlh_skm"]
    item = post(entities={"mentions": [{"username": name} for name in names]})
    assert one(item).addressed == ("dlh", "dpupr")


def test_addressed_comes_from_the_text_when_x_lists_nothing() -> None:
    text = "halo @dlh_skm, cc @dpupr_skm! bukan admin@pemkot_skm atau @pemkot_skmx_lain_lagi"
    assert one(post(text=text)).addressed == ("dlh", "dpupr")


def test_a_reply_to_an_own_account_addresses_it() -> None:
    assert one(post(text="sudah belum?", in_reply_to_user_id="902")).addressed == ("dlh",)


def test_the_sources_account_counts_only_when_nothing_else_is_addressed() -> None:
    named, unnamed = post(), post(text="tolong min")
    mapped = map_page({"data": [named, unnamed]}, OWN, NOW, ("pemkot",))
    assert [mention.addressed for mention in mapped.mentions] == [("dpupr",), ("pemkot",)]


@pytest.mark.parametrize(
    ("said", "moment"),
    [
        ("2026-11-20T02:03:04.123Z", POSTED.replace(microsecond=123000)),
        ("2026-11-20T02:03:04Z", POSTED),
        ("2026-11-20T09:03:04+07:00", POSTED),
        ("2026-11-20T02:03:04", POSTED),
        ("2031-01-01T00:00:00.000Z", datetime(2031, 1, 1, tzinfo=UTC)),
        ("kemarin", POSTED),
        (1795140184, POSTED),
        (None, POSTED),
    ],
)
def test_the_time_is_read_in_every_form_and_from_the_id_otherwise(
    said: object, moment: datetime
) -> None:
    assert one(post(created_at=said)).posted_at == moment


@pytest.mark.fault(38)
def test_an_id_that_came_as_a_number_is_the_same_id() -> None:
    assert one(post(id=int(ID), edit_history_tweet_ids=[int(ID)])).network_id == ID


@pytest.mark.parametrize(
    ("item", "why"),
    [
        ("text", "not an object"),
        (None, "not an object"),
        (post(id=...), "no id"),
        (post(id="12x"), "no id"),
        (post(id="٣"), "no id"),
        (post(id="9" * 20), "no id"),
        (post(id=True), "no id"),
        (post(id="0"), "no id"),
        (post(text=...), "no text"),
        (post(text=None), "no text"),
        (post(text=["x"]), "no text"),
        (post(id="7", created_at=...), "no time"),
    ],
)
def test_an_odd_item_is_set_aside_and_the_page_goes_on(item: object, why: str) -> None:
    mapped = page(post(), item, post(id=FIRST, edit_history_tweet_ids=...))
    assert [mention.network_id for mention in mapped.mentions] == [ID, FIRST]
    assert [rejected.error for rejected in mapped.rejected] == [why]
    assert json.loads(mapped.rejected[0].raw) == item


def test_raw_bytes_of_an_odd_item_are_bounded() -> None:
    mapped = page({"id": "x", "blob": "y" * 1_000_000})
    assert len(mapped.rejected[0].raw) <= 4096


def test_text_and_raw_of_an_enormous_item_are_bounded() -> None:
    mention = one(post(text="a" * 1_000_000))
    assert len(mention.text) == TEXT_LIMIT
    assert len(mention.raw) <= RAW_LIMIT
    assert json.loads(mention.raw)["omitted"] > 1_000_000


def test_what_neither_sqlite_nor_utf8_can_carry_is_replaced_but_kept_in_the_raw() -> None:
    wire = '{"data":[{"id":"%s","text":"a\\ud83db\\u0000c \\ud83d\\ude00"}]}' % ID  # noqa: UP031 - braces
    mention = map_page(json.loads(wire), OWN, NOW).mentions[0]
    assert mention.text == "a\ufffdb\ufffdc 😀"
    assert mention.raw.isascii()
    assert json.loads(mention.raw)["text"] == "a\ud83db\x00c 😀"


def test_billed_resources_are_counted_once_each() -> None:
    included = {"id": "70", "text": "induk"}
    mapped = page(
        post(),
        post(),
        {"id": "71"},
        includes={"tweets": [included], "users": [{"id": "5", "username": "a"}]},
    )
    assert mapped.reads == (f"post:{ID}", "post:71", "post:70", "user:5")
    assert mapped.ids == (int(ID), int(ID), 71)


@pytest.mark.parametrize("text", ["", " ", "😡", "https://t.co/x", "👨‍👩‍👧‍👦", "\u202emolA"])
def test_texts_without_words_are_kept_as_they_are(text: str) -> None:
    assert one(post(text=text)).text == text


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(), max_size=20)
    | st.sampled_from([ID, FIRST, "901", "@dpupr_skm", "replied_to"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "text", "type", "mentions", "username"]), inner)
    ),
    max_leaves=8,
)
FIELDS = [
    *("id", "text", "author_id", "created_at", "conversation_id", "in_reply_to_user_id"),
    *("edit_history_tweet_ids", "edit_history_post_ids", "referenced_tweets", "referenced_posts"),
    *("note_tweet", "note_post", "entities", "attachments"),
]


@given(
    changes=st.dictionaries(st.sampled_from(FIELDS), ANYTHING),
    includes=st.none() | st.dictionaries(st.sampled_from(["users", "tweets", "posts"]), ANYTHING),
)
def test_no_item_whatever_ever_breaks_a_page(changes: dict[str, Any], includes: object) -> None:
    mapped = page(post() | changes, post(id=FIRST), includes=includes)
    assert len(mapped.mentions) + len(mapped.rejected) == 2
    assert mapped.mentions[-1].revision == FIRST
    for mention in mapped.mentions:
        mention.text.encode()
        (mention.parent_text or "").encode()
        assert mention.network_id.isdecimal()
        assert mention.posted_at.tzinfo is UTC
        assert json.loads(mention.raw)


@given(st.text(st.characters()))
def test_cleaned_text_can_always_be_stored_and_cleaning_twice_changes_nothing(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode()
    assert "\x00" not in cleaned
    assert clean(cleaned) == cleaned
    assert len(cleaned) == min(len(text), TEXT_LIMIT)


@given(st.integers(0, 1_500_000_000_000), st.integers(0, (1 << 22) - 1))
def test_an_id_carries_its_millisecond(milliseconds: int, low_bits: int) -> None:
    when = datetime(2011, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
    post_id = snowflake(when) + low_bits
    assert moment_of(post_id) == when
    assert id_before(when) < post_id <= id_before(when + timedelta(milliseconds=1))


def test_ids_before_the_first_snowflake_stop_at_one() -> None:
    assert id_before(datetime(2006, 1, 1, tzinfo=UTC)) == 1


HANDLES = st.from_regex(r"[a-z0-9_]{1,15}", fullmatch=True)


@given(st.lists(HANDLES, max_size=60, unique=True))
def test_packed_queries_hold_every_account_once_and_fit(handles: list[str]) -> None:
    accounts = {f"opd{number}": handle for number, handle in enumerate(handles)}
    groups = pack(accounts)
    assert [opd for group in groups for opd in group] == list(accounts)
    for group in groups:
        query = query_for([accounts[opd] for opd in group])
        assert len(query) <= QUERY_LENGTH
        assert query.endswith(") -is:retweet")
        assert all(f"@{accounts[opd]} OR to:{accounts[opd]}" in query for opd in group)
    for group, following in itertools.pairwise(groups):
        joined = [accounts[opd] for opd in (*group, following[0])]
        assert len(query_for(joined)) > QUERY_LENGTH
