"""Farrington Flexible of the R package surveillance, where both are installed."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lapwing.kernel.refusals import Unavailable

_BUCKETS_A_YEAR: Final = 35_040
_BUCKETS_A_WEEK: Final = 672
_TIMEOUT_S: Final = 600

# A week takes the place of a year: the same quarter of an hour of the last three, three to each
# side. The threshold is the quantile at which one bucket in 1/alpha exceeds it by chance.
_SCRIPT: Final = """
suppressPackageStartupMessages(library(surveillance))
given <- commandArgs(trailingOnly = TRUE)
judged <- as.integer(given[2]); alpha <- as.numeric(given[3])
for (line in readLines(given[1])) {
  counts <- as.integer(strsplit(line, ",")[[1]])
  series <- sts(observed = counts, frequency = WEEK)
  last <- length(counts)
  control <- list(
    range = (last - judged + 1):last, b = 3, w = 3, noPeriods = 1, trend = FALSE,
    pastWeeksNotIncluded = 4, thresholdMethod = "nbPlugin", alpha = alpha,
    limit54 = c(0, 4), powertrans = "2/3", fitFun = "algo.farrington.fitGLM.flexible",
    weightsThreshold = 2.58, populationOffset = FALSE, reweight = TRUE, verbose = FALSE
  )
  found <- suppressWarnings(farringtonFlexible(series, control))
  above <- observed(found) > upperbound(found)
  above[is.na(above)] <- FALSE
  cat(paste(as.integer(above), collapse = ","), "\\n", sep = "")
}
""".replace("WEEK", str(_BUCKETS_A_WEEK))


@lru_cache(maxsize=1)
def is_installed() -> bool:
    """Whether Rscript and the package are there."""
    program = shutil.which("Rscript")
    if program is None:
        return False
    asked = "quit(status = as.integer(!requireNamespace('surveillance', quietly = TRUE)))"
    done = subprocess.run([program, "-e", asked], capture_output=True, check=False)  # noqa: S603
    return done.returncode == 0


def farrington_flexible(
    series: Sequence[NDArray[np.floating]], judged: int, false_alarms_per_year: float
) -> NDArray[np.bool_]:
    """Alarms at the last `judged` 15-minute counts of each series: shape (series, judged).

    Raises Unavailable if R fails.
    """
    program = shutil.which("Rscript")
    if program is None:
        raise Unavailable("Rscript is not installed.")
    alpha = false_alarms_per_year / _BUCKETS_A_YEAR
    with TemporaryDirectory() as folder:
        counts, script = Path(folder, "counts.csv"), Path(folder, "farrington.R")
        lines = [",".join(str(int(count)) for count in one) for one in series]
        counts.write_text("\n".join(lines) + "\n", encoding="ascii")
        script.write_text(_SCRIPT, encoding="ascii")
        done = subprocess.run(  # noqa: S603
            [program, str(script), str(counts), str(judged), repr(alpha)],
            capture_output=True, text=True, check=False, timeout=_TIMEOUT_S,
        )  # fmt: skip
    if done.returncode != 0:
        raise Unavailable(f"R's surveillance failed: {done.stderr.strip()[-300:]}")
    rows = [[flag == "1" for flag in line.split(",")] for line in done.stdout.split()]
    return np.array(rows, dtype=np.bool_).reshape(len(series), judged)
