"""A net of Keras-named layers in Keras on TensorFlow. See ../train/stepper.ts for what it is given and answers."""

import json
import os
import resource
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import numpy as np
import tensorflow as tf

keras = tf.keras
with open(sys.argv[1]) as file:
    net = json.load(file)
size, batch = net["size"], net["batch"]
keras.utils.set_random_seed(1)
images = tf.constant(np.random.default_rng(1).random((batch, size, size, 3), dtype=np.float32))
labels = tf.constant((np.arange(batch) % 2).astype(np.float32).reshape(batch, 1))


def prepare():
    image = previous = keras.Input((size, size, 3))
    results = {"input": image}
    for spec in net["layers"]:
        # Initial values do not change what a step costs.
        arguments = {k: v for k, v in spec.items() if not k.endswith("_initializer") and k != "trainable"}
        layer = getattr(keras.layers, arguments.pop("type"))
        inputs = arguments.pop("inputs", None)
        if inputs is None:
            value = previous
        elif isinstance(inputs, str):
            value = results[inputs]
        else:
            value = [results[name] for name in inputs]
        made = layer(**arguments)
        previous = results[made.name] = made(value)
    model = keras.Model(image, previous)
    model.compile(optimizer=keras.optimizers.RMSprop(1e-3), loss="binary_crossentropy", jit_compile=False)
    return model


def run(model, what):
    start = time.perf_counter()
    if what == "step":
        model.train_on_batch(images, labels)
    else:
        model.predict_on_batch(images)
    return (time.perf_counter() - start) * 1000


model = prepare()
for what in ("step", "step", "forward"):
    run(model, what)
threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
note = f"Keras {keras.__version__}, {threads} threads, oneDNN {'on' if os.environ.get('TF_ENABLE_ONEDNN_OPTS') != '0' else 'off'}"
parameters = int(sum(np.prod(w.shape) for w in model.weights))
print(json.dumps({"name": f"tensorflow {tf.__version__} cpu", "note": note, "parameters": parameters}), flush=True)
for line in sys.stdin:
    what, count = line.split()
    if what == "memory":
        print(json.dumps([resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]), flush=True)
    else:
        print(json.dumps([run(model, what) for _ in range(int(count))]), flush=True)
