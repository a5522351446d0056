"""The simulator's own requests under /__control/, so that another process can steer it.

They need the simulator's token, so that no web page in the same browser can use them:

    GET  health                     {"ok": true, "now": ..., "posts": n}
    GET  truth                      what a perfect watcher would know (see Oracle.truth)
    GET  log?after=N                what was served, entries numbered above N
    POST faults                     a script as JSON: put at the end of the one in force
    POST faults/clear               {}
    POST post                       {"author", "text", "visible_after"?: simulated seconds}
    POST reply, quote               {"author", "to", "text", "visible_after"?}
    POST repost                     {"author", "to"}
    POST answer                     {"opd", "to", "text"}
    POST edit                       {"id", "text"}
    POST delete                     {"id"}
    POST account                    {"handle", "rename"?: new handle, "standing"?: active,
                                    suspended, protected, gone}
"""

import json
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, get_args

from tanggap.clock import to_text
from tanggap.errors import InputError
from tanggap.simulator.faults import FaultScript, parse_faults
from tanggap.simulator.oracle import Oracle
from tanggap.simulator.wire import JSON_TYPE, Call, Reply
from tanggap.simulator.world import Post, Standing, World

PREFIX = "/__control/"


class Control:
    """Answers the control requests."""

    def __init__(self, world: World, oracle: Oracle, faults: FaultScript, token: str) -> None:
        self._world = world
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
            posts = sum(1 for _ in self._world.everything())
            return _reply(200, {"ok": True, "now": to_text(now), "posts": posts})
        if verb == "truth":
            return _reply(200, self._oracle.truth(now))
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
        if verb == "edit":
            version = self._world.edit(self._post(given, "id"), _text(given, "text"))
            return _reply(200, {"id": str(version.id)})
        if verb == "delete":
            self._world.delete(self._post(given, "id"))
            return _reply(200, {})
        if verb == "account":
            return self._change_account(given)
        if verb in ("post", "reply", "quote", "repost", "answer"):
            return _reply(200, {"id": str(self._publish(verb, given).id)})
        return _reply(404, {"error": f"tidak ada `{verb}`"})

    def _publish(self, verb: str, given: dict[str, Any]) -> Post:
        late = _late(given)
        if verb == "answer":
            opd = _text(given, "opd")
            try:
                author = self._world.opd(opd)
            except KeyError as exc:
                raise InputError(f"OPD `{opd}` tidak punya akun") from exc
            to = self._post(given, "to")
            return self._world.reply(author, to, _text(given, "text"), visible_after=late)
        who = _text(given, "author")
        if verb == "post":
            return self._world.post(who, _text(given, "text"), visible_after=late)
        to = self._post(given, "to")
        if verb == "repost":
            return self._world.repost(who, to, visible_after=late)
        act = self._world.reply if verb == "reply" else self._world.quote
        return act(who, to, _text(given, "text"), visible_after=late)

    def _change_account(self, given: dict[str, Any]) -> Reply:
        handle = _text(given, "handle")
        account = self._world.account(handle)
        if account is None:
            raise InputError(f"akun `{handle}` tidak ada")
        if "standing" in given:
            standing = given["standing"]
            if standing not in get_args(Standing):
                raise InputError(f"`standing` harus salah satu dari {get_args(Standing)}")
            account.standing = standing
        if "rename" in given:
            self._world.rename(account, _text(given, "rename"))
        return _reply(200, {"id": account.id, "handle": account.handle})

    def _post(self, given: dict[str, Any], key: str) -> Post:
        post = self._world.find(_text(given, key))
        if post is None:
            raise InputError(f"`{key}`: kiriman {given[key]} tidak ada")
        return post


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


def _late(given: dict[str, Any]) -> timedelta:
    value = given.get("visible_after", 0)
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise InputError("`visible_after` harus detik, 0 atau lebih")
    return timedelta(seconds=value)


def _reply(status: int, data: Any) -> Reply:
    return Reply(status, data, {"content-type": JSON_TYPE})
