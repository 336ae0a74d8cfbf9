#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Plays the SSH side of RouterOS 6 and 7, as ForceCommand of a real sshd: what docs/backup.md says of such routers, no more.

A stand-in: written from what public tools (Oxidized, rancid, netmiko) expect and from the vendor's pages, never held beside a router.
Usage: routeros_agent.py PROFILE.json, with SSH_ORIGINAL_COMMAND as sshd sets it. A profile:

    {"version": "7.13.2 (stable)", "identity": "DuneGW", "folder": DIR, "lines": 20, "trouble": ""}

DIR has the router's files, and its configuration as lines in DIR/.config. Troubles: truncate, timeout-line, no-sftp, nag, hang, flood,
control, deaf (no version), no-dry-run.
"""
import json
import os
import re
import sys
import time

WIDTH = 80  # where an export is wrapped
SECRET = "s3cret-of-the-router"
SFTP = "/usr/lib/openssh/sftp-server"


class Router:
    def __init__(self, profile):
        self.profile = profile
        self.version = profile["version"]
        self.number = self.version.split(" ")[0]
        self.major = int(self.version.split(".")[0])
        self.trouble = profile.get("trouble", "")
        self.config = os.path.join(profile["folder"], ".config")

    def say(self, text):
        sys.stdout.write(text + "\r\n")
        sys.stdout.flush()

    def lines(self):
        """The configuration as pairs of section and line."""
        if os.path.exists(self.config):
            with open(self.config, encoding="utf-8") as f:
                return [tuple(line.rstrip("\n").split("\t", 1)) for line in f]
        rows = [("/interface ethernet", "set [ find default-name=ether1 ] comment=\"uplink; bad command name is no error here\"")]
        rows += [("/ip firewall address-list", f"add address=10.{n // 250}.{n % 250}.1 comment=\"made up entry number {n} of a list that "
                  "is longer than a terminal is wide\" list=made-up") for n in range(self.profile.get("lines", 20))]
        rows += [("/system identity", f"set name=\"{self.profile['identity']}\""), ("/tool romon", f"set enabled=yes secrets={SECRET}")]
        return rows

    @staticmethod
    def wrapped(line):
        """As an export wraps: a backslash, and four blanks on the next line."""
        out = []
        while len(line) > WIDTH:
            at = line.rfind(" ", 20, WIDTH)
            if at < 0:
                break
            out.append(line[:at + 1] + "\\")
            line = "    " + line[at + 1:]
        return out + [line]

    def head(self):
        now = time.localtime()
        form = "%Y-%m-%d %H:%M:%S" if self.major >= 7 else "%b/%d/%Y %H:%M:%S"
        return [f"# {time.strftime(form, now).lower()} by RouterOS {self.number}", "# software id = AB12-CD34", "#", "# model = RB750Gr3"]

    def export(self, words):
        flags = {7: "show-sensitive", 6: "hide-sensitive"}
        if words and words != [flags[min(self.major, 7)]]:
            self.say(f"expected end of command (line 1 column {len('/export ') + 1})")
            return
        shows = (words == ["show-sensitive"]) if self.major >= 7 else not words
        text = self.head()
        section = None
        for where, line in self.lines():
            if where != section:
                text.append(where)
                section = where
            if not shows:
                line = re.sub(r" secrets=\S+", "", line)
            text += self.wrapped(line)
        if self.trouble == "timeout-line":
            text.insert(len(text) // 2, '#error exporting "/ip/firewall/filter" (timeout)')
        if self.trouble == "control":
            text.insert(len(text) // 2, "# \x1b]0;owned\x07 \x00\x08")
        if self.trouble == "truncate":
            self.say("\r\n".join(text)[:-40])
            sys.exit(0)
        while self.trouble == "flood":
            self.say("A" * 65536)
        text.insert(1, f"# inactive time: {time.time_ns()}")
        self.say("\r\n".join(line + " " * (n % 3) for n, line in enumerate(text)))

    def take(self, words):
        """/import"""
        args = dict(w.split("=", 1) for w in words if "=" in w)
        path = os.path.join(self.profile["folder"], os.path.basename(args.get("file-name", "")))
        is_dry = "dry-run" in words
        if is_dry and (self.major < 7 or self.trouble == "no-dry-run"):
            self.say("expected end of command (line 1 column 40)")
            return
        if not os.path.isfile(path):
            self.say("failure: file not found")
            return
        section, rows = "", []
        with open(path, encoding="utf-8") as f:
            text = f.read().replace("\\\n    ", "")
        for n, line in enumerate(text.splitlines(), 1):
            if line.startswith("/no-such"):
                self.say(f"bad command name no-such (line {n} column 2)")
                return
            if line.startswith("/"):
                section = line
            elif line and not line.startswith("#"):
                rows.append((section, line))
        if is_dry:
            self.say(f"Dry run: {len(rows)} commands would be run")
            return
        with open(self.config + ".new", "w", encoding="utf-8") as f:
            f.writelines(f"{where}\t{line}\n" for where, line in rows)
        os.rename(self.config + ".new", self.config)
        self.say("")
        self.say("Script file loaded and executed successfully")

    def run(self, command):
        command = command.strip()
        if command in (":put [/system/resource/get version]", ":put [/system resource get version]"):
            self.say("bad command name put (line 1 column 2)" if self.trouble == "deaf" else self.version)
        elif re.fullmatch(r':put "[^"$\[]*"', command):
            self.say(command[6:-1])
        elif command in ("/system identity print", "/system/identity/print"):
            self.say(f"  name: {self.profile['identity']}")
        elif re.match(r"/export( |$)", command):
            self.export(command.split()[1:])
        elif command.startswith("/import "):
            self.take(command.split()[1:])
        elif re.match(r"/file[ /]remove ", command):
            path = os.path.join(self.profile["folder"], os.path.basename(command.split()[-1].strip('"')))
            if os.path.exists(path):
                os.unlink(path)
            else:
                self.say("no such item")
        else:
            word = re.split(r"[ /]", command.lstrip(":/"))[0]
            self.say(f"bad command name {word} (line 1 column 1)")

    def session(self):
        """Without a command: what a person sees."""
        if self.trouble == "nag":
            sys.stdout.write("Do you want to see the software license? [Y/n]: ")
            sys.stdout.flush()
            sys.stdin.readline()
            self.say("Change your password")
            sys.stdout.write("new password> ")
            sys.stdout.flush()
            sys.stdin.readline()
        while True:
            sys.stdout.write(f"[admin@{self.profile['identity']}] > ")
            sys.stdout.flush()
            line = sys.stdin.readline()
            if line.strip() in ("/quit", "quit") or line == "":
                return
            self.run(line)


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        router = Router(json.load(f))
    command = os.environ.get("SSH_ORIGINAL_COMMAND")
    if router.trouble == "hang":
        time.sleep(3600)
    if command is None:
        router.session()
    elif command == SFTP:
        if router.trouble == "no-sftp":
            sys.exit(1)
        os.chdir(router.profile["folder"])
        os.execv(SFTP, [SFTP, "-d", router.profile["folder"]])
    elif router.trouble == "nag":
        router.session()
    else:
        for part in re.findall(r'(?:"[^"]*"|[^;"])+', command):
            router.run(part)


if __name__ == "__main__":
    main()
