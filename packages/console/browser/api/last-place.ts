/** Where the user was in a list, kept in the browser's history entry. Back and a reload return to it. */
interface Place {
  /** CSS pixels. */
  scrollY: number;
  /** Rows loaded. */
  rows: number;
}

export function lastPlace(): Place {
  const state: unknown = history.state;
  const number = (name: keyof Place): number => {
    const value: unknown = typeof state === 'object' && state !== null ? Reflect.get(state, name) : undefined;
    return typeof value === 'number' ? value : 0;
  };
  return { scrollY: number('scrollY'), rows: number('rows') };
}

export function keepPlace(place: Partial<Place>): void {
  history.replaceState({ ...lastPlace(), ...place }, '');
}
