"""Runs every target: `run.py RUNS` always does the same, `run.py RUNS FOLDER` goes on where it ended the last time."""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
TARGETS = sorted(path for path in HERE.glob("*.py") if path.stem not in ("engine", "run"))
MEMORY_MB = 1024
ONE_INPUT_S = 20


def run(target: Path, runs: int, kept: Path | None) -> bool:
    with tempfile.TemporaryDirectory() as temporary:
        folder = kept / target.stem if kept else Path(temporary) / target.stem
        findings = kept or Path(tempfile.gettempdir())
        done = subprocess.run(
            [
                sys.executable,
                target,
                folder,
                f"-runs={runs}",
                *([] if kept else ["-seed=1"]),
                "-max_len=2000",
                f"-rss_limit_mb={MEMORY_MB}",
                f"-timeout={ONE_INPUT_S}",
                "-print_final_stats=1",
                "-verbosity=0",
                f"-artifact_prefix={findings}/{target.stem}-",
            ],
            cwd=HERE,
            capture_output=True,
            text=True,
        )
    executed = re.search(r"number_of_executed_units:\s*(\d+)", done.stderr)
    ok = done.returncode == 0 and executed is not None
    say(f"{target.stem}: {executed[1] if executed else 'no'} executions, {'nothing found' if ok else 'FAILED'}\n")
    if not ok:
        say(done.stdout[-4_000:] + done.stderr[-8_000:])
    return ok


def say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def main() -> None:
    runs = int(sys.argv[1])
    kept = Path(sys.argv[2]).resolve() if len(sys.argv) > 2 else None
    if kept:
        kept.mkdir(parents=True, exist_ok=True)
    outcomes = [run(target, runs, kept) for target in TARGETS]
    sys.exit(0 if all(outcomes) else 1)


if __name__ == "__main__":
    main()
