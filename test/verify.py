#!/usr/bin/env python3
"""Verify a bundle of a ledger: verify.py BUNDLE [CHECKPOINT...]

Made from doc/ledger-format.md alone, as a second opinion on soc2-verify: plain Python that shares nothing with it.
Signatures are not checked. Exit status 0: nothing found; 1: tampering, a line for each problem; 2: unusable input.
"""
import base64, hashlib, json, re, sys

problems = []

def need(condition, why):
    if not condition:
        raise ValueError(why)

# Checks of values: each returns the value, perhaps in another form.
def number(value):
    return need(type(value) is int and -2 ** 63 <= value < 2 ** 63, 'not a number') or value
def text(value):
    return need(isinstance(value, str) and not re.search('[\0\ud800-\udfff]', value), 'not a text') or value
def octets(value):
    return need(re.fullmatch('([0-9a-f]{2})*', text(value)), 'not hexadecimal') or bytes.fromhex(value)
def digest(value):
    return need(len(octets(value)) == 32, 'not a digest') or octets(value)
def uuid(value):
    return need(re.fullmatch('[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}', text(value)), 'not a uuid') or value
def typed(kind, convert):
    return lambda value: need(isinstance(value, kind), 'not a ' + kind.__name__) or convert(value)
def nullable(check):
    return lambda value: None if value is None else check(value)
def mapping(check):
    return typed(dict, lambda value: {text(k): check(v) for k, v in value.items()})
def array(**members):
    return typed(list, lambda value: [take(v, members) for v in value])

def take(thing, members):
    names = {name.rstrip('_') for name in members}
    needed = {name for name in members if not name.endswith('_')}
    need(isinstance(thing, dict) and needed <= set(thing) <= names, 'not the members that are expected')
    return [check(thing[n.rstrip('_')]) if n.rstrip('_') in thing else None for n, check in members.items()]

KINDS = {    # by the member that no kind before has; a trailing "_" marks what may be missing
    'format': dict(format=text, ledger_id=uuid, ledger=text, checkpoint=nullable(text),
                   columns=array(name=text, type=text, redactable=typed(bool, bool))),
    'columns': dict(lane=nullable(number), seq=nullable(number), prev=nullable(digest), hash=nullable(digest),
                    salt_=octets, columns=mapping(text), commitments_=mapping(digest)),
    'seal': dict(seal=number, incarnation=number, size=number, root=digest, previous_size_=number,
                 previous_root_=digest, incarnation_id_=uuid, ranges=array(lane=number, first=number, last=number, position=number)),
    'pruned': dict(pruned=number, last=number, hash=digest),
    'leaf': dict(leaf=number, hash=digest),
    'end': dict(end=number, sha256=digest)}

def read(path):
    """The lines of a bundle, (kind, values), in their order and up to the end."""
    def unique(pairs):
        need(len(dict(pairs)) == len(pairs), 'a member stands twice')
        return dict(pairs)
    order, kind, count, total = list(KINDS), None, 0, hashlib.sha256()
    for line in open(path, 'rb'):
        need(kind != 'end' and line.endswith(b'\n'), 'the end is not where it must be')
        thing = json.loads(line.decode('utf-8'), object_pairs_hook=unique)
        need(isinstance(thing, dict), 'not an object')
        before, kind = kind, next((k for k in order if k in thing), None)
        need(kind and (kind == 'format') == (count == 0) and (count == 0 or order.index(kind) >= order.index(before)),
             'a line is not where it must be')
        values = take(thing, KINDS[kind])
        if kind == 'end' and values != [count, total.digest()]:
            problems.append('the bundle is not as it was exported: its sum is another')
        count += 1
        total.update(line)
        yield kind, values
    need(kind == 'end', 'the bundle is not complete')

def h(*parts):
    return hashlib.sha256(b''.join(parts)).digest()

def string(value):
    return len(value.encode()).to_bytes(4, 'big') + value.encode()

def content(columns, salt, values, kept):
    """Hash of the content of a row, columns: {name: redactable}; None if its form is wrong."""
    parts = []
    for name in sorted({**values, **kept}, key=str.encode):
        if name not in columns or name in kept and (name in values or not columns[name]):
            return None
        if columns[name] and name in values and len(salt or b'') != 16:
            return None
        parts.append(string(name) + (b'\0' + string(values[name]) if not columns[name] else b'\1' + (
            kept.get(name) or h(b'\x12\1', salt, string(name), string(values[name])))))
    return h(b'\x10\1', len(parts).to_bytes(2, 'big'), *parts)

def append(nodes, node, level=0):
    """Append a leaf to the perfect subtrees, (level, hash), that a tree consists of."""
    while nodes and nodes[-1][0] == level:
        node, level = h(b'\1', nodes.pop()[1], node), level + 1
    nodes.append((level, node))

def root_of(nodes):
    result = nodes[-1][1] if nodes else h()
    for _, node in reversed(nodes[:-1]):
        result = h(b'\1', node, result)
    return result

def checkpoint(note, ledger):
    """Incarnation (0: of another ledger), size, root and what the origin has before the ledger."""
    lines = note.split('\n')
    need(len(lines) > 3 and re.fullmatch('0|[1-9][0-9]{0,18}', lines[1]), 'not a checkpoint')
    found = re.search('/%s/([1-9][0-9]*)$' % ledger, lines[0])
    need(len(base64.b64decode(lines[2], validate=True)) == 32, 'not a root')
    return int(found[1]) if found else 0, int(lines[1]), base64.b64decode(lines[2]), lines[0][:found.start() if found else 0]

