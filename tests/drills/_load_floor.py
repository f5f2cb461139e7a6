"""`python -m tests.drills._load_floor PORT`: a server that does nothing, to measure against."""

import asyncio
import sys

from tests.drills._load_generator import floor

if __name__ == "__main__":
    asyncio.run(floor(int(sys.argv[1])))
