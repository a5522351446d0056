"""What every store promises about accounts, sessions and the login throttle."""

import pytest
from store_support import NOW, at

from tanggap.errors import InputError
from tanggap.store.base import Store

DIGEST = "ab" * 32


class UsersContract:
    def test_an_account_is_found_whatever_the_case(self, store: Store) -> None:
        store.add_user("Sari", "opd", ["dpupr", "dishub"], "hash", NOW)
        user = store.user(" sARI ")
        assert user is not None
        assert (user.name, user.role, user.opds) == ("Sari", "opd", ("dpupr", "dishub"))
        assert user.active
        assert user.created_at == NOW
        assert user.scope.opds == {"dpupr", "dishub"}
        assert store.user("budi") is None

    def test_a_name_is_taken_once(self, store: Store) -> None:
        store.add_user("sari", "supervisor", [], "hash", NOW)
        with pytest.raises(InputError):
            store.add_user("SARI", "opd", ["dlh"], "other", NOW)
        [user] = store.users()
        assert user.password_hash == "hash"
        assert user.scope.everything
        with pytest.raises(InputError):
            store.add_user("  ", "opd", [], "hash", NOW)

    def test_accounts_are_listed_by_name(self, store: Store) -> None:
        for name in ("citra", "Andi", "budi"):
            store.add_user(name, "opd", ["dlh"], "hash", NOW)
        assert [user.name for user in store.users()] == ["Andi", "budi", "citra"]

    @pytest.mark.parametrize("name", ["a\x00b", "\ud800", "x" * 5000, "'; DROP TABLE users; --"])
    def test_no_name_from_a_form_can_break_it(self, store: Store, name: str) -> None:
        assert store.user(name) is None
        assert store.failed_logins(name, NOW) == 0
        store.note_login(name, ok=False, now=NOW)
        assert store.failed_logins(name, NOW) == 1
        store.add_user(name, "opd", ["dlh"], "hash", NOW)
        assert store.user(name) is not None
        assert store.set_password(name, "other")

    def test_a_session_lives_while_it_is_used(self, store: Store) -> None:
        store.add_user("sari", "opd", ["dpupr"], "hash", NOW)
        store.open_session(DIGEST, "SARI", "hash", NOW, at(10_000))
        for seconds in (0, 500, 1000, 1500, 2000):
            user = store.session_user(DIGEST, at(seconds), idle_seconds=600)
            assert user is not None
            assert user.name == "sari"
        assert store.session_user(DIGEST, at(2700), idle_seconds=600) is None

    def test_a_session_ends_at_its_time_even_when_used(self, store: Store) -> None:
        store.add_user("sari", "opd", ["dpupr"], "hash", NOW)
        store.open_session(DIGEST, "sari", "hash", NOW, at(100))
        assert store.session_user(DIGEST, at(99), idle_seconds=600) is not None
        assert store.session_user(DIGEST, at(100), idle_seconds=600) is None
        store.open_session("cd" * 32, "sari", "hash", at(200), at(300))
        store.close_session("cd" * 32)
        assert store.session_user("cd" * 32, at(201), idle_seconds=600) is None
        assert store.session_user("\ud800", at(201), idle_seconds=600) is None

    def test_a_new_password_ends_all_sessions_of_that_account(self, store: Store) -> None:
        for name in ("sari", "budi"):
            store.add_user(name, "opd", ["dpupr"], "hash", NOW)
            store.open_session(name, name, "hash", NOW, at(1000))
        assert store.set_password("sari", "other")
        assert store.session_user("sari", at(1), 600) is None
        assert store.session_user("budi", at(1), 600) is not None
        assert not store.set_password("citra", "other")

    def test_a_disabled_account_is_out_at_once_and_cannot_come_in(self, store: Store) -> None:
        store.add_user("sari", "opd", ["dpupr"], "hash", NOW)
        store.open_session(DIGEST, "sari", "hash", NOW, at(1000))
        assert store.set_active("sari", False)
        assert store.session_user(DIGEST, at(1), 600) is None
        with pytest.raises(InputError):
            store.open_session(DIGEST, "sari", "hash", NOW, at(1000))
        assert store.set_active("sari", True)
        assert store.session_user(DIGEST, at(1), 600) is None
        store.open_session(DIGEST, "sari", "hash", NOW, at(1000))
        assert not store.set_active("citra", False)

    def test_no_session_opens_for_a_password_that_was_changed_meanwhile(self, store: Store) -> None:
        store.add_user("sari", "opd", ["dpupr"], "hash", NOW)
        assert store.set_password("sari", "other")
        with pytest.raises(InputError):
            store.open_session(DIGEST, "sari", "hash", NOW, at(1000))
        assert store.session_user(DIGEST, at(1), 600) is None
        store.open_session(DIGEST, "sari", "other", NOW, at(1000))
        assert store.session_user(DIGEST, at(1), 600) is not None

    def test_a_look_that_is_no_use_keeps_no_session_alive(self, store: Store) -> None:
        store.add_user("sari", "opd", ["dpupr"], "hash", NOW)
        store.open_session(DIGEST, "sari", "hash", NOW, at(10_000))
        for seconds in (200, 400, 600):
            assert store.session_user(DIGEST, at(seconds), 600, touch=False) is not None
        assert store.session_user(DIGEST, at(601), 600, touch=False) is None

    def test_one_failure_is_taken_back_and_the_others_stay(self, store: Store) -> None:
        for seconds in (0, 10, 10):
            store.note_login("sari", ok=False, now=at(seconds))
        store.note_login("budi", ok=False, now=at(10))
        store.take_back_failure(" SARI", at(10))
        assert store.failed_logins("sari", NOW) == 2
        store.take_back_failure("sari", at(11))
        assert store.failed_logins("sari", NOW) == 2
        assert store.failed_logins("budi", NOW) == 1

    def test_failed_logins_are_counted_also_for_names_that_do_not_exist(self, store: Store) -> None:
        for seconds in (0, 10, 20):
            store.note_login("Hantu", ok=False, now=at(seconds))
        assert store.failed_logins("hantu", at(10)) == 2
        assert store.failed_logins("hantu", at(21)) == 0
        assert store.failed_logins("sari", NOW) == 0
        store.note_login("hantu", ok=True, now=at(30))
        assert store.failed_logins("hantu", NOW) == 0

    def test_old_failures_are_forgotten(self, store: Store) -> None:
        store.note_login("hantu", ok=False, now=NOW)
        store.note_login("lain", ok=False, now=at(3 * 86_400))
        assert store.failed_logins("hantu", NOW) == 0
