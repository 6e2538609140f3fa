/** The button for light or dark; choosing what the system says anyway follows the system again. */
export const THEME_CHANGED = "lapwing:theme";

export function startThemeSwitch(): void {
  const button = document.querySelector<HTMLButtonElement>("[data-theme-switch]");
  if (!button) return;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const root = document.documentElement;
  const announce = (): void => {
    document.dispatchEvent(new Event(THEME_CHANGED));
  };
  button.hidden = false;
  button.addEventListener("click", () => {
    const shown = root.dataset["theme"] ?? (system.matches ? "dark" : "light");
    const wanted = shown === "dark" ? "light" : "dark";
    const followsSystem = (wanted === "dark") === system.matches;
    try {
      if (followsSystem) localStorage.removeItem("theme");
      else localStorage.setItem("theme", wanted);
    } catch {
      // Storage is off: the choice holds for this page.
    }
    if (followsSystem) delete root.dataset["theme"];
    else root.dataset["theme"] = wanted;
    announce();
  });
  system.addEventListener("change", announce);
}
