"""Runs a command under limits and prints what it used, as JSON.

A process of its own, and a small one: a child is charged with the memory of the process that
started it, so it must not be started by the test run itself.
"""

import json
import resource
import signal
import subprocess
import sys

ADDRESS_SPACE = 1024 * 1024 * 1024
CPU_SECONDS = 10


def limit():
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    signal.alarm(CPU_SECONDS)  # survives exec, and ends a process that waits for a pipe


def main(command):
    run = subprocess.run(command, preexec_fn=limit, capture_output=True, check=False)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    report = {
        "exit": run.returncode,
        # Of the processor: what a busy machine adds to the clock says nothing of the command,
        # and one that waits is ended by the alarm.
        "seconds": used.ru_utime + used.ru_stime,
        "megabytes": used.ru_maxrss / 1024,
        "out": run.stdout.decode("utf-8"),
        "err": run.stderr.decode("utf-8", "replace"),
    }
    sys.stdout.write(json.dumps(report))


if __name__ == "__main__":
    main(sys.argv[1:])
