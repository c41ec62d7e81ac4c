#!/usr/bin/env python3
"""Proves an evidence bundle of Plumbline with nothing but Python's standard library: python3 verify.py FILE --key PUB [--checkpoint FILE]
It was written from server/evidence/DESIGN.md and shares no code with plumbline-server verify. It checks the signature, every part, the log,
the findings' ids and their list; it does not judge facts again. Exit status: 0 good, 1 tampered with, 2 cannot be checked."""
import argparse, base64, gzip, hashlib, io, json, re, sys, zlib
from datetime import datetime

MAX_PART, MAX_OPENED, MAX_STATEMENT, MAX_PARTS = 72 << 20, 64 << 20, 256 << 20, 1_000_000
FORMAT, STATEMENT, PAYLOAD = "plumbline evidence bundle 1", "statement.dsse.json", "application/vnd.in-toto+json"
OUTCOMES = {0: "unspecified", 1: "pass", 2: "fail", 3: "unknown", 4: "not_applicable"}
NOTE = r"(?:[^\n]+\n)+\n(?:\u2014 [^\n]+(?:\n|$))+"
MARKS = re.compile(b"README.txt\0|Plumbline evidence bundle")
HEAD_PARTS = ["README.txt", "bundle.json", "log/checkpoint", "log/growth.json.gz"]

