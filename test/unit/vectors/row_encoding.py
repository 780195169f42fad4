#!/usr/bin/env python3
"""Print test/unit/vectors/row_encoding.txt.

Written from doc/ledger-format.md alone, with nothing of src/ in mind: the
vectors prove that page and code say the same.  Run it and compare:

    python3 test/unit/vectors/row_encoding.py | diff - test/unit/vectors/row_encoding.txt
"""
import hashlib


def sha256(data):
    return hashlib.sha256(data).digest()


def text(data):
    return len(data).to_bytes(4, "big") + data


def commitment(salt, name, value):
    return sha256(b"\x12\x01" + salt + text(name) + text(value))


def content_bytes(columns, redactable, salt):
    """Columns is a dict of name -> value text or None."""
    parts = []
    for name in sorted(n.encode() for n in columns):
        value = columns[name.decode()]
        if value is None:
            continue
        value = value.encode()
        if name.decode() in redactable:
            parts.append(text(name) + b"\x01" + commitment(salt, name, value))
        else:
            parts.append(text(name) + b"\x00" + text(value))
    return b"\x10\x01" + len(parts).to_bytes(2, "big") + b"".join(parts)


def link(ledger, lane, seq, prev, content):
    return sha256(b"\x11\x01" + ledger + lane.to_bytes(4, "big")
                  + seq.to_bytes(8, "big") + prev + content)


def hexa(data):
    return data.hex() or "-"


def show(title, columns, redactable=(), salt=bytes(16)):
    print(f"\n# {title}")
    given = sorted((n.encode(), v) for n, v in columns.items() if v is not None)
    print(f"row {len(given)}")
    for name, value in given:
        value = value.encode()
        if name.decode() in redactable:
            print(f"redactable {hexa(name)} {hexa(salt)} {hexa(value)}")
            print(f"commitment {hexa(commitment(salt, name, value))}")
        else:
            print(f"column {hexa(name)} {hexa(value)}")
    encoding = content_bytes(columns, redactable, salt)
    print(f"encoding {hexa(encoding)}")
    print(f"content {hexa(sha256(encoding))}")
    return sha256(encoding)


def show_link(ledger, lane, seq, prev, content):
    digest = link(ledger, lane, seq, prev, content)
    print(f"link {hexa(ledger)} {lane} {seq} {hexa(prev)}")
    print(f"hash {hexa(digest)}")
    return digest


LEDGER = bytes.fromhex("00112233445566778899aabbccddeeff")
SALT = bytes(range(0xF0, 0x100))

print("""# Vectors of doc/ledger-format.md, made by row_encoding.py.
# Names, values and digests are hexadecimal; "-" stands for no bytes.""")
c = show("nothing but NULLs", {"a": None})
h = show_link(LEDGER, 0, 1, bytes(32), c)
c = show("one column", {"a": "1"})
h = show_link(LEDGER, 0, 2, h, c)
c = show("an empty text is not a NULL", {"a": "", "b": None})
h = show_link(LEDGER, 0, 3, h, c)
c = show("byte order of names: upper case, digits, prefixes, beyond ASCII",
         {"b": "1", "a": "2", "B": "3", "a1": "4", "a_b": "5", "é": "6",
          "名": "7", "\U0001F600": "8", "z": "9", "column with spaces": "10"})
h = show_link(LEDGER, 0, 4, h, c)
c = show("odd values",
         {"bytea": "\\x00ff", "jsonb": '{"a": [1, "é\\n"]}', "neg": "-0",
          "nl": "a\nb\r\n", "ts": "2024-02-29 23:59:59.999999+00",
          "wide": "\U0001F600" * 3})
h = show_link(LEDGER, 0, 5, h, c)
c = show("lengths keep neighbours apart, first half",
         {"a": "bc", "b": "c"})
h = show_link(LEDGER, 0, 6, h, c)
c = show("lengths keep neighbours apart, second half",
         {"a": "b", "b": "cc"})
h = show_link(LEDGER, 0, 7, h, c)
c = show("redactable columns", {"id": "1", "payload": '{"a": 1}', "raw": "",
                                "z": None}, ("payload", "raw", "z"), SALT)
h = show_link(LEDGER, 0, 8, h, c)
c = show("a value longer than a chunk of digits",
         {"artifact": "\\x" + "a5" * 2500, "b": "x" * 300})
show_link(LEDGER, 2**31 - 1, 2**63 - 1, h, c)
