"""What was told before a backup was restored is not told as if it were new."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from notice_support import URGENT, Webhook, install, table
from store_support import NOW, at, mention, put, queue, the_item
from test_commands import tanggap

from tanggap.store import open_store
from tanggap.upkeep.notices import NoticeDuty, sync_channels
from tanggap.upkeep.safekeeping import make_backup

TABLES = table("dpupr", 'opd = ["dpupr"]', 'kinds = ["urgent", "digest"]', 'digest_at = ["10:00"]')


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    hook = Webhook()
    hook.start()
    yield hook
    hook.stop()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_restored_database_sends_nothing_old_and_sums_up_what_is_read_again(
    kind: str,
    tmp_path: Path,
    webhook: Webhook,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    before = open_store(tmp_path / "lama.db")
    try:
        before.migrate()
        town = install(tmp_path, before, monkeypatch, TABLES, {"dpupr": webhook.url})
        town.urgent("1")
        backup = make_backup(before, tmp_path, "Kota Sukamaju", "", NOW, reserve=0).path
        # After the backup: this one is told, and another that the backup does not know.
        town.urgent("2")
        assert town.drain() == 2
        names = {post.number: post.notice_id for post in webhook.posts}
        second = names[the_item(before, "2").id]
    finally:
        before.close()
    webhook.posts.clear()
    where = request.getfixturevalue("postgres_url") if kind == "postgresql" else tmp_path / "b.db"
    path = tmp_path / "tanggap.toml"
    url = where if kind == "postgresql" else f"sqlite:{where}"
    text = path.read_text(encoding="utf-8").replace("sqlite:tanggap.db", str(url))
    path.write_text(text, encoding="utf-8")
    done = tanggap("--config", str(path), "restore", str(backup))
    assert done.returncode == 0, done.stderr

    after = open_store(where)
    try:
        town.store = after
        assert [one.code for one in after.notices("dead")] == ["restored"]
        assert after.notices("waiting") == []
        town.clock.advance(timedelta(hours=1))
        sync_channels(after, town.config, town.clock.now())
        # Read again; and one that is really new.
        put(after, (mention("2"), queue("dpupr"), URGENT), now=town.clock.now())
        put(after, (mention("3", posted_at=at(7200)), queue("dpupr"), URGENT), now=at(7200))
        town.clock.advance(timedelta(hours=1))
        assert {one.notice_id for one in after.notices("waiting")} > {second}
        assert town.drain() == 2
        titles = [post.title for post in webhook.posts]
        new = the_item(after, "3").id
        assert sorted(titles) == ["1 aduan mendesak atau sensitif", f"Aduan mendesak #{new}: DPUPR"]
        [told] = [post for post in webhook.posts if post.title.startswith("1 ")]
        assert "mungkin sudah pernah diberitahukan" in told.body
        # The digest of ten o'clock was due before the first daemon after the restore began.
        town.clock.moment = at(4000)
        NoticeDuty().look_after(after, town.config, threading.Event(), at(4000), "uji")
        assert after.notices("waiting") == []
    finally:
        after.close()
