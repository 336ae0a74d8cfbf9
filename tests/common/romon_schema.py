# SPDX-License-Identifier: BSD-3-Clause
"""Answers of the control socket against the schema that romonctl tells: no unknown member, none missing, each of its
type, null only where it may be. Python 3 standard library only."""
import json
import re
import subprocess

MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}\Z")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\Z")


def is_number(f, v):
    return (isinstance(v, int) and not isinstance(v, bool) and v >= 0) or ("zero" in f and v == f["zero"])


def is_list_of(v, check):
    return isinstance(v, list) and all(check(x) for x in v)


def is_text(v):
    return isinstance(v, str)


class Schema:
    def __init__(self, romonctl):
        out = subprocess.run([romonctl, "-o", "json", "schema"], check=True, capture_output=True, text=True).stdout
        self.all = json.loads(out)
        self.commands = {c["name"]: c for c in self.all["commands"]}
        self.tables = self.all["tables"]

    def members(self, table, obj):
        """The fields that an object of the table has to have."""
        out = []
        for f in self.tables[table]:
            if f["type"] != "either":
                out.append(f)
            elif self.tables[f["of"]][0]["name"] in obj:
                out += self.members(f["of"], obj)
        return out

    def value_fault(self, f, v):
        kind = f["type"]
        if v is None:
            return None if f.get("is-nullable") else "is null"
        if kind == "object":
            return self.object_fault(f["of"], v)
        if kind == "list":
            return self.list_fault(f["of"], v)
        fine = {
            "number": lambda: is_number(f, v),
            "real": lambda: isinstance(v, (int, float)) and not isinstance(v, bool),
            "bool": lambda: isinstance(v, bool),
            "text": lambda: is_text(v),
            "word": lambda: v in f["words"],
            "address": lambda: is_text(v) and MAC.match(v) is not None,
            "time": lambda: is_text(v) and TIME.match(v) is not None,
            "texts": lambda: is_list_of(v, is_text),
            "addresses": lambda: is_list_of(v, lambda x: is_text(x) and MAC.match(x) is not None),
            "any": lambda: isinstance(v, dict),
        }[kind]()
        return None if fine else f"is no {kind}: {v!r}"

    def object_fault(self, table, obj):
        if not isinstance(obj, dict):
            return f"is no object of {table}: {obj!r}"
        fields = self.members(table, obj)
        unknown = set(obj) - {f["name"] for f in fields}
        if unknown:
            return f"{table} has no {', '.join(sorted(unknown))}"
        for f in fields:
            if f["name"] not in obj:
                if not f.get("is-optional"):
                    return f"{table}.{f['name']} is missing"
                continue
            fault = self.value_fault(f, obj[f["name"]])
            if fault:
                return f"{table}.{f['name']} {fault}"
        return None

    def list_fault(self, table, rows):
        if not isinstance(rows, list):
            return f"is no array of {table}: {rows!r}"
        return next((fault for fault in (self.object_fault(table, r) for r in rows) if fault), None)

    def answer_fault(self, command, data):
        """What is wrong with the data of an answer; None = nothing."""
        c = self.commands[command]
        if c["kind"] == "list":
            return self.list_fault(c["answer"], data)
        return self.object_fault(c["answer"], data)
