/** The option most like a word, where one is like it: case, `-` for `_` and a typo or two are forgiven. */
export function nearest(word: string, options: Iterable<string>): string | undefined {
  const wanted = plain(word);
  let best: string | undefined;
  let least = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const option of options) {
    const distance = editDistance(wanted, plain(option), least);
    if (distance < least) {
      least = distance;
      best = option;
    }
  }
  return best;
}

/** `did you mean "hot"?`, or the first few options, or undefined where there are none. */
export function suggest(word: string, options: Iterable<string>): string | undefined {
  const all = [...options];
  const near = nearest(word, all);
  if (near !== undefined) return `did you mean "${near}"?`;
  if (all.length === 0) return undefined;
  const few = all.slice(0, 12).join(", ");
  return `there is ${few}${all.length > 12 ? ", …" : ""}`;
}

function plain(word: string): string {
  return word.toLowerCase().replaceAll("-", "_");
}

/** Insertions, deletions, replacements and swaps of neighbours; stops counting at `limit`. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min(above[j]! + 1, row[j - 1]! + 1, above[j - 1]! + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, before[j - 2]! + 1);
      }
      row.push(cost);
    }
    before = above;
    above = row;
  }
  return above[b.length]!;
}
