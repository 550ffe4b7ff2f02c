"""MLflow's own server beside the benches of metrics, over SQLite, through the routes that its clients use.

python mlflow_server.py ingest|history PORT SECONDS: says its version when it answers; then a figure a line for each line read.
ingest: points a second of four clients, each with a run of its own, a thousand metrics a log-batch (the most that it takes), twenty keys.
history: milliseconds for so many points in full by get-history, page by page; `points milliseconds`.
"""
import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from importlib.metadata import version

what, port, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
START = 1_764_000_000_000


class Client:
    def __init__(self):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def call(self, method, path, body=None):
        headers = {"content-type": "application/json"}
        text = None if body is None else json.dumps(body)
        self.connection.request(method, "/api/2.0/mlflow/" + path, text, headers)
        response = self.connection.getresponse()
        read = response.read()
        if response.status != 200:
            raise RuntimeError(f"{path}: {response.status} {read[:300]!r}")
        return json.loads(read)

    def run(self):
        body = {"experiment_id": "0", "start_time": START}
        return self.call("POST", "runs/create", body)["run"]["info"]["run_id"]


def batch(number, keys, steps):
    return [
        {"key": f"metric/{key}", "value": (step * 7919 % 1000) / 997, "timestamp": START + 100 * step, "step": step}
        for key in range(keys)
        for step in range(number * steps, (number + 1) * steps)
    ]


def ingest():
    clients = [Client() for _ in range(4)]
    runs = [client.run() for client in clients]
    counts = [0] * 4
    began = time.perf_counter()

    def logs(index):
        while time.perf_counter() < began + seconds:
            metrics = batch(counts[index], 20, 50)
            clients[index].call("POST", "runs/log-batch", {"run_id": runs[index], "metrics": metrics})
            counts[index] += 1

    threads = [threading.Thread(target=logs, args=(index,)) for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return f"{1000 * sum(counts) / (time.perf_counter() - began):.0f}"


def fill(client):
    """One series, for as long as may be; so many points as it bears."""
    run = client.run()
    until = time.perf_counter() + seconds
    count = 0
    while time.perf_counter() < until and count < 100:
        client.call("POST", "runs/log-batch", {"run_id": run, "metrics": batch(count, 1, 1000)})
        count += 1
    return run, 1000 * count


def history(client, run, points):
    began = time.perf_counter()
    token, count = "", 0
    while True:
        path = f"metrics/get-history?run_id={run}&metric_key=metric/0&max_results=25000{token}"
        reply = client.call("GET", path)
        count += len(reply["metrics"])
        if not reply.get("next_page_token"):
            break
        token = "&page_token=" + reply["next_page_token"]
    if count != points:
        raise RuntimeError(f"{count} of {points} points")
    return f"{points} {1000 * (time.perf_counter() - began):.1f}"


with tempfile.TemporaryDirectory() as folder:
    store = f"sqlite:///{folder}/mlflow.db"
    command = ["-m", "mlflow", "server", "--backend-store-uri", store, "--default-artifact-root", folder]
    command += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    # Its jobs in the background have nothing to do here.
    environment = {**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    server = subprocess.Popen(
        [sys.executable, *command], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        until = time.perf_counter() + 60
        while server.poll() is None and time.perf_counter() < until:
            try:
                Client().call("GET", "experiments/get?experiment_id=0")
                break
            except (OSError, RuntimeError):
                time.sleep(0.2)
        client = Client()
        stored = fill(client) if what == "history" else None
        print(f"mlflow {version('mlflow')}", flush=True)
        for _ in sys.stdin:
            print(ingest() if what == "ingest" else history(client, *stored), flush=True)
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(10)
