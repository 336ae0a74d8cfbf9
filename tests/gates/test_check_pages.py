#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""scripts/check-pages finds what a page names and what is not there; each kind of it is planted once."""
import os
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
TREE = {
    "docs/man/romonctl.1.scd": """# COMMANDS

*nodes [PATTERN] [--status STATUS]*
	list nodes.

	*--status STATUS*: only those.

*config check FILE*
	look at a file.

*config apply FILE [--confirm-within TIME]*
	take it.

# OPTIONS

*-o, --output FORMAT*
	how answers look.
""",
    "docs/config.md": """# Keys

| key | value |
|---|---|
| `romon.hop-limit` | 1..128 |
| `ports` | a map |

## Node ports: below `ports.NAME`

| key | value |
|---|---|
| `device` | a text |
""",
    "docs/drops.md": "| reason | meaning |\n|---|---|\n| `hop-not-us` | no |\n",
    "app/romond/main.c": '{"check", required_argument, NULL, 0},\n',
    "scripts/bench": "while :; do case $1 in --quick) ;; esac; done\n",
    "lib/dp/dp_rx.c": "// rx\n",
}
GOOD = """# A page

`romonctl nodes --status late`, `romonctl -o json config apply FILE --confirm-within 10s`, `romond --check FILE`; see
`lib/dp/dp_rx.c`, `dp_rx.c`, `lib/*/*.c`, [keys](config.md). `romon.hop-limit`, `ports.lan0.device: eth1` and `hop-not-us`, or
*hop-not-us*. `scripts/bench --quick` measures; `tests/unit/test_LIB_TOPIC.c` is a form.

```yaml
romon:
  hop-limit: 7
ports:
  lan0:
    device: eth1
```
"""


class CheckPages(unittest.TestCase):
    def check(self, page, **more):
        """What the gate prints for a tree with this page."""
        with tempfile.TemporaryDirectory() as root:
            for path, text in {**TREE, "docs/page.md": page, **more}.items():
                os.makedirs(os.path.join(root, os.path.dirname(path)), exist_ok=True)
                with open(os.path.join(root, path), "w", encoding="utf-8") as f:
                    f.write(text)
            gate = os.path.join(ROOT, "scripts", "check-pages")
            done = subprocess.run([sys.executable, gate, root], capture_output=True, text=True)
            self.assertEqual(done.stderr, "")
            self.assertEqual(done.returncode, 1 if done.stdout else 0)
            return done.stdout

    def planted(self, text, wanted):
        self.assertEqual(self.check(GOOD + "\n" + text + "\n"), f"docs/page.md:{GOOD.count(chr(10)) + 2}: {wanted}\n")

    def test_a_page_that_names_what_there_is_passes(self):
        self.assertEqual(self.check(GOOD), "")

    def test_an_unknown_command(self):
        self.planted("`romonctl nodez` lists.", "romonctl nodez: there is no such command")

    def test_an_unknown_option_of_a_command(self):
        self.planted("`romonctl nodes --confirm-within 3s`", "romonctl nodes --confirm-within: there is no such option")

    def test_an_unknown_option_of_a_command_of_two_words(self):
        self.planted("`romonctl config check --confirm-within 3s FILE`",
                     "romonctl config --confirm-within: there is no such option")

    def test_an_unknown_option_of_the_daemon(self):
        self.planted("`romond --verify FILE`", "romond --verify: there is no such option")

    def test_an_unknown_option_of_a_script(self):
        self.planted("`scripts/bench --fast`", "scripts/bench --fast: there is no such option")

    def test_a_call_in_a_block(self):
        self.assertEqual(self.check("# A page\n\n```\nromonctl nodes\nromonctl nodez  # lists\n```\n"),
                         "docs/page.md:5: romonctl nodez: there is no such command\n")

    def test_an_unknown_file(self):
        self.planted("`lib/dp/dp_tx.c` sends.", "lib/dp/dp_tx.c: there is no such file")

    def test_an_unknown_file_by_its_name_alone(self):
        self.planted("`dp_tx.c` sends.", "dp_tx.c: there is no such file")

    def test_a_link_to_nowhere(self):
        self.planted("[more](more.md)", "more.md: the link leads nowhere")

    def test_an_unknown_key(self):
        self.planted("`romon.hop-max`", "romon.hop-max: there is no such key")

    def test_an_unknown_key_of_a_port(self):
        self.planted("`ports.lan0.speed: 10`", "ports.lan0.speed: there is no such key")

    def test_an_unknown_key_in_a_file(self):
        self.assertEqual(self.check("# A page\n\n```yaml\nports:\n  lan0:\n    speed: 10\n```\n"),
                         "docs/page.md:4: ports.lan0.speed: there is no such key\n")

    def test_an_unknown_reason(self):
        self.planted("what is over ends as *hop-not-me*", "*hop-not-me*: there is no such reason")

    def test_an_unknown_word(self):
        self.planted("counted as `hop-not-me`", "hop-not-me: no program, table or file knows that word")

    def test_man_pages_and_the_readme_are_looked_at_too(self):
        out = self.check(GOOD, **{"README.md": "`romonctl nodez`\n", "docs/man/romond.8.scd": "`dp_tx.c`\n"})
        self.assertEqual(out, "README.md:1: romonctl nodez: there is no such command\n"
                              "docs/man/romond.8.scd:1: dp_tx.c: there is no such file\n")


if __name__ == "__main__":
    unittest.main()
