/** A button that installs the site as an app, where the browser offers it. */
interface InstallEvent extends Event {
  prompt(): Promise<unknown>;
}

export function startInstalling(): void {
  const section = document.querySelector<HTMLElement>("[data-install]");
  const button = section?.querySelector<HTMLButtonElement>("[data-install-button]");
  if (!section || !button) return;
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    section.hidden = false;
    button.onclick = () => {
      void (event as InstallEvent).prompt().then(() => (section.hidden = true));
    };
  });
}
