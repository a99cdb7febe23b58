#!/usr/bin/env python3
"""Writes the ONNX file of a BERT sentence-transformer that comes with safetensors only.

    python3 -m venv venv && venv/bin/pip install numpy onnx safetensors
    venv/bin/python export_onnx.py DIR

Reads DIR/config.json and DIR/model.safetensors, writes DIR/model.onnx: inputs input_ids, attention_mask and
token_type_ids, output last_hidden_state. Most published models carry such a file already (onnx/model.onnx).
"""

import json
import math
import os
import sys

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper, save

OPSET = 17
MASKED = -10000.0


class Graph:
    """Collects nodes and constants; a value is its name."""

    def __init__(self):
        self.nodes, self.constants = [], []

    def constant(self, name, array):
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def number(self, name, value):
        return self.constant(name, np.array(value, np.float32))

    def ints(self, name, *values):
        return self.constant(name, np.array(values, np.int64))

    def node(self, op, *inputs, output=None, **attributes):
        output = output or f"{op}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, list(inputs), [output], **attributes))
        return output


def build(config, weights):
    """The ONNX model of a BERT with these weights (numpy arrays by the names of transformers)."""
    weights = {name.removeprefix("bert."): array for name, array in weights.items()}
    if config["hidden_act"] != "gelu" or config.get("position_embedding_type", "absolute") != "absolute":
        raise SystemExit("only BERT with gelu and absolute positions is known here")
    width, heads, epsilon = config["hidden_size"], config["num_attention_heads"], config["layer_norm_eps"]
    graph = Graph()
    ids, mask, types = "input_ids", "attention_mask", "token_type_ids"
    half, one, root = graph.number("half", 0.5), graph.number("one", 1.0), graph.number("root_of_2", math.sqrt(2.0))
    zero, two = graph.ints("zero", 0), graph.ints("two", 2)
    split = graph.ints("split", 0, 0, heads, width // heads)
    join = graph.ints("join", 0, 0, width)
    scale = graph.number("scale", math.sqrt(width // heads))

    def weight(name):
        return graph.constant(name, weights[name])

    def dense(x, name):
        product = graph.node("MatMul", x, graph.constant(name + ".weight", weights[name + ".weight"].T))
        return graph.node("Add", product, weight(name + ".bias"))

    def norm(x, name, output=None):
        scale, bias = weight(name + ".weight"), weight(name + ".bias")
        return graph.node("LayerNormalization", x, scale, bias, output=output, axis=-1, epsilon=epsilon)

    length = graph.node("Slice", graph.node("Shape", ids), graph.ints("from", 1), two, zero)
    positions = graph.node("Slice", weight("embeddings.position_embeddings.weight"), zero, length, zero)
    x = graph.node("Gather", weight("embeddings.word_embeddings.weight"), ids)
    x = graph.node("Add", x, graph.node("Gather", weight("embeddings.token_type_embeddings.weight"), types))
    x = norm(graph.node("Add", x, positions), "embeddings.LayerNorm")

    kept = graph.node("Cast", mask, to=TensorProto.FLOAT)
    hidden = graph.node("Mul", graph.node("Sub", one, kept), graph.number("masked", MASKED))
    hidden = graph.node("Unsqueeze", hidden, graph.ints("axes", 1, 2))

    layers = config["num_hidden_layers"]
    for layer in range(layers):
        at = f"encoder.layer.{layer}."

        def by_head(part, order):
            heads_apart = graph.node("Reshape", dense(x, f"{at}attention.self.{part}"), split)
            return graph.node("Transpose", heads_apart, perm=order)

        query, key, value = by_head("query", [0, 2, 1, 3]), by_head("key", [0, 2, 3, 1]), by_head("value", [0, 2, 1, 3])
        scores = graph.node("Add", graph.node("Div", graph.node("MatMul", query, key), scale), hidden)
        context = graph.node("MatMul", graph.node("Softmax", scores, axis=-1), value)
        context = graph.node("Reshape", graph.node("Transpose", context, perm=[0, 2, 1, 3]), join)
        x = norm(graph.node("Add", x, dense(context, at + "attention.output.dense")), at + "attention.output.LayerNorm")
        inner = dense(x, at + "intermediate.dense")
        grown = graph.node("Add", graph.node("Erf", graph.node("Div", inner, root)), one)
        inner = graph.node("Mul", graph.node("Mul", inner, grown), half)
        last = "last_hidden_state" if layer + 1 == layers else None
        x = norm(graph.node("Add", x, dense(inner, at + "output.dense")), at + "output.LayerNorm", output=last)

    shape = ["batch", "length"]
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, shape) for name in (ids, mask, types)]
    outputs = [helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, [*shape, width])]
    made = helper.make_graph(graph.nodes, "bert", inputs, outputs, graph.constants)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
    checker.check_model(model)
    return model


def main():
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    from safetensors.numpy import load_file

    folder = sys.argv[1]
    with open(os.path.join(folder, "config.json")) as file:
        config = json.load(file)
    save(build(config, load_file(os.path.join(folder, "model.safetensors"))), os.path.join(folder, "model.onnx"))


if __name__ == "__main__":
    main()
