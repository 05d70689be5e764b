"""kill -9 while batches are written and codes follow; then everything is opened again."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from likewise.core.rule import Rule
from likewise.core.space import plain_space
from likewise.search.scan.codes import Codes
from likewise.search.scan.search import search
from likewise.search.store.lance import Lance

DIM = 16
ROWS = 50
KILLS = 10

WRITER = """
import sys
from pathlib import Path
import numpy as np, pyarrow as pa
from likewise.search.scan.codes import Codes
from likewise.search.store.lance import Lance
from likewise.core.vectors import unit

folder, dim, rows = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
store = Lance(folder / "v", dim, "demo")
codes = Codes(store, folder / "scan")
batch = len(store) // rows
while True:
    x = unit(np.random.default_rng(batch).standard_normal((rows, dim)))
    store.append(pa.table({"item_id": [f"{batch}-{row}" for row in range(rows)]}), x)
    print(batch, flush=True)
    codes.follow()
    batch += 1
"""


def killed_at_random(folder: Path, pause: random.Random) -> int:
    """Let it write some batches and kill it; answers the last batch it acknowledged, or -1."""
    command = [sys.executable, "-c", WRITER, str(folder), str(DIM), str(ROWS)]
    writer = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    acknowledged = [writer.stdout.readline() for _ in range(pause.randint(1, 4))]
    time.sleep(pause.random() * 0.03)
    os.kill(writer.pid, signal.SIGKILL)
    acknowledged += writer.stdout.readlines()
    writer.wait()
    writer.stdout.close()
    return max(int(line) for line in acknowledged if line.endswith("\n"))


def test_a_kill_at_any_moment_leaves_whole_batches_and_codes_that_fit(tmp_path: Path) -> None:
    pause = random.Random(0)
    for _ in range(KILLS):
        last = killed_at_random(tmp_path, pause)
        store = Lance(tmp_path / "v", DIM, "demo")
        batches, torn = divmod(len(store), ROWS)
        assert torn == 0
        assert last + 1 <= batches <= last + 2  # all that was acknowledged, and one at most beside
        expected = [f"{batch}-{row}" for batch in range(batches) for row in range(ROWS)]
        assert store.ids().to_pylist() == expected
        codes = Codes(store, tmp_path / "scan")
        view = codes.follow()
        places = np.arange(len(store))
        x = store.take(places)
        np.testing.assert_array_equal(view.take(view.rows_of(places)), x)
        target = batches * ROWS - 1
        rule = Rule("mean", plain_space("demo", DIM), x[target][None])
        assert search(codes, rule, 1)[0].tolist() == [target]