# Ed25519 by RFC 8032, section 6: points in extended homogeneous coordinates.
P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D, I = -121665 * pow(121666, P - 2, P) % P, pow(2, (P - 1) // 4, P)

def point_add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P

def point_mul(s, p, q=(0, 1, 1, 0)):
    while s > 0:
        q, p, s = point_add(q, p) if s & 1 else q, point_add(p, p), s >> 1
    return q

def point_read(b):
    sign, y = b[31] >> 7, int.from_bytes(b, "little") & (1 << 255) - 1
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    x = x if (x * x - x2) % P == 0 else x * I % P
    if y >= P or (x * x - x2) % P != 0 or x == 0 and sign:
        raise ValueError("not a point of the curve")
    x = x if x & 1 == sign else P - x
    return x, y, 1, x * y % P

def ed25519_verify(public, message, signature):
    try:
        a, r, s = point_read(public), point_read(signature[:32]), int.from_bytes(signature[32:], "little")
    except (ValueError, IndexError):
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little")
    p, q = point_mul(s, point_read(bytes.fromhex("58" + "66" * 31))), point_add(r, point_mul(h % L, a))
    return len(signature) == 64 and s < L and (p[0] * q[2] - q[0] * p[2]) % P == 0 and (p[1] * q[2] - q[1] * p[2]) % P == 0

class Unchecked(Exception): """It cannot be checked."""

def strict64(text):
    raw = base64.b64decode(text, validate=True)
    if base64.b64encode(raw).decode() != text:
        raise ValueError("not the one form of base64")
    return raw

def read_keys(text):
    """Lines NAME+HASH+KEY: the key is 0x01 and 32 bytes in base64, the hash the first 4 bytes of SHA-256(name, newline, key)."""
    lines = [line.strip().split("+", 2) for line in text.splitlines() if line.strip() and line[0] != "#"]
    keys = [(name, strict64(key), check) for name, check, key in lines]
    if not keys or any(hashlib.sha256(name.encode() + b"\n" + raw).hexdigest()[:8] != check or raw[0] != 1 or len(raw) != 33 for name, raw, check in keys):
        raise ValueError("not a public key, or none")
    return [(name, raw[1:], check) for name, raw, check in keys]

def read_checkpoint(text, keys):
    """A signed note: four lines, an empty line, signatures. Gives the size, the root and the time."""
    body, found, signatures = text.rpartition("\n\n")
    lines = body.split("\n")
    if not found or len(lines) != 4 or not lines[3].startswith("at ") or not re.fullmatch(r"0|[1-9][0-9]{0,18}", lines[1]):
        raise ValueError("not a checkpoint")
    for dash, signer, blob in (line.split(" ") for line in signatures.rstrip("\n").split("\n")):
        raw = strict64(blob)
        for name, public, check in keys:
            if (dash, signer, lines[0], raw[:4].hex()) == ("\u2014", name, name, check) and ed25519_verify(public, (body + "\n").encode(), raw[4:]):
                return int(lines[1]), strict64(lines[2]), read_time(lines[3][3:])
    raise ValueError("not signed by the key")

def read_time(text): return datetime.fromisoformat(re.sub(r"\.\d+", "", text).replace("Z", "+00:00"))

def node(left, right): return hashlib.sha256(b"\x01" + left + right).digest()

def climb(fn, sn, first, second, proof):
    """Leads two hashes up a tree (RFC 9162, sections 2.1.3.2 and 2.1.4.2); gives nothing where the proof is of another length."""
    for c in proof:
        if sn == 0:
            return None, None
        if fn & 1 or fn == sn:
            first, second = node(c, first), node(c, second)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            second = node(second, c)
        fn, sn = fn >> 1, sn >> 1
    return (first, second) if sn == 0 else (None, None)

def check_inclusion(leaf, index, size, proof, root):
    h = hashlib.sha256(b"\x00" + leaf).digest()
    return 0 <= index < size and climb(index, size - 1, h, h, proof)[1] == root

def check_growth(first, first_root, second, second_root, proof):
    proof = [first_root] + proof if first & (first - 1) == 0 else proof
    down = (first & -first).bit_length() - 1
    return bool(proof) and climb((first - 1) >> down, (second - 1) >> down, proof[0], proof[0], proof[1:]) == (first_root, second_root)

def header(name, size):
    h = name.encode().ljust(100, b"\0") + b"0000644\0" + b"0000000\0" * 2 + b"%011o\0" % size + b"0" * 11 + b"\0" + b" " * 8 + b"0"
    h = (h.ljust(257, b"\0") + b"ustar\x0000").ljust(512, b"\0")
    return h[:148] + b"%06o\0 " % sum(h) + h[156:]

def read_index(f):
    """Names, places and sizes of the parts; every header has one form, padding is zero, nothing follows the end."""
    total, at, entries = f.seek(0, 2), 0, []
    while len(entries) <= MAX_PARTS:
        f.seek(at)
        h = f.read(512)
        if total - at == 1024 and not (h + f.read(512)).strip(b"\0"):
            return entries
        try:
            name, size = h[:100].split(b"\0")[0].decode("ascii"), int(h[124:136].rstrip(b"\0"), 8)
            whole = name and 0 <= size < 1 << 33 and header(name, size) == h
        except ValueError:
            whole = False
        if not whole:
            f.seek(0)
            raise (ValueError if entries or MARKS.search(f.read(65536)) else Unchecked)("no part follows %s at byte %d: changed or cut short" % (entries[-1][0] if entries else "the beginning", at))
        entries.append((name, at + 512, size))
        f.seek(at + 512 + size)
        at += 512 + size + -size % 512
        if at > total or f.read(-size % 512).strip(b"\0"):
            raise ValueError("the padding behind %s was changed, or the file was cut short in it" % name)
    raise Unchecked("too many parts")

def gunzip(body):
    out = gzip.GzipFile(fileobj=io.BytesIO(body)).read(MAX_OPENED + 1)
    if len(out) > MAX_OPENED:
        raise ValueError("too large when opened")
    return out

def varint(b, at):
    value = shift = 0
    while b[at] > 127 and shift < 63:
        value, at, shift = value | (b[at] & 127) << shift, at + 1, shift + 7
    return value | b[at] << shift, at + 1

def fields(b, at=0):  # of a protobuf message: number and value
    while at < len(b):
        key, at = varint(b, at)
        value, at = varint(b, at) if key & 7 in (0, 2) else ({1: 8, 5: 4}[key & 7], at)
        if key & 7:
            value, at = b[at:at + value], at + value
        if at > len(b):
            raise ValueError("not a message")
        yield key >> 3, value

class Verifier:
    def __init__(self, f, keys, checkpoints):
        self.f, self.keys, self.given, self.checkpoints = f, keys, bool(keys), checkpoints
        self.tampered, self.unchecked, self.root, self.size = [], [], None, 0

    def wrong(self, part, text): self.tampered.append("%s: %s" % (part, text))

    def fetch(self, name):
        at, size = self.places.get(name, (0, MAX_PART + 1))
        self.f.seek(at)
        body = self.f.read(size) if size <= MAX_PART else b""
        if name in self.places and hashlib.sha256(body).hexdigest() == self.signed[name]:
            return body
        return self.wrong(name, "it is not what is signed: changed, or taken out")

    def statement(self, entries):
        name, at, size = entries[-1] if entries else ("none", 0, 0)
        if name != STATEMENT or size > MAX_STATEMENT:
            raise ValueError("the last part is %s, not the signed statement" % name)
        self.f.seek(at)
        text = self.f.read(size)
        e = json.loads(text)
        one = e["signatures"][0]
        payload = strict64(e["payload"])
        again = {"payloadType": PAYLOAD, "payload": e["payload"], "signatures": [{"keyid": one["keyid"], "sig": one["sig"]}]}
        if json.dumps(again, separators=(",", ":")).encode() != text:
            raise ValueError("the statement is not in the one form of an envelope")
        s = json.loads(payload)
        p = s["predicate"]
        self.keys = self.keys or read_keys(p["key"])
        pae = b"DSSEv1 %d %s %d %s" % (len(PAYLOAD), PAYLOAD.encode(), len(payload), payload)
        own = [k for k in self.keys if hashlib.sha256(k[1]).hexdigest() == one["keyid"] and k[0] == p["log"]]
        if not own or not ed25519_verify(own[0][1], pae, strict64(one["sig"])):
            self.wrong(STATEMENT, "the signature is not that of the key")
        self.signed = {x["name"]: x["digest"]["sha256"] for x in s["subject"]}
        self.places = {name: (at, size) for name, at, size in entries if name in self.signed}
        want = HEAD_PARTS + ["snapshots/%07d/%s" % (i, x) for i in range(1, p["snapshots"] + 1) for x in ("delivery.json", "snapshot.pb.gz", "findings.tsv.gz")]
        if s["_type"] != "https://in-toto.io/Statement/v1" or p["format"] != FORMAT or [x["name"] for x in s["subject"]] != want:
            self.wrong(STATEMENT, "what is signed is not a statement on such a bundle")
        if [x[0] for x in entries] != want + [STATEMENT]:
            self.wrong(STATEMENT, "parts were taken out, put in or moved")
        return p

    def log(self, p):
        body = self.fetch("README.txt") and self.fetch("bundle.json")
        head = json.loads(body) if body else None
        if head and (head["format"], head["log"], len(head["snapshots"])) != (FORMAT, p["log"], p["snapshots"]):
            head = self.wrong("bundle.json", "not the head of this bundle")
        body = self.fetch("log/checkpoint")
        if body:
            self.size, self.root, _ = read_checkpoint(body.decode(), [k for k in self.keys if k[0] == p["log"]])
        body = self.fetch("log/growth.json.gz")
        grown = {g["size"]: [strict64(h) for h in g["proof"] or []] for g in json.loads(gunzip(body))["older"] or []} if body else {}
        self.older(p, grown)
        return head

    def older(self, p, grown):
        proved, unproved = [], []
        for text in self.checkpoints if self.root else []:
            try:
                size, root, at = read_checkpoint(text, [k for k in self.keys if self.given and k[0] == p["log"]])
            except ValueError as err:
                self.unchecked.append("a checkpoint that you gave: %s" % err)
                continue
            if size > self.size:
                to = self.tampered if read_time(p["made_at"]) > at else self.unchecked
                to.append("log/checkpoint: the log has %d entries, and had %d by your checkpoint" % (self.size, size))
            elif 0 < size < self.size and size not in grown:
                unproved.append(size)
            elif size == 0 or (size, root) == (self.size, self.root) or size < self.size and check_growth(size, root, self.size, self.root, grown[size]):
                proved.append(size)
            else:
                self.wrong("log/checkpoint", "the log was rewritten: it does not begin with that of your checkpoint of %d entries" % size)
        if unproved and not any(proved):
            self.unchecked.append("no proof leads from your checkpoint of %d entries" % max(unproved))

    def snapshot(self, n, head):
        at = "snapshots/%07d/" % n
        body, leaf = self.fetch(at + "delivery.json"), None
        if body:
            d = json.loads(body)
            leaf = json.loads(d["leaf"])
            if head and head["snapshots"][n - 1] != leaf["snapshot"] or leaf["snapshot"] != "%(sender)s.%(epoch)s.%(sequence)d" % leaf:
                self.wrong(at + "delivery.json", "another snapshot should be here than %s" % leaf["snapshot"])
            if self.root and not check_inclusion(d["leaf"].encode(), d["index"], self.size, [strict64(h) for h in d["proof"] or []], self.root):
                self.wrong(at + "delivery.json", "%s is not in the log" % leaf["snapshot"])
        body, listed = self.fetch(at + "snapshot.pb.gz"), self.fetch(at + "findings.tsv.gz")
        if body is None:
            return 0
        text = gunzip(body)
        target, found = "", []
        for number, value in fields(text):
            if number == 1:
                target = dict(fields(value)).get(1, b"").decode()
            elif number == 7:
                found.append(value)
        if leaf and (leaf["opened"], leaf["opened_size"], leaf["target"]) != (hashlib.sha256(text).hexdigest(), len(text), target):
            self.wrong(at + "snapshot.pb.gz", "not the snapshot that was logged")
        lines = []
        for f in found:
            words = dict(fields(f))
            id, of, *rest = [words.get(k, b"").decode() for k in (1, 2, 3, 4, 5, 7)]
            if of != target or id != hashlib.sha256("\0".join([target] + rest).encode()).hexdigest()[:32]:
                self.wrong(at + "snapshot.pb.gz", "finding %s: its id is not that of its parts" % id)
            lines.append([id, OUTCOMES.get(words.get(8, 0)), hashlib.sha256(f).hexdigest()[:32]])
        if listed is not None and [l.split("\t")[:3] for l in gunzip(listed).decode().split("\n")[:-1]] != lines:
            self.wrong(at + "findings.tsv.gz", "it does not list the snapshot's findings")
        return len(found)

    def run(self):
        try:
            p = self.statement(read_index(self.f))
            head = self.log(p)
            total = sum(self.snapshot(i, head) for i in range(1, p["snapshots"] + 1))
            if total != p["findings"]:
                self.wrong(STATEMENT, "%d findings are stated, and there are %d" % (p["findings"], total))
            print("%s made %s by %s: %d snapshots, %d findings, log of %d" % (p["log"], p["made_at"], p["made_by"], p["snapshots"], total, self.size))
            if not self.given:
                self.unchecked.append("no public key was given: who signed is not proved")
        except Unchecked as err:
            self.unchecked.append(str(err))
        except (ValueError, LookupError, TypeError, AttributeError, EOFError, zlib.error, OSError) as err:
            self.tampered.append("not what it must be: %s" % err)
        print("".join("TAMPERED %s\n" % t for t in self.tampered) + "".join("UNCHECKED %s\n" % t for t in self.unchecked), end="")
        return 1 if self.tampered else 2 if self.unchecked else 0

def main():
    a = argparse.ArgumentParser()
    a.add_argument("files", nargs="+")
    a.add_argument("--key")
    a.add_argument("--checkpoint", action="append", default=[])
    o = a.parse_args()
    try:
        keys = read_keys(open(o.key, encoding="utf-8").read()) if o.key else []
        checkpoints = [c for name in o.checkpoint for c in re.findall(NOTE, open(name, encoding="utf-8").read()) or [""]]
    except (OSError, ValueError) as err:
        return print("CANNOT BE CHECKED:", err) or 2
    statuses = []
    for name in o.files:
        with open(name, "rb") as f:
            statuses.append(Verifier(f, keys, checkpoints).run())
        print(name + ":", {0: "GOOD", 1: "TAMPERED WITH", 2: "CANNOT BE CHECKED"}[statuses[-1]])
    return 1 if 1 in statuses else max(statuses)

if __name__ == "__main__":
    sys.exit(main())
