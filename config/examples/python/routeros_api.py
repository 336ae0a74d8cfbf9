# SPDX-License-Identifier: BSD-3-Clause
"""RouterOsApiPool, as scripts for RouterOS use it, in front of romon-gw and romonctl. Needs python3-librouteros.

    PYTHONPATH=/usr/share/romond/python ROMON_GW_PASSWORD=... python3 configure.py

An API path is that of romon-gw (docs/gateway.md). A router behind RoMON has no API there: path('/interface/romon/connect').call()
gives an agent whose path('/export').export_file() is `romonctl backup`, by SSH through RoMON.

ROMON_GW_PASSWORD   the password, where the script has none: romon-gw has no user without one
ROMOND_SOCKET       of romonctl: control socket of romond
ROMON_BACKUP        more options of `romonctl backup`, as in a shell: "--user admin --identity-file /etc/romond/key"
"""
import os
import shlex
import shutil
import subprocess
import tempfile

import librouteros
from librouteros.login import plain


def words(options):
    """Python's names as RouterOS writes them: mac_address is mac-address."""
    return {name.replace("_", "-"): value for name, value in options.items()}


def as_text(value):
    return str(value).lower() if isinstance(value, bool) else str(value)


class Resource:
    def __init__(self, api, path):
        self.api, self.path = api, path

    def _ask(self, verb, options):
        return [{k: as_text(v) for k, v in row.items()} for row in self.api(f"{self.path}/{verb}", **words(options))]

    def get(self, **wanted):
        """The rows in which each of these has this value."""
        return [row for row in self._ask("print", {}) if all(row.get(k) == as_text(v) for k, v in words(wanted).items())]

    def set(self, **values):
        return self._ask("set", values)

    def add(self, **values):
        return self._ask("add", values)

    def remove(self, **values):
        return self._ask("remove", values)

    def call(self, verb, **options):
        return self._ask(verb, options)


class Connect:
    """/interface/romon/connect"""

    def __init__(self, neighbors):
        self.neighbors = neighbors

    def call(self, mac_address):
        for row in self.neighbors.get(mac_address=mac_address):
            return Agent(row["id"])
        raise LookupError(f"no RoMON neighbor has the address {mac_address}")


class Agent:
    def __init__(self, node):
        self.node = node

    def path(self, path):
        if path != "/export":
            raise NotImplementedError(f"{path}: a router behind RoMON is reached by SSH: only /export is there")
        return self

    def export_file(self, file_name):
        """Write the router's configuration to this file. Nothing is written that is not proven whole."""
        with tempfile.TemporaryDirectory() as folder:
            argv = ["romonctl", "backup", self.node, "--dir", folder, *shlex.split(os.environ.get("ROMON_BACKUP", ""))]
            done = subprocess.run(argv, capture_output=True, text=True, check=False)
            files = os.listdir(folder)
            if done.returncode != 0 or len(files) != 1:
                raise RuntimeError((done.stdout + done.stderr).strip())
            shutil.move(os.path.join(folder, files[0]), file_name)

    def close(self):
        pass


class Api:
    def __init__(self, api):
        self.api = api

    def path(self, path):
        if path == "/interface/romon/connect":
            return Connect(Resource(self.api, "/interface/romon/neighbors"))
        return Resource(self.api, path)


class RouterOsApiPool:
    def __init__(self, host, username="admin", password="", port=8728, plaintext_login=True):
        if not plaintext_login:
            raise ValueError("romon-gw takes the login of RouterOS 6.43 and later: plaintext_login=True")
        self.host, self.port, self.username = host, port, username
        self.password = password or os.environ.get("ROMON_GW_PASSWORD", "")
        self.connection = None

    def get_api(self):
        if self.connection is None:
            self.connection = librouteros.connect(self.host, self.username, self.password, port=self.port, login_method=plain)
        return Api(self.connection)

    def close(self):
        if self.connection is not None:
            self.connection.close()
        self.connection = None
