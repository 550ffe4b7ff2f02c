"""Real Keras's augmentation on one thread. Prints its name, then a rate (images per second of processor time) for every line it reads."""

import os
import sys
import time

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import keras
import numpy as np
import scipy

generator = keras.src.legacy.preprocessing.image.ImageDataGenerator(
    rotation_range=40,
    width_shift_range=0.2,
    height_shift_range=0.2,
    shear_range=0.2,
    zoom_range=0.2,
    horizontal_flip=True,
    fill_mode="nearest",
)
images = np.random.default_rng(1).integers(0, 256, (32, 180, 180, 3)).astype(np.float32)
seconds = float(sys.argv[1])
print(f"keras {keras.__version__} ImageDataGenerator, scipy {scipy.__version__}", flush=True)
for _ in sys.stdin:
    start = time.process_time()
    done = 0
    while True:
        generator.random_transform(images[done % 32])
        done += 1
        elapsed = time.process_time() - start
        if elapsed >= seconds:
            break
    print(done / elapsed, flush=True)
