"""What is watched, what is not, who is connected, and until when a token lasts."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from web_support import NOW, make_config

from collectors import NETWORKS
from tanggap.config import Config
from tanggap.reach import WAYS, reach, reads, settings_of, token_end, unseen


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return make_config(tmp_path)


def on(config: Config, **accounts: dict[str, str]) -> Config:
    """Switch networks on with these accounts."""
    changes = {
        network: settings_of(config, network).model_copy(update={"enabled": True, "accounts": them})
        for network, them in accounts.items()
    }
    return replace(config, **changes)  # type: ignore[arg-type]


def test_every_network_that_is_read_has_words() -> None:
    assert set(WAYS) >= set(NETWORKS)
    for way in WAYS.values():
        assert way.unseen
        assert way.turn_on.endswith(".")
        assert way.connect.endswith(".")
    assert "melanggar ketentuan Instagram" in WAYS["instagram_web"].warning


def test_every_kind_of_source_is_said_to_be_read(config: Config) -> None:
    everything = on(config, **{network: {"dpupr": "dpupr.sukamaju"} for network in WAYS})
    everything = replace(everything, x=everything.x.model_copy(update={"search": ("dpupr",)}))
    for name, factory in NETWORKS.items():
        network = factory(everything)
        try:
            kinds = {spec.kind for spec in network.sources()} - {"token"}
        finally:
            network.close()
        assert kinds, name
        assert kinds <= set(WAYS[name].reads), name
        for kind in kinds:
            assert "{" not in reads(everything, name, kind)


def test_the_watched_age_of_posts_stands_in_the_words(config: Config) -> None:
    facebook = config.facebook.model_copy(update={"watch_days": 45})
    config = replace(config, facebook=facebook)
    assert reads(config, "facebook", "feed").endswith("yang berumur paling lama 45 hari")
    assert any("45 hari" in line for line in unseen(config, "facebook"))
    assert reads(config, "facebook", "token") == ""
    for network in WAYS:
        assert not [line for line in unseen(config, network) if "{" in line]


def test_what_is_off_watches_nobody_and_misses_nobody(config: Config) -> None:
    for part in reach(config).values():
        assert (part.on, part.accounts, part.unconnected) == (False, {}, ())


def test_who_is_missing_on_a_network_is_the_policy_without_its_accounts(config: Config) -> None:
    found = reach(on(config, facebook={"dpupr": "dpupr.sukamaju"}))["facebook"]
    assert found.accounts == {"dpupr": "dpupr.sukamaju"}
    assert found.unconnected == ("pemkot", *[opd for opd in config.policy.opd if opd != "dpupr"])


def test_an_opd_is_connected_to_instagram_by_either_way(config: Config) -> None:
    both = on(config, instagram={"dpupr": "a"}, instagram_web={"dlh": "b"})
    found = reach(both)
    assert not {"dpupr", "dlh"} & set(found["instagram"].unconnected)
    assert found["instagram_web"].unconnected == ()  # said once, with the official way
    web_only = reach(on(config, instagram_web={"dlh": "b"}))
    assert web_only["instagram"].unconnected == ()
    # The way without a token is for exceptions: it lacks nobody, and names the official way first.
    assert web_only["instagram_web"].unconnected == ()
    connect = web_only["instagram_web"].way.connect
    assert 0 < connect.index("[instagram.accounts]") < connect.index("[instagram_web.accounts]")
    official_only = reach(on(config, instagram={"dpupr": "a"}))
    assert "dlh" in official_only["instagram"].unconnected


@pytest.mark.parametrize(
    ("ahead", "level", "words"),
    [
        (timedelta(days=60), "ok", "berakhir 60 hari lagi"),
        (timedelta(days=15), "ok", "berakhir 15 hari lagi"),
        (timedelta(days=15) - timedelta(seconds=1), "warn", "berakhir 14 hari lagi"),
        (timedelta(days=1), "warn", "berakhir 1 hari lagi"),
        (timedelta(hours=23), "warn", "berakhir kurang dari sehari lagi"),
        (timedelta(0), "fail", "sudah berakhir"),
        (-timedelta(days=3), "fail", "sudah berakhir"),
    ],
)
def test_the_end_of_a_token_in_words(ahead: timedelta, level: str, words: str) -> None:
    assert token_end(NOW + ahead, NOW) == (level, words)


def test_a_token_without_an_end_is_said_to_have_none() -> None:
    assert token_end(None, NOW) == ("ok", "tidak berakhir")


@given(st.timedeltas(timedelta(days=-400), timedelta(days=400)))
def test_a_token_is_warned_of_in_time_and_never_called_good_after_its_end(
    ahead: timedelta,
) -> None:
    level = token_end(NOW + ahead, NOW).level
    assert (level == "fail") == (ahead <= timedelta(0))
    assert (level == "ok") == (ahead >= timedelta(days=15))
