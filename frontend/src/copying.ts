export function startCopying(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const text = button.parentElement?.querySelector("blockquote")?.textContent ?? "";
      void navigator.clipboard.writeText(`${text.trim()} ${location.href}`).then(
        () => (button.textContent = "Copied"),
        () => (button.textContent = "Copying is not allowed here"),
      );
    });
  }
}
