"""The published net in PyTorch. See ../train/stepper.ts for what it is given and answers."""

import json
import os
import resource
import sys
import time

import torch
from torch import nn

with open(sys.argv[1]) as file:
    net = json.load(file)
size, batch = net["size"], net["batch"]
dropout = next((layer["rate"] for layer in net["layers"] if layer["type"] == "Dropout"), 0)
torch.manual_seed(1)
torch.set_num_threads(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count())


def block(inputs, filters, pool=True):
    return [nn.Conv2d(inputs, filters, 3), nn.ReLU(), *([nn.MaxPool2d(2)] if pool else [])]


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        layers = [*block(3, 32), *block(32, 64), *block(64, 128), *block(128, 256), *block(256, 256, pool=False)]
        self.features = nn.Sequential(*layers, nn.Flatten())
        with torch.no_grad():
            width = self.features(torch.zeros(1, 3, size, size)).shape[1]
        self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(width, 1))

    def forward(self, x):
        return self.head(self.features(x))


def best_format():
    """Channels-last is the faster layout on some builds and the slower one on others: the peer gets whichever wins."""
    times = {}
    for name in (torch.contiguous_format, torch.channels_last):
        setup = prepare(name)
        run(setup, "step")
        times[name] = run(setup, "step")
    return min(times, key=times.get)


def prepare(memory_format):
    model = Net().to(memory_format=memory_format)
    optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-3, alpha=0.9, eps=1e-7)
    images = torch.rand(batch, 3, size, size).contiguous(memory_format=memory_format)
    labels = (torch.arange(batch) % 2).float().reshape(batch, 1)
    return model, optimizer, images, labels


def run(setup, what):
    model, optimizer, images, labels = setup
    start = time.perf_counter()
    if what == "step":
        model.train()
        optimizer.zero_grad(set_to_none=True)
        loss = nn.functional.binary_cross_entropy_with_logits(model(images), labels)
        loss.backward()
        optimizer.step()
        loss.item()
    else:
        model.eval()
        with torch.no_grad():
            torch.sigmoid(model(images)).sum().item()
    return (time.perf_counter() - start) * 1000


chosen = best_format()
setup = prepare(chosen)
for what in ("step", "forward"):
    run(setup, what)
note = f"{torch.get_num_threads()} threads, {str(chosen).removeprefix('torch.')}, oneDNN {'on' if torch.backends.mkldnn.is_available() else 'off'}"
parameters = sum(p.numel() for p in setup[0].parameters())
name = f"torch {torch.__version__.split('+')[0]} cpu"
print(json.dumps({"name": name, "note": note, "parameters": parameters}), flush=True)
for line in sys.stdin:
    what, count = line.split()
    if what == "memory":
        print(json.dumps([resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]), flush=True)
    else:
        print(json.dumps([run(setup, what) for _ in range(int(count))]), flush=True)