class Ledger:
    def __init__(self, form, ledger, _, newest, columns):
        need(form == 'soc2-bundle-1' and all(a[0].encode() < b[0].encode() for a, b in zip(columns, columns[1:])), 'not a header')
        self.id, self.columns = ledger, {name: redactable for name, _, redactable in columns}
        self.newest, self.last, self.hashes, self.starts = newest, (-1, 0), {}, {}
        self.seals, self.prunes, self.leaves, self.pruned, self.sealed = [], [], [], {}, {}
    def row(self, lane, seq, prev, stored, salt, values, kept):
        def bad(what):
            problems.append(f'lane {lane}, row {seq}: {what}')
        inside = content(self.columns, salt, values, kept or {})
        if None in (lane, seq, prev, stored) or not 0 <= lane < 2 ** 31 or seq < 1:
            return bad('it has no position or no hash')
        if inside is None or stored != h(b'\x11\1', bytes.fromhex(self.id.replace('-', '')), lane.to_bytes(4, 'big'), seq.to_bytes(8, 'big'),
                                         prev, inside):
            bad('it does not match its hash')
        if (lane, seq) <= self.last:
            return bad('it is not where it must be')
        if lane != self.last[0]:
            self.starts[lane] = (seq - 1, prev)
        elif seq != self.last[1] + 1 or prev != self.hashes[self.last]:
            bad('it does not follow the row before')
        self.last, self.hashes[lane, seq] = (lane, seq), stored
    def leaf(self, lane, seq, position):
        """Leaf of a sealed row; None if it is not there."""
        if seq > self.pruned.get(lane, (0,))[0]:
            return h(b'\0', self.hashes[lane, seq]) if (lane, seq) in self.hashes else None
        place, leaf = self.leaves.pop(0) if self.leaves else (None, None)
        for its_lane, last, its_hash in self.prunes:
            if (lane, seq) == (its_lane, last) and leaf != h(b'\0', its_hash):
                problems.append(f'lane {lane}, row {seq}: it was pruned and is not what was sealed')
        return leaf if place == position else None
    def judge(self, checkpoints):
        for lane, last, its_hash in self.prunes:
            if lane < 0 or last <= self.pruned.get(lane, (0,))[0]:
                problems.append('prunes do not ascend')
            self.pruned[lane] = last, its_hash
        for lane, start in self.starts.items():
            if start != self.pruned.get(lane, (0, bytes(32))):
                problems.append(f'lane {lane}: it starts neither at row 1 nor behind what was pruned')
        nodes, size, roots, before = [], 0, {0: h()}, [0, 1, 0, None, None]
        for number_of, incarnation, its_size, its_root, old_size, old_root, its_id, ranges in self.seals:
            goes_on = [old_size, old_root, its_id] == [None, None, before[4]] if incarnation == before[1] else (
                [old_size, old_root] == before[2:4] and its_id not in (None, before[4]))
            if number_of != before[0] + 1 or incarnation - before[1] not in (0, int(before[0] > 0)) or not goes_on:
                problems.append(f'seal {number_of}: it does not follow the seal before')
            if not ranges or any(a[0] >= b[0] for a, b in zip(ranges, ranges[1:])):
                problems.append(f'seal {number_of}: its lanes do not ascend')
            before = [number_of, incarnation, its_size, its_root, its_id]
            for lane, first, last, position in ranges:
                seq = self.sealed.get(lane, 0) + 1
                if lane < 0 or first != seq or last < first or position != size:
                    return problems.append(f'seal {number_of}: the range of lane {lane} is wrong')
                for seq in range(first, last + 1):
                    leaf = self.leaf(lane, seq, size)
                    if leaf is None:
                        return problems.append(f'lane {lane}, row {seq}: it is sealed, and is not there')
                    append(nodes, leaf)
                    size += 1
                    if any(size == c[1] for _, c in checkpoints):
                        roots[size] = root_of(nodes)
                self.sealed[lane] = last
            if (size, root_of(nodes)) != (its_size, its_root):
                problems.append(f'seal {number_of}: its size or root is not that of the rows')
        if self.leaves or any(last > self.sealed.get(lane, 0) for lane, last, _ in self.prunes):
            problems.append('rows were pruned that were never sealed, or leaves are left over')
        for name, (incarnation, its_size, its_root, _) in checkpoints:
            if not incarnation or roots.get(its_size) != its_root:
                problems.append(f'{name}: the log does not begin with what it says')

def verify(path, names):
    for kind, values in read(path):
        if kind == 'format':
            ledger = Ledger(*values)
        elif kind == 'columns':
            ledger.row(*values)
        elif kind != 'end':
            {'seal': ledger.seals, 'pruned': ledger.prunes, 'leaf': ledger.leaves}[kind].append(values)
    checkpoints = [] if ledger.newest is None else [('the checkpoint', checkpoint(ledger.newest, ledger.id))]
    of = [s for s in ledger.seals for _, c in checkpoints if c[:3] == tuple(s[1:4]) and c[3].endswith('/' + s[6] if s[6] else '')]
    if (ledger.seals or checkpoints) and not of:
        problems.append('the checkpoint of the bundle is that of no seal')
    checkpoints += [(name, checkpoint(open(name, 'rb').read().decode(), ledger.id)) for name in names]
    ledger.judge(checkpoints)

if __name__ == '__main__':
    try:
        verify(sys.argv[1], sys.argv[2:])
    except (ValueError, OSError, IndexError, RecursionError) as error:
        sys.exit(print(f'unusable: {error}') or 2)
    sys.exit(print('\n'.join(problems)) or 1 if problems else 0)
