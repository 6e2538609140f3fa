/** The report form: says which country is guessed, and suggests cities. It works without this. */
import { countryOf, fetched, preferCountry } from "./cities";

async function sayWhere(form: HTMLFormElement): Promise<void> {
  const here = await fetched<{ country: string | null; country_name: string | null }>(
    "/api/v1/here",
  );
  const line = form.querySelector("[data-here]");
  if (here?.country_name && line) {
    line.textContent = `From ${here.country_name}; add your city or device`;
  }
  preferCountry(here?.country ?? null);
}

export function startReportForm(): void {
  const form = document.querySelector<HTMLFormElement>("[data-report]");
  const input = form?.querySelector<HTMLInputElement>("[data-city]");
  const country = form?.querySelector<HTMLInputElement>("[data-country]");
  if (!form || !input || !country) return;
  input.addEventListener("input", () => {
    country.value = countryOf(input.value);
  });
  void sayWhere(form);
}
