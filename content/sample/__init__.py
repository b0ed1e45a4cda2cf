"""The sample that comes with the product: files a newcomer can read, edit and import. They only propose."""

from pathlib import Path

FOLDER = Path(__file__).parent
REFUSED = FOLDER / "refused"
