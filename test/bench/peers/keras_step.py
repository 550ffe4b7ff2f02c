"""The published net in Keras on TensorFlow. Reads `step N` or `forward N` lines, answers each with milliseconds."""

import json
import os
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import numpy as np
import tensorflow as tf

keras = tf.keras
size, batch = int(sys.argv[1]), int(sys.argv[2])
keras.utils.set_random_seed(1)
images = tf.constant(np.random.default_rng(1).random((batch, size, size, 3), dtype=np.float32))
labels = tf.constant((np.arange(batch) % 2).astype(np.float32).reshape(batch, 1))


def prepare(jit_compile):
    layers = keras.layers
    stack = [keras.Input((size, size, 3))]
    for i, filters in enumerate((32, 64, 128, 256, 256)):
        stack.append(layers.Conv2D(filters, 3, activation="relu"))
        if i < 4:
            stack.append(layers.MaxPooling2D(2))
    stack += [layers.Flatten(), layers.Dropout(0.5), layers.Dense(1, activation="sigmoid")]
    model = keras.Sequential(stack)
    optimizer = keras.optimizers.RMSprop(1e-3)
    model.compile(optimizer=optimizer, loss="binary_crossentropy", metrics=["accuracy"], jit_compile=jit_compile)
    return model


def run(model, what):
    start = time.perf_counter()
    if what == "step":
        model.train_on_batch(images, labels)
    else:
        model.predict_on_batch(images)
    return (time.perf_counter() - start) * 1000


model = prepare(False)
for what in ("step", "step", "forward"):
    run(model, what)
note = f"Keras {keras.__version__}, {os.cpu_count()} cores"
print(json.dumps({"name": f"tensorflow {tf.__version__} cpu", "note": note}), flush=True)
for line in sys.stdin:
    what, count = line.split()
    print(json.dumps([run(model, what) for _ in range(int(count))]), flush=True)
