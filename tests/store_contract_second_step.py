"""What every store promises about live sessions and the second step of a login."""

from datetime import datetime

import pytest
from store_support import NOW, at

from tanggap.errors import InputError
from tanggap.store.base import Store

SEED = "5e" * 20
LATER = at(10_000)


def add(store: Store, *names: str) -> None:
    for name in names:
        store.add_user(name, "opd", ["dpupr"], "hash", NOW)


def open_session(store: Store, digest: str, name: str, now: datetime = NOW) -> None:
    store.open_session(digest, name, "hash", now, LATER, agent=f"Peramban {digest}")


def alive(store: Store, *digests: str) -> list[bool]:
    return [store.session_user(one, at(5), 600) is not None for one in digests]


def switch_on(store: Store, name: str, *codes: str, keep: str = "") -> None:
    assert store.begin_totp(name, SEED, "")
    assert store.confirm_totp(name, SEED, 100, codes, NOW, keep)


class SecondStepContract:
    def test_a_persons_live_sessions_are_listed_the_last_used_first(self, store: Store) -> None:
        add(store, "sari", "budi")
        open_session(store, "lama", "sari")
        open_session(store, "baru", "SARI", at(100))
        open_session(store, "lain", "budi", at(100))
        store.open_session("habis", "sari", "hash", NOW, at(50), agent="x" * 5000)
        assert [
            (one.digest, one.agent, one.opened_at)
            for one in store.sessions_of("Sari", at(120), 600)
        ] == [("baru", "Peramban baru", at(100)), ("lama", "Peramban lama", NOW)]
        assert [one.digest for one in store.sessions_of("sari", at(650), 600)] == ["baru"]
        assert len(store.sessions_of("sari", at(10), 600)[1].agent) == 256
        assert store.sessions_of("hantu", NOW, 600) == []

    def test_a_session_is_ended_by_its_own_account_alone(self, store: Store) -> None:
        add(store, "sari", "budi")
        open_session(store, "a", "sari")
        open_session(store, "b", "sari")
        open_session(store, "c", "budi")
        assert not store.end_session("budi", "a")
        assert store.end_session("sari", "a")
        assert not store.end_session("sari", "a")
        assert alive(store, "a", "b", "c") == [False, True, True]

    def test_all_other_sessions_of_an_account_end_and_no_others(self, store: Store) -> None:
        add(store, "sari", "budi")
        for digest, name in (("a", "sari"), ("b", "sari"), ("c", "sari"), ("d", "budi")):
            open_session(store, digest, name)
        assert store.end_sessions("sari", keep="b") == 2
        assert alive(store, "a", "b", "c", "d") == [False, True, False, True]

    def test_a_password_changes_only_where_the_old_one_still_holds(self, store: Store) -> None:
        add(store, "sari")
        open_session(store, "a", "sari")
        open_session(store, "b", "sari")
        assert not store.change_password("sari", "keliru", "baru", keep="a")
        assert alive(store, "a", "b") == [True, True]
        assert store.change_password("sari", "hash", "baru", keep="a")
        assert alive(store, "a", "b") == [True, False]
        user = store.user("sari")
        assert user is not None
        assert user.password_hash == "baru"

    def test_another_role_ends_the_sessions(self, store: Store) -> None:
        add(store, "sari", "budi")
        open_session(store, "a", "sari")
        open_session(store, "b", "budi")
        store.open_login_step("c", "sari", "hash", NOW, LATER)
        assert store.set_role("SARI", "supervisor", [])
        assert alive(store, "a", "b") == [False, True]
        assert store.login_step_user("c", NOW) is None
        user = store.user("sari")
        assert user is not None
        assert (user.role, user.opds, user.scope.everything) == ("supervisor", (), True)
        assert not store.set_role("hantu", "opd", ["dlh"])

    def test_codes_are_asked_for_once_a_code_has_confirmed_the_seed(self, store: Store) -> None:
        add(store, "sari")
        assert store.totp("sari") is None
        assert store.begin_totp("sari", "aa" * 20, "kunci")
        assert store.begin_totp("sari", SEED, "")  # begun anew: the first seed is forgotten
        kept, user = store.totp("sari"), store.user("sari")
        assert kept is not None
        assert user is not None
        assert (kept.seed, kept.key, kept.since, user.totp) == (SEED, "", None, False)
        for digest in "ab":
            open_session(store, digest, "sari")
        assert not store.use_totp("sari", SEED, 101)
        assert not store.confirm_totp("sari", "aa" * 20, 100, ["x"], NOW, "a")
        assert store.confirm_totp("sari", SEED, 100, ["x"], NOW, "a")
        assert not store.confirm_totp("sari", SEED, 100, ["y"], NOW, "a")
        assert not store.begin_totp("sari", "bb" * 20, "")
        kept, user = store.totp("SARI"), store.user("sari")
        assert kept is not None
        assert user is not None
        assert (kept.since, kept.last, user.totp) == (NOW, 100, True)
        assert alive(store, "a", "b") == [True, False]
        assert not store.begin_totp("hantu", SEED, "")

    def test_a_code_is_used_up_with_all_before_it(self, store: Store) -> None:
        add(store, "sari")
        switch_on(store, "sari")
        assert not store.use_totp("sari", SEED, 100)
        assert not store.use_totp("sari", "aa" * 20, 102)
        assert store.use_totp("sari", SEED, 102)
        assert [store.use_totp("sari", SEED, step) for step in (101, 102, 103)] == [
            False, False, True,
        ]  # fmt: skip

    def test_each_recovery_code_is_good_once_and_for_its_own_account(self, store: Store) -> None:
        add(store, "sari", "budi")
        switch_on(store, "sari", "x", "y")
        switch_on(store, "budi", "x")
        assert store.use_recovery_code("sari", "x")
        assert not store.use_recovery_code("sari", "x")
        assert not store.use_recovery_code("sari", "\ud800")
        assert (store.recovery_codes_left("sari"), store.recovery_codes_left("budi")) == (1, 1)
        store.replace_recovery_codes("sari", ["p", "q", "r"])
        assert not store.use_recovery_code("sari", "y")
        assert store.recovery_codes_left("sari") == 3

    def test_switching_off_forgets_seed_and_recovery_codes(self, store: Store) -> None:
        add(store, "sari")
        open_session(store, "a", "sari")
        open_session(store, "b", "sari")
        assert not store.end_totp("sari")
        switch_on(store, "sari", "x", keep="a")
        open_session(store, "b", "sari")
        assert store.end_totp("sari", keep="a")
        assert store.totp("sari") is None
        assert store.recovery_codes_left("sari") == 0
        assert alive(store, "a", "b") == [True, False]
        store.replace_recovery_codes("sari", ["x"])
        assert not store.use_recovery_code("sari", "x")

    def test_a_login_waits_for_its_code_only_so_long(self, store: Store) -> None:
        add(store, "sari")
        store.open_login_step("a", "SARI", "hash", NOW, at(300))
        user = store.login_step_user("a", at(299))
        assert user is not None
        assert user.name == "sari"
        assert store.login_step_user("a", at(300)) is None
        assert store.login_step_user("\ud800", NOW) is None
        store.close_login_step("a")
        assert store.login_step_user("a", NOW) is None
        with pytest.raises(InputError):
            store.open_login_step("b", "sari", "keliru", NOW, at(300))

    @pytest.mark.parametrize("act", ["password", "disable", "off"])
    def test_what_ends_sessions_ends_logins_that_are_half_done(
        self, store: Store, act: str
    ) -> None:
        add(store, "sari")
        switch_on(store, "sari")
        store.open_login_step("a", "sari", "hash", NOW, LATER)
        if act == "password":
            store.set_password("sari", "baru")
        elif act == "disable":
            store.set_active("sari", False)
        else:
            store.end_totp("sari")
        assert store.login_step_user("a", NOW) is None

    def test_wrong_codes_and_wrong_passwords_are_counted_apart(self, store: Store) -> None:
        store.note_login("sari", False, at(1), "code")
        store.note_login("sari", False, at(2), "code")
        store.note_login("sari", False, at(2))
        assert store.failed_logins("sari", NOW, "code") == 2
        assert store.failed_logins("sari", NOW) == 1
        store.take_back_failure("sari", at(2), "code")
        assert store.failed_logins("sari", NOW, "code") == 1
        assert store.failed_logins("sari", NOW) == 1
        store.note_login("sari", True, at(3))
        assert store.failed_logins("sari", NOW, "code") == 0
