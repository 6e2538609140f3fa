/** The reader's choice of light or dark, applied before the first paint. No imports: it blocks. */
{
  try {
    const chosen = localStorage.getItem("theme");
    if (chosen === "light" || chosen === "dark") document.documentElement.dataset["theme"] = chosen;
  } catch {
    // Storage is off: the system's choice holds.
  }
}
