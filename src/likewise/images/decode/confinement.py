"""What a process that decodes other people's bytes gives up before it reads the first of them.

Three fences, the ones that the platform has: limits of the kernel (`setrlimit`) on memory,
processor time and files; a seccomp filter that refuses networks, programs and writing; and no way
back (`no_new_privs`). Each is taken by the process itself and cannot be undone by it.
"""

from __future__ import annotations

import ctypes
import math
import platform
import resource
import struct
import sys

_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, _PR_SET_NO_NEW_PRIVS = 22, 2, 38
_ALLOW, _KILL, _REFUSE = 0x7FFF0000, 0x80000000, 0x00050001  # the last answers EPERM
_LOAD, _EQUAL, _ANY_BIT, _AT_LEAST, _RETURN = 0x20, 0x15, 0x45, 0x35, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data
_OTHER_ABI = 0x40000000  # x32 calls have numbers of their own from here on
_WRITING = 0o1 | 0o2 | 0o100 | 0o1000 | 0o2000  # O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, O_APPEND

_OPENAT = {"x86_64": 257, "aarch64": 56}
_OPEN = {"x86_64": 2}
# Networks, programs, other processes, and whatever changes the file system. (Linux,
# arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h.)
_REFUSED = {
    "x86_64": (
        41, 42, 43, 44, 46, 49, 50, 53, 57, 58, 59, 62, 76, 82, 83, 84, 85, 86, 87, 88, 90, 92, 94,
        101, 132, 133, 161, 165, 166, 235, 258, 259, 260, 261, 263, 264, 265, 266, 268, 272, 280,
        288, 307, 308, 310, 311, 316, 321, 322, 425, 437,
    ),
    "aarch64": (
        33, 34, 35, 36, 37, 38, 39, 40, 45, 51, 53, 54, 88, 97, 117, 129, 198, 199, 200, 201, 202,
        203, 206, 211, 221, 242, 268, 269, 270, 271, 276, 280, 281, 425, 437,
    ),
}  # fmt: skip


def confine(memory_megabytes: float) -> tuple[str, ...]:
    """Give up memory beyond a cap, writing files, networks and other programs, for good.

    Args:
        memory_megabytes: address space this process may have, in units of 2**20 bytes.

    Returns:
        The fences that stand, in a few words each.
    """
    cap = int(memory_megabytes * 2**20)
    standing = []
    for what, which, most in (
        ("memory", resource.RLIMIT_AS, cap),
        ("no files written", resource.RLIMIT_FSIZE, 0),
        ("", resource.RLIMIT_CORE, 0),
    ):
        try:
            resource.setrlimit(which, (most, most))
        except (ValueError, OSError):  # macOS refuses some of them
            continue
        if what:
            standing.append(what)
    if _filter_calls():
        standing.append("no network, no programs")
    return tuple(standing)


def has_filter() -> bool:
    """Whether there is a filter of system calls for this platform: Linux on x86-64 or arm64."""
    return sys.platform.startswith("linux") and platform.machine() in _ARCHITECTURES


def allow_seconds(seconds: float) -> None:
    """Let this process use that much processor time from now; then the kernel ends it.

    The kernel counts whole seconds, so up to two more may pass.
    """
    usage = resource.getrusage(resource.RUSAGE_SELF)
    until = math.ceil(usage.ru_utime + usage.ru_stime + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (until, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _filter_calls() -> bool:
    """Have the kernel refuse the system calls that decoding never makes; False where it cannot."""
    if not has_filter():
        return False
    machine = platform.machine()
    program = _program(machine)
    count = len(program) // 8
    steps = ctypes.create_string_buffer(program, len(program))
    head = ctypes.create_string_buffer(struct.pack("HxxxxxxP", count, ctypes.addressof(steps)))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    return bool(libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, head, 0, 0) == 0)


def _program(machine: str) -> bytes:
    """The filter in classic BPF (Linux, Documentation/userspace-api/seccomp_filter.rst)."""
    # Every test that holds jumps to the line that refuses, which is the last but `tail` ones.
    tests: list[tuple[int, int]] = [(_AT_LEAST, _OTHER_ABI)]
    tests += [(_EQUAL, number) for number in _REFUSED[machine]]
    opens = [(table[machine], parameter) for table, parameter in ((_OPENAT, 2), (_OPEN, 1))
             if machine in table]  # fmt: skip
    lines = [
        _line(_LOAD, _ARCHITECTURE),
        _line(_EQUAL, _ARCHITECTURES[machine], yes=1),
        _line(_RETURN, _KILL),
        _line(_LOAD, _NUMBER),
    ]
    rest = 4 * len(opens) + 1  # lines between the tests and the line that refuses
    for parameter, (kind, value) in enumerate(tests):
        lines.append(_line(kind, value, yes=len(tests) - parameter - 1 + rest))
    for number, argument in opens:
        rest -= 4
        lines += [
            _line(_EQUAL, number, no=3),
            _line(_LOAD, _ARGUMENTS + 8 * argument),
            _line(_ANY_BIT, _WRITING, yes=rest + 1),
            _line(_RETURN, _ALLOW),
        ]
    lines += [_line(_RETURN, _ALLOW), _line(_RETURN, _REFUSE)]
    return b"".join(lines)


def _line(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("HBBI", code, yes, no, value)
