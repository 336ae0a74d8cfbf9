# SPDX-License-Identifier: BSD-3-Clause
"""Which places of a C file may be mutated, and into what: one-line mutations of code that clang-format laid out.

It is text, not a parser: comments, strings, preprocessor lines and everything outside of function bodies are masked
first, and so are lines whose change says nothing (asserts, log lines, declarations without a value). What does not
compile afterwards is thrown away by who builds it.
"""
import re

# A line with one of these is left alone: our own checks, and words for people.
QUIET = re.compile(r"\b(assert|_Static_assert|static_assert|base_log_write|LOG|conf_issue\w*|abort|CHECK)\s*\(")
KEYWORD = re.compile(r"\s*(if|for|while|switch|return|else|do|case|default|goto|break|continue)\b")
# Two words in a row begin a declaration: a type and a name.
DECLARATION = re.compile(r"\s*(?:(?:static|const|struct|enum|union|unsigned|_Atomic)\s+)*\w+[\s*]+\w+\s*(?:\[[^]]*\])*\s*(?:=|;|,|:)")
STATEMENT = re.compile(r"\s*(?:\(void\)\s*)?\*{0,2}[A-Za-z_][\w>.\-\[\]()&*+ ]*?(?:\s[|&+\-*/%^]?=\s.*|<<=.*|>>=.*|\(.*\)|\+\+|--);\s*$")
NUMBER = re.compile(r"(?<![\w.])(0x[0-9a-fA-F]+|\d+)([uUlL]*)(?![\w.])")

# a < b ? a : b, of names, members and calls without a space in them
TERM = r"([\w.>\-\[\]]+(?:\([\w.>\-\[\]&]*\))?)"
LESSER = re.compile(rf"(?<![\w.>\]]){TERM} (<=?|>=?) {TERM} \? {TERM} : {TERM}")

# Operators as clang-format writes them, binary ones with a space on either side.
SWAPS = [
    ("<", ["<=", ">="]), ("<=", ["<", ">"]), (">", [">=", "<="]), (">=", [">", "<"]), ("==", ["!="]), ("!=", ["=="]),
    ("&&", ["||"]), ("||", ["&&"]), ("+", ["-"]), ("-", ["+"]), ("*", ["/"]), ("/", ["*"]), ("%", ["*"]),
    ("&", ["|"]), ("|", ["&"]), ("^", ["|"]), ("<<", [">>"]), (">>", ["<<"]), ("+=", ["-="]), ("-=", ["+="]),
    ("|=", ["&="]), ("&=", ["|="]), ("*=", ["/="]), ("/=", ["*="]), ("<<=", [">>="]), (">>=", ["<<="]),
]


def masked(text):
    """The text with comments, strings, character constants and preprocessor lines as spaces, byte for byte."""
    out = []
    token = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|^[ \t]*#(?:[^\n\\]|\\.|\\\n)*',
                       re.DOTALL | re.MULTILINE)
    at = 0
    for m in token.finditer(text):
        out.append(text[at:m.start()])
        out.append(re.sub(r"[^\n]", " ", m.group()))
        at = m.end()
    out.append(text[at:])
    return "".join(out)


def body_lines(mask):
    """Line numbers (from 0) inside of function bodies: between a "{" and a "}" alone in the first column."""
    inside = False
    for n, line in enumerate(mask.split("\n")):
        if line.startswith("{"):
            inside = True
        elif line.startswith("}"):
            inside = False
        elif inside:
            yield n


def is_whole(lines, n):
    """Is line n a statement by itself: begun and ended here?"""
    before = next((x.strip() for x in reversed(lines[:n]) if x.strip()), "{")
    line = lines[n]
    return (line.count("(") == line.count(")") and line.rstrip().endswith(";")
            and (before[-1] in ";{}:" or before in ("else", "do") or re.match(r"(else )?(if|for|while)\b.*\)$", before)))


def condition(line):
    """Where the condition of an if or while stands, if it ends on this line: (start, end) or None."""
    m = re.search(r"\b(?:if|while) \(", line)
    if m is None:
        return None
    depth = 1
    for i in range(m.end(), len(line)):
        depth += {"(": 1, ")": -1}.get(line[i], 0)
        if depth == 0:
            return m.end(), i
    return None


def _of_two(line):
    """Where the comparisons stand that choose the lesser or the greater of two: which of equals it is says nothing."""
    return {m.start(2) for m in LESSER.finditer(line) if {m.group(1), m.group(3)} == {m.group(4), m.group(5)}}


def _swaps(line):
    of_two = _of_two(line)
    for old, news in SWAPS:
        for m in re.finditer(r"(?<= )" + re.escape(old) + r"(?= )", line):
            # a pointer in a declaration or a cast has no space behind the star, so what has two is a product
            for new in news:
                if m.start() not in of_two or new.rstrip("=") != old.rstrip("="):
                    yield m.start(), m.end(), new, f"{old} to {new}"
    for m in re.finditer(r"\+\+|--", line):
        yield m.start(), m.end(), {"++": "--", "--": "++"}[m.group()], "step the other way"


def _constants(line):
    for m in NUMBER.finditer(line):
        value = int(m.group(1), 0) if not re.fullmatch(r"0\d+", m.group(1)) else int(m.group(1), 8)
        yield m.start(1), m.end(1), str(value + 1), "constant + 1"
        if value > 0:
            yield m.start(1), m.end(1), str(value - 1), "constant - 1"
    for m in re.finditer(r"\b(true|false)\b", line):
        yield m.start(), m.end(), {"true": "false", "false": "true"}[m.group()], "other truth"


def _conditions(line):
    c = condition(line)
    if c is not None:
        yield c[0], c[1], f"!({{}})", "condition negated"
    for m in re.finditer(r"!(?=[\w(*])", line):
        yield m.start(), m.end(), "", "! dropped"


def _returns(line):
    m = re.search(r"\breturn (.+);\s*$", line)
    if m is None:
        return
    value = m.group(1).strip()
    if value in ("true", "false", "NULL"):
        return  # the constants have the truths, and NULL is 0 by another name
    yield m.start(1), m.end(1), "1" if value == "0" else "0", "other return value"


def _drops(lines, n):
    line = lines[n]
    if not is_whole(lines, n):
        return
    start = len(line) - len(line.lstrip())
    if re.fullmatch(r"\s*(break|continue);\s*", line) and not re.match(r"\s*(case|default)\b", line):
        yield start, len(line.rstrip()), ";", "statement dropped"
    elif not KEYWORD.match(line) and not DECLARATION.match(line) and STATEMENT.match(line):
        yield start, len(line.rstrip()), ";", "statement dropped"


def mutations(text):
    """line number (from 1) -> [(line as it becomes, what was done)], of each line that has some."""
    lines = text.split("\n")
    mask = masked(text)
    mask_lines = mask.split("\n")
    found = {}
    is_quiet = False  # in a statement that began on a line before
    for n in body_lines(mask):
        m = mask_lines[n]
        is_quiet = is_quiet or QUIET.search(m) is not None
        if is_quiet:
            is_quiet = not m.rstrip().endswith(";")
            continue
        if not m.strip() or re.match(r"\s*(static const|const static|case\b|default\b|\w+:$)", m):
            continue
        here = []
        for start, end, new, what in [*_swaps(m), *_constants(m), *_conditions(m), *_returns(m), *_drops(mask_lines, n)]:
            after = lines[n][:start] + new.replace("{}", lines[n][start:end]) + lines[n][end:]
            if after != lines[n]:
                here.append((after, what))
        if here:
            found[n + 1] = here
    return found
