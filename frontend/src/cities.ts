/** Suggests cities in every field that asks for one, also in those that come later. */
export interface Place {
  readonly name: string;
  readonly country: string;
  readonly country_name: string;
  readonly region_name: string | null;
}

/** Country by what the field then holds: tells which city of a name is meant. */
const countries = new Map<string, string>();
let nearby: string | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;

export async function fetched<Answer>(address: string): Promise<Answer | null> {
  try {
    const answer = await fetch(address, { headers: { accept: "application/json" } });
    return answer.ok ? ((await answer.json()) as Answer) : null;
  } catch {
    return null;
  }
}

export function countryOf(city: string): string {
  return countries.get(city) ?? "";
}

/** Cities of this country come first. */
export function preferCountry(code: string | null): void {
  nearby = code;
}

async function suggest(input: HTMLInputElement): Promise<void> {
  const typed = input.value.trim();
  const list = input.list;
  if (typed.length < 2 || !list) return;
  const query = new URLSearchParams({ q: typed });
  const answer = await fetched<{ places: Place[] }>(`/api/v1/places?${query}`);
  if (!answer || typed !== input.value.trim()) return;
  const near = (place: Place): number => (place.country === nearby ? 0 : 1);
  const places = [...answer.places].sort((one, other) => near(one) - near(other)).slice(0, 8);
  list.replaceChildren(
    ...places.map((place) => {
      const parts = [place.name, place.region_name, place.country_name];
      const value = parts.filter(Boolean).join(", ");
      countries.set(value, place.country);
      const option = document.createElement("option");
      option.value = value;
      return option;
    }),
  );
}

export function startCities(): void {
  document.addEventListener("input", (event) => {
    const input = event.target;
    if (!(input instanceof HTMLInputElement) || !input.matches("[data-city]")) return;
    clearTimeout(timer);
    if (!countries.has(input.value)) timer = setTimeout(() => void suggest(input), 200);
  });
}
