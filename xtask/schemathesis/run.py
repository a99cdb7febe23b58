"""Asks a running server, which knows nothing of it, everything that its OpenAPI document allows and forbids.

    run.py URL HOME MODE [--seed N] [--examples N] [--seconds N]

MODE is `open`, with the token of the data directory in JARVIS_ADMIN_TOKEN, or `required`, where `root` administers and
whoever wants may register; all passwords are PASSWORD. HOME takes files. Each part ends with a line `test NAME ... ok` or
`FAILED`, as tests do.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys

import requests

SOURCES = pathlib.Path(__file__).parent
PASSWORD = "correct horse battery"

# Who does these ends logins or accounts, perhaps their own; each is tried alone, by people who have just logged in.
ENDINGS = [
    "POST /api/auth/logout",
    "DELETE /api/auth/sessions/{id}",
    "DELETE /api/admin/users/{id}/sessions",
    "POST /api/admin/users/{id}/password",
    "PATCH /api/admin/users/{id}",
    "DELETE /api/admin/users/{id}",
    "DELETE /api/me/data",
]

ADMINISTRATION = "^/(api/admin|metrics)"

TOKENS = {}


def token_of(url, name):
    """Logs in once, and again where what was tried has ended the login: logins are rationed."""
    held = TOKENS.get(name)
    headers = {"authorization": f"Bearer {held}"}
    if held and requests.get(f"{url}/api/auth/whoami", headers=headers, timeout=60).ok:
        return held
    body = {"username": name, "password": PASSWORD}
    if name != "root":
        requests.post(f"{url}/api/auth/register", json=body, timeout=60)
    answer = requests.post(f"{url}/api/auth/login", json=body, timeout=60)
    answer.raise_for_status()
    TOKENS[name] = answer.json()["access_token"]
    return TOKENS[name]


def entry(name, token):
    return {"name": name, "fixedHeaders": [{"name": "authorization", "value": f"Bearer {token}"}]}


class Run:
    def __init__(self, options):
        self.options = options
        self.home = pathlib.Path(options.home)
        shutil.copy(SOURCES / "hooks.py", self.home)
        self.failed = 0

    def part(self, name, settings, words, seconds=None):
        (self.home / "settings.toml").write_text((SOURCES / "settings.toml").read_text() + settings)
        st = str(pathlib.Path(sys.executable).parent / "st")
        command = [st, "--config-file", "settings.toml", "run", f"{self.options.url}/openapi.json", "--no-color"]
        # one worker: CPython 3.11 loses count of its depth when two threads parse at once, which ends a part
        command += ["--max-examples", str(self.options.examples), "--workers", "1", *words]
        if self.options.seed is not None:
            command += ["--seed", str(self.options.seed)]
        if seconds:
            command += ["--max-time", str(seconds)]
        log = self.home / f"{name}.log"
        environment = {**os.environ, "FUZZ_MODE": self.options.mode}
        with log.open("wb") as output:
            code = subprocess.run(
                command, cwd=self.home, env=environment, stdout=output, stderr=subprocess.STDOUT
            ).returncode
        if code != 0:
            self.failed += 1
            print(log.read_text())
        print(f"test fuzz_api::{name} ... {'ok' if code == 0 else 'FAILED'}", flush=True)

    def people(self, names, peers):
        entries = [entry(name, token_of(self.options.url, name)) for name in names]
        (self.home / "people.json").write_text(json.dumps({"auth": entries}))
        return f'\n[auth.wfc]\npath = "people.json"\npeers = {json.dumps(peers)}\n' if peers else (
            '\n[auth.wfc]\npath = "people.json"\n')


def in_open_mode(run):
    administration = f'\n[auth.openapi.admin_token]\nbearer = "{os.environ["JARVIS_ADMIN_TOKEN"]}"\n'
    settings = administration + (SOURCES / "open.toml").read_text()
    run.part("open", settings, [], run.options.seconds)


def in_required_mode(run):
    without = [word for name in ENDINGS for word in ("--exclude-name", name)]
    settings = (SOURCES / "required.toml").read_text()
    half = run.options.seconds and max(run.options.seconds // 2, 1)
    # ann and bob must not see what is the other's
    run.part("people", run.people(["ann", "bob"], ["ann", "bob"]) + settings, without, half)
    run.part("administration", run.people(["root"], []) + settings, ["--include-path-regex", ADMINISTRATION, *without], half)
    for number, name in enumerate(ENDINGS):
        people = ["root"] if "/admin/" in name else [f"{number}-ann"]
        run.part(f"ending-{number}", run.people(people, []) + settings, ["--include-name", name])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("home")
    parser.add_argument("mode", choices=["open", "required"])
    parser.add_argument("--seed", type=int)
    parser.add_argument("--examples", type=int, default=5)
    parser.add_argument("--seconds", type=int)
    run = Run(parser.parse_args())
    {"open": in_open_mode, "required": in_required_mode}[run.options.mode](run)
    sys.exit(1 if run.failed else 0)


main()
