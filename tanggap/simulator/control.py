"""The simulator's own requests under /__control/, so that another process can steer it.

They need the simulator's token, so that no web page in the same browser can use them:

    GET  health                     {"ok": true, "now": ..., "posts": n}
    GET  truth?network=N            what a perfect watcher would know (see truth.truth_of)
    GET  log?after=N                what was served, entries numbered above N
    POST faults                     a script as JSON: put at the end of the one in force
    POST faults/clear               {}
    POST post                       {"author", "text", "visible_after"?: simulated seconds}
    POST reply, quote               {"author", "to", "text", "visible_after"?}
    POST repost                     {"author", "to"}
    POST answer                     {"opd", "to", "text", "kind"?: one of ANSWER_KINDS,
                                    "form"?: reply, quote, naming, "visible_after"?}
    POST edit                       {"id", "text"}
    POST delete                     {"id"}
    POST visit                      {"author", "opd", "text", "visible_after"?}: a visitor post
    POST tag                        {"author", "opd", "text", "visible_after"?}: tags the account
    POST account                    {"handle", "rename"?: new handle, "standing"?: active,
                                    suspended, protected, gone}

Those that write take `network` (default x); ids are those of the world, not of a wire.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, get_args

from tanggap.clock import to_text
from tanggap.errors import InputError
from tanggap.mention import ANSWER_KINDS
from tanggap.simulator.answer_forms import AnswerForm, give_answer
from tanggap.simulator.faults import FaultScript, parse_faults
from tanggap.simulator.oracle import Oracle
from tanggap.simulator.wire import JSON_TYPE, Call, Reply
from tanggap.simulator.world import Account, Post, Standing, World

PREFIX = "/__control/"
_LATEST = 366 * 86_400
"""Seconds of the latest moment at which a post may become visible."""


class Control:
    """Answers the control requests."""

    def __init__(
        self,
        worlds: Mapping[str, World],
        truth: Callable[[str], dict[str, Any]],
        oracle: Oracle,
        faults: FaultScript,
        token: str,
    ) -> None:
        self._worlds = worlds
        self._truth = truth
        self._oracle = oracle
        self._faults = faults
        self._token = token

    def answer(self, call: Call, now: datetime) -> Reply:
        """Return the reply; 401 without the token, 400 with `error` for what cannot be done."""
        if call.headers.get("authorization") != f"Bearer {self._token}":
            return _reply(401, {"error": "token simulator tidak cocok"})
        verb = call.path.removeprefix(PREFIX)
        try:
            if call.method == "GET":
                return self._read(verb, call, now)
            return self._write(verb, _object(call.body))
        except InputError as exc:
            return _reply(400, {"error": str(exc)})

    def _read(self, verb: str, call: Call, now: datetime) -> Reply:
        if verb == "health":
            posts = sum(1 for world in self._worlds.values() for _ in world.everything())
            return _reply(200, {"ok": True, "now": to_text(now), "posts": posts})
        if verb == "truth":
            return _reply(200, self._truth(call.query.get("network", ["x"])[0]))
        if verb == "log":
            after = call.query.get("after", ["0"])[0]
            if not after.isdecimal():
                raise InputError("`after` harus bilangan")
            return _reply(200, {"log": [asdict(entry) for entry in self._oracle.log(int(after))]})
        return _reply(404, {"error": f"tidak ada `{verb}`"})

    def _write(self, verb: str, given: Any) -> Reply:
        if verb == "faults":
            self._faults.add(*parse_faults(given))
            return _reply(200, {"faults": len(self._faults)})
        if verb == "faults/clear":
            self._faults.clear()
            return _reply(200, {"faults": 0})
        if not isinstance(given, dict):
            raise InputError("isi permintaan harus objek JSON")
        world = self._worlds.get(str(given.get("network", "x")))
        if world is None:
            raise InputError(f"`network` harus salah satu dari {', '.join(self._worlds)}")
        if verb == "edit":
            version = world.edit(_post(world, given, "id"), _text(given, "text"))
            return _reply(200, {"id": str(version.id)})
        if verb == "delete":
            world.delete(_post(world, given, "id"))
            return _reply(200, {})
        if verb == "account":
            return _change_account(world, given)
        if verb in ("post", "reply", "quote", "repost", "answer", "visit", "tag"):
            return _reply(200, {"id": str(_publish(world, verb, given).id)})
        return _reply(404, {"error": f"tidak ada `{verb}`"})


def _publish(world: World, verb: str, given: dict[str, Any]) -> Post:
    late = _late(given)
    if verb == "answer":
        return give_answer(
            world,
            _opd(world, given).opd or "",
            _post(world, given, "to"),
            _text(given, "text"),
            form=_one_of(given, "form", get_args(AnswerForm)) or "reply",
            kind=_one_of(given, "kind", ANSWER_KINDS),
            visible_after=late,
        )
    who = _text(given, "author")
    if verb == "visit":
        page = _opd(world, given)
        return world.post(who, _text(given, "text"), visible_after=late, page=page)
    if verb == "tag":
        tagged = [_opd(world, given)]
        return world.post(who, _text(given, "text"), visible_after=late, tagged=tagged)
    if verb == "post":
        return world.post(who, _text(given, "text"), visible_after=late)
    to = _post(world, given, "to")
    if verb == "repost":
        return world.repost(who, to, visible_after=late)
    act = world.reply if verb == "reply" else world.quote
    return act(who, to, _text(given, "text"), visible_after=late)


def _change_account(world: World, given: dict[str, Any]) -> Reply:
    handle = _text(given, "handle")
    account = world.account(handle)
    if account is None:
        raise InputError(f"akun `{handle}` tidak ada")
    if "standing" in given:
        standing = given["standing"]
        if standing not in get_args(Standing):
            raise InputError(f"`standing` harus salah satu dari {get_args(Standing)}")
        account.standing = standing
    if "rename" in given:
        world.rename(account, _text(given, "rename"))
    return _reply(200, {"id": account.id, "handle": account.handle})


def _post(world: World, given: dict[str, Any], key: str) -> Post:
    post = world.find(_text(given, key))
    if post is None:
        raise InputError(f"`{key}`: kiriman {given[key]} tidak ada")
    return post


def _opd(world: World, given: dict[str, Any]) -> Account:
    opd = _text(given, "opd")
    try:
        return world.opd(opd)
    except KeyError as exc:
        raise InputError(f"OPD `{opd}` tidak punya akun") from exc


def _object(body: bytes) -> Any:
    try:
        return json.loads(body or b"{}")
    except ValueError as exc:
        raise InputError("isi permintaan bukan JSON") from exc


def _text(given: dict[str, Any], key: str) -> str:
    value = given.get(key)
    if not isinstance(value, str) or not value:
        raise InputError(f"`{key}` wajib diisi dengan teks")
    return value


def _one_of(given: dict[str, Any], key: str, known: tuple[Any, ...]) -> Any:
    """Return one of the known values, or None where nothing is given."""
    value = given.get(key)
    if value is not None and value not in known:
        raise InputError(f"`{key}` harus salah satu dari {', '.join(known)}")
    return value


def _late(given: dict[str, Any]) -> timedelta:
    value = given.get("visible_after", 0)
    good = isinstance(value, int | float) and not isinstance(value, bool)
    if not good or not 0 <= value <= _LATEST:
        raise InputError(f"`visible_after` harus detik, 0 sampai {_LATEST}")
    return timedelta(seconds=value)


def _reply(status: int, data: Any) -> Reply:
    return Reply(status, data, {"content-type": JSON_TYPE})
