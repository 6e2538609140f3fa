"""The process that draws: one job on standard input, its pictures on standard output."""

from __future__ import annotations

import os
import sys

import msgspec
import resvg_py

from lapwing.adapters.svg_drawing import DrawingJob


def main() -> None:
    os.nice(5)
    job = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=DrawingJob)
    drawn = [
        bytes(
            resvg_py.svg_to_bytes(
                svg_string=svg,
                skip_system_fonts=True,
                font_files=job.fonts or None,
                font_family="Inter",
            )
        )
        for svg in job.svgs
    ]
    sys.stdout.buffer.write(msgspec.msgpack.encode(drawn))


if __name__ == "__main__":
    main()
