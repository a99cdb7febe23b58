#!/usr/bin/env python3
"""Writes the small ONNX sentence-transformer that the tests of the ONNX embedder read: random weights, a few words.

    python3 -m venv venv && venv/bin/pip install numpy onnx onnxruntime tokenizers
    venv/bin/python make_tiny_onnx.py ../tests/fixtures/tiny_onnx

Besides the model it writes expected.json: texts and the vectors that onnxruntime and numpy give for them.
"""

import json
import os
import sys

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper, save
from tokenizers import Tokenizer

from export_onnx import build

WIDTH, LAYERS, HEADS, INNER, POSITIONS = 32, 2, 4, 64, 24
WORDS = """the a cat dog is on table chair meeting friday monday at ten le la chat est sur main print let 4 0 2 + n ' ce
pas qu ? , ! . ( ) { } " ; fn in what where""".split()
PIECES = [letter for letter in "abcdefghijklmnopqrstuvwxyz0123456789"]
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
MAX_LENGTH = 16
TEXTS = ["the cat is on the table", "Le chat est sur la table", "where is the meeting on Friday at ten?", "table",
         "unknown 😀 things are here", "the dog " * 30]


def tokenizer():
    vocabulary = dict.fromkeys(SPECIAL + WORDS + PIECES + ["##" + piece for piece in PIECES])
    model = {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
             "max_input_chars_per_word": 100, "vocab": {text: id for id, text in enumerate(vocabulary)}}
    part = lambda id: {"SpecialToken": {"id": id, "type_id": 0}}
    whole = [part("[CLS]"), {"Sequence": {"id": "A", "type_id": 0}}, part("[SEP]")]
    special = {text: {"id": text, "ids": [SPECIAL.index(text)], "tokens": [text]} for text in ("[CLS]", "[SEP]")}
    added = [{"id": id, "content": text, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False,
              "special": True} for id, text in enumerate(SPECIAL)]
    return {
        "version": "1.0",
        # as published files have it: what is said here is not what the embedder wants
        "truncation": {"max_length": 8, "strategy": "LongestFirst", "stride": 0, "direction": "Right"},
        "padding": {"strategy": {"Fixed": 8}, "direction": "Right", "pad_to_multiple_of": None, "pad_id": 0,
                    "pad_type_id": 0, "pad_token": "[PAD]"},
        "added_tokens": added,
        "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True,
                       "strip_accents": None, "lowercase": True},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "TemplateProcessing", "single": whole, "pair": whole, "special_tokens": special},
        "decoder": None,
        "model": model,
    }


def weights(vocabulary):
    random = np.random.default_rng(1)
    shapes = {"embeddings.word_embeddings": (vocabulary, WIDTH), "embeddings.position_embeddings": (POSITIONS, WIDTH),
              "embeddings.token_type_embeddings": (2, WIDTH)}
    norms, denses = ["embeddings.LayerNorm"], {}
    for layer in range(LAYERS):
        at = f"encoder.layer.{layer}."
        for name in ("attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"):
            denses[at + name] = (WIDTH, WIDTH)
        denses[at + "intermediate.dense"], denses[at + "output.dense"] = (INNER, WIDTH), (WIDTH, INNER)
        norms += [at + "attention.output.LayerNorm", at + "output.LayerNorm"]
    made = {name + ".weight": random.normal(0, 1, shape) for name, shape in shapes.items()}
    for name, shape in denses.items():
        made[name + ".weight"] = random.normal(0, shape[1] ** -0.5, shape)
        made[name + ".bias"] = random.normal(0, 0.1, shape[0])
    for name in norms:
        made[name + ".weight"], made[name + ".bias"] = random.normal(1, 0.1, WIDTH), random.normal(0, 0.1, WIDTH)
    return {name: array.astype(np.float32) for name, array in made.items()}


def pooled(model):
    """The same network with one output, the first token's vector."""
    copy = type(model)()
    copy.CopyFrom(model)
    copy.graph.initializer.append(numpy_helper.from_array(np.array(0, np.int64), "first"))
    copy.graph.node.append(helper.make_node("Gather", ["last_hidden_state", "first"], ["sentence_embedding"], axis=1))
    del copy.graph.output[:]
    copy.graph.output.append(helper.make_tensor_value_info("sentence_embedding", TensorProto.FLOAT, ["batch", WIDTH]))
    return copy


def expected(folder, pool):
    reader = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
    reader.no_padding()
    reader.enable_truncation(MAX_LENGTH)
    session = onnxruntime.InferenceSession(os.path.join(folder, "model.onnx"))
    vectors = []
    for text in TEXTS:
        ids = np.array([reader.encode(text).ids], np.int64)
        inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        vector = pool(session.run(None, inputs)[0][0])
        vectors.append([round(float(x), 6) for x in vector / np.linalg.norm(vector)])
    return vectors


def main():
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    folder = sys.argv[1]
    os.makedirs(os.path.join(folder, "1_Pooling"), exist_ok=True)

    def write(name, content):
        with open(os.path.join(folder, name), "w") as file:
            json.dump(content, file, ensure_ascii=False, separators=(",", ":"))
            file.write("\n")

    made = tokenizer()
    config = {"model_type": "bert", "hidden_size": WIDTH, "num_hidden_layers": LAYERS, "num_attention_heads": HEADS,
              "intermediate_size": INNER, "hidden_act": "gelu", "layer_norm_eps": 1e-12, "type_vocab_size": 2,
              "max_position_embeddings": POSITIONS, "vocab_size": len(made["model"]["vocab"]), "pad_token_id": 0}
    write("tokenizer.json", made)
    write("config.json", config)
    write("1_Pooling/config.json", {"word_embedding_dimension": WIDTH, "pooling_mode_cls_token": False,
                                    "pooling_mode_mean_tokens": True, "pooling_mode_max_tokens": False})
    write("modules.json", [{"idx": i, "name": str(i), "path": path, "type": "sentence_transformers.models." + kind}
                           for i, (path, kind) in enumerate([("", "Transformer"), ("1_Pooling", "Pooling"),
                                                             ("2_Normalize", "Normalize")])])
    write("sentence_bert_config.json", {"max_seq_length": MAX_LENGTH, "do_lower_case": False})
    model = build(config, weights(config["vocab_size"]))
    save(model, os.path.join(folder, "model.onnx"))
    save(pooled(model), os.path.join(folder, "pooled.onnx"))
    pools = {"mean": lambda x: x.mean(0), "cls": lambda x: x[0], "max": lambda x: x.max(0)}
    write("expected.json", {"texts": TEXTS, **{name: expected(folder, pool) for name, pool in pools.items()}})


if __name__ == "__main__":
    main()
