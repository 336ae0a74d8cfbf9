# SPDX-License-Identifier: BSD-3-Clause
"""Writes the files of the page as C: embed.py OUTPUT FILE... (gw_page.h says what it defines)."""
import gzip
import hashlib
import os
import sys

TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
         ".svg": "image/svg+xml"}
COLUMNS = 24


def array(name, data):
    rows = (",".join(map(str, data[i:i + COLUMNS])) for i in range(0, len(data), COLUMNS))
    return f"static const unsigned char {name}[] = {{\n" + ",\n".join(rows) + "};\n"


def main(output, paths):
    text = ["// Made by app/romon-gw/web/embed.py\n#include \"gw_page.h\"\n"]
    table = []
    for i, path in enumerate(paths):
        with open(path, "rb") as f:
            plain = f.read()
        packed = gzip.compress(plain, 9, mtime=0)
        name, extension = os.path.basename(path), os.path.splitext(path)[1]
        tag = hashlib.sha256(plain).hexdigest()[:16]
        text += [array(f"plain_{i}", plain), array(f"packed_{i}", packed)]
        table.append(f"\t{{\"/{'' if name == 'index.html' else name}\", \"{TYPES[extension]}\", \"\\\"{tag}\\\"\", \"\\\"{tag}-z\\\"\", "
                     f"plain_{i}, sizeof(plain_{i}), packed_{i}, sizeof(packed_{i})}},\n")
    text.append("const struct gw_page_file gw_page_files[] = {\n" + "".join(table) + "\t{NULL, NULL, NULL, NULL, NULL, 0, NULL, 0},\n};\n")
    with open(output, "w", encoding="ascii") as f:
        f.write("".join(text))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
