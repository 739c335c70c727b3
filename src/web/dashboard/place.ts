/** A place in a list that goes backwards in time, as it stands in the address line: `<instant>-<number>`. */
export interface TimePlace {
  readonly at: number;
  readonly id: number;
}

export function writePlace({ at, id }: TimePlace): string {
  return `${at}-${id}`;
}

/** null for anything else: the list begins at its beginning. */
export function readPlace(text: string | undefined): TimePlace | null {
  const found = /^(\d{1,16})-(\d{1,16})$/.exec(text ?? "");
  return found ? { at: Number(found[1]), id: Number(found[2]) } : null;
}
