#!/usr/bin/env python3
"""Types the tour of the README as a reader would and checks that what it shows is what happens; run by ctest as "tour".

The tour is every block marked `console` below the heading "## Tour". A line "$ command" is typed into one bash that lives
for the whole tour, in an empty folder with a copy of examples/, the built programs first in PATH. "> " continues a command.
The lines after it must appear in its output in this order, each as part of a line; "..." stands for anything. A command must
exit 0 unless it ends in a comment "# exit N". What it starts with "&" is stopped at the end.
The tour may use fixed ports: where the system permits, it runs in a network of its own.

usage: tour.py README.md FOLDER_OF_PROGRAMS
"""

import ctypes
import fcntl
import os
import pathlib
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field

COMMAND_SECONDS_MAX = 120
MARK = "cordyna-tour-ended"
CLONE_NEWNET = 0x40000000
SIOCSIFFLAGS = 0x8914
IFF_UP = 1


@dataclass
class Step:
    line: int
    command: str
    exit_code: int = 0
    shows: list = field(default_factory=list)


def tour_steps(text):
    """The commands of the tour with what each must show."""
    steps, in_tour, in_block = [], False, False
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("## "):
            in_tour = line.strip() == "## Tour"
        elif in_tour and line.startswith("```"):
            in_block = line.strip() == "```console"
        elif in_tour and in_block and line.startswith("$ "):
            code = re.search(r"#\s*exit (\d+)\s*$", line)
            steps.append(Step(number, line[2:], int(code.group(1)) if code else 0))
        elif in_tour and in_block and line.startswith("> ") and steps and not steps[-1].shows:
            steps[-1].command += "\n" + line[2:]
        elif in_tour and in_block and line.strip() and steps:
            steps[-1].shows.append(line.strip())
    return steps


def missing_line(shows, output):
    """The first of `shows` that does not appear in order, or None."""
    lines = iter(output.splitlines())
    for wanted in shows:
        pattern = re.compile(".*".join(re.escape(part) for part in wanted.split("...")))
        if wanted != "..." and not any(pattern.search(line) for line in lines):
            return wanted
    return None


def enter_own_network():
    """A network with nothing but loopback, so that fixed ports meet nobody; without the right to it, the machine's own."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET) != 0:
        return
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))


class Shell:
    """One bash for the whole tour. A command's output ends with a marker line that carries its exit code."""

    def __init__(self, folder, programs):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("CORDYNA_")}
        environment.update(PATH=f"{programs}:{os.environ['PATH']}", HOME=str(folder), NO_COLOR="1")
        self.process = subprocess.Popen(["bash"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        cwd=folder, env=environment, text=True, start_new_session=True)

    def type(self, command):
        """(output, exit code); the code is None when the shell ended or the command took too long."""
        self.process.stdin.write(f"{{\n{command}\n}} </dev/null\nprintf '\\n{MARK} %s\\n' $?\n")
        self.process.stdin.flush()
        signal.alarm(COMMAND_SECONDS_MAX)
        lines = []
        try:
            for line in self.process.stdout:
                if line.startswith(MARK):
                    return "".join(lines), int(line.split()[1])
                lines.append(line)
        except TimeoutError:
            lines.append(f"(not done after {COMMAND_SECONDS_MAX} s)\n")
        finally:
            signal.alarm(0)
        return "".join(lines), None

    def end(self):
        """Asks everything the tour started to stop, then makes sure of it: what still writes would outlive its folder."""
        for sign in (signal.SIGTERM, signal.SIGKILL):
            deadline = time.monotonic() + 10
            try:
                os.killpg(self.process.pid, sign)
                while time.monotonic() < deadline:
                    self.process.poll()
                    os.killpg(self.process.pid, 0)
                    time.sleep(0.02)
            except ProcessLookupError:
                return


def take_tour(steps, folder, programs):
    shell = Shell(folder, programs)
    try:
        for step in steps:
            print(f"$ {step.command}", flush=True)
            output, code = shell.type(step.command)
            print(output, end="", flush=True)
            if code != step.exit_code:
                return f"line {step.line}: exit code {code}, the tour says {step.exit_code}"
            missing = missing_line(step.shows, output)
            if missing is not None:
                return f"line {step.line}: the output lacks: {missing}"
    finally:
        shell.end()
    return None


def on_alarm(*_):
    raise TimeoutError


def main(arguments):
    readme, programs = pathlib.Path(arguments[1]).resolve(), pathlib.Path(arguments[2]).resolve()
    steps = tour_steps(readme.read_text())
    if not steps:
        print("the README has no tour yet")
        return 77
    signal.signal(signal.SIGALRM, on_alarm)
    enter_own_network()
    with tempfile.TemporaryDirectory(prefix="cordyna-tour.") as folder:
        if (readme.parent / "examples").is_dir():
            shutil.copytree(readme.parent / "examples", pathlib.Path(folder) / "examples")
        problem = take_tour(steps, folder, programs)
    print(f"{readme.name} {problem}" if problem else f"the tour went as written: {len(steps)} commands")
    return 1 if problem else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
