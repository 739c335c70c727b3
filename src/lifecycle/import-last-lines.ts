import { createHash } from "node:crypto";

/**
 * On which line of a file a word stood last, for millions of words in some 30 bytes each: an open table of 84 bits of
 * a hash, so that two words are taken for one once in 10^13 files of a million rows.
 */
export class LastLines {
  private low = new Float64Array(1024);
  private high = new Uint32Array(1024);
  private lines = new Uint32Array(1024);
  private count = 0;

  /** Lines count from 1; returns false where the word was there already. */
  set(word: string, line: number): boolean {
    if (this.count * 2 > this.lines.length) this.grow();
    const [low, high] = hashOf(word);
    const place = this.find(low, high);
    const isNew = this.lines[place] === 0;
    if (isNew) this.count++;
    this.put(place, low, high, line);
    return isNew;
  }

  /** The last line of the word; 0 where it is nowhere. */
  get(word: string): number {
    return this.lines[this.find(...hashOf(word))]!;
  }

  private find(low: number, high: number): number {
    const size = this.lines.length;
    let place = high % size;
    while (this.lines[place] !== 0 && !(this.low[place] === low && this.high[place] === high))
      place = (place + 1) % size;
    return place;
  }

  private put(place: number, low: number, high: number, line: number): void {
    this.low[place] = low;
    this.high[place] = high;
    this.lines[place] = line;
  }

  private grow(): void {
    const { low, high, lines } = this;
    this.low = new Float64Array(low.length * 2);
    this.high = new Uint32Array(low.length * 2);
    this.lines = new Uint32Array(low.length * 2);
    for (let at = 0; at < lines.length; at++) {
      if (lines[at] !== 0) this.put(this.find(low[at]!, high[at]!), low[at]!, high[at]!, lines[at]!);
    }
  }
}

function hashOf(word: string): [low: number, high: number] {
  const hash = createHash("sha256").update(word).digest();
  return [hash.readUIntBE(0, 6), hash.readUInt32BE(8)];
}
