/** The report form: says which country is guessed, and suggests cities. It works without this. */
interface Place {
  readonly name: string;
  readonly country: string;
  readonly country_name: string;
  readonly region_name: string | null;
}

async function fetched<Answer>(address: string): Promise<Answer | null> {
  try {
    const answer = await fetch(address, { headers: { accept: "application/json" } });
    return answer.ok ? ((await answer.json()) as Answer) : null;
  } catch {
    return null;
  }
}

async function sayWhere(form: HTMLFormElement): Promise<string | null> {
  const here = await fetched<{ country: string | null; country_name: string | null }>(
    "/api/v1/here",
  );
  const line = form.querySelector("[data-here]");
  if (here?.country_name && line) {
    line.textContent = `From ${here.country_name}; add your city or device`;
  }
  return here?.country ?? null;
}

function suggestCities(input: HTMLInputElement, country: HTMLInputElement, guess: string | null): void {
  const list = input.list;
  const known = new Map<string, string>();
  let timer: ReturnType<typeof setTimeout> | undefined;

  const suggest = async (): Promise<void> => {
    const typed = input.value.trim();
    if (typed.length < 2 || !list) return;
    const query = new URLSearchParams({ q: typed });
    const answer = await fetched<{ places: Place[] }>(`/api/v1/places?${query}`);
    if (!answer || typed !== input.value.trim()) return;
    const near = (place: Place): number => (place.country === guess ? 0 : 1);
    const places = [...answer.places].sort((one, other) => near(one) - near(other)).slice(0, 8);
    list.replaceChildren(
      ...places.map((place) => {
        const parts = [place.name, place.region_name, place.country_name];
        const value = parts.filter(Boolean).join(", ");
        known.set(value, place.country);
        const option = document.createElement("option");
        option.value = value;
        return option;
      }),
    );
  };

  input.addEventListener("input", () => {
    country.value = known.get(input.value) ?? "";
    clearTimeout(timer);
    if (!known.has(input.value)) timer = setTimeout(() => void suggest(), 200);
  });
}

export function startReportForm(): void {
  const form = document.querySelector<HTMLFormElement>("[data-report]");
  const input = form?.querySelector<HTMLInputElement>("[data-city]");
  const country = form?.querySelector<HTMLInputElement>("[data-country]");
  if (!form || !input || !country) return;
  void sayWhere(form).then((guess) => suggestCities(input, country, guess));
}
