import type { Instant } from "../instant.ts";

interface Entry<T> {
  readonly at: Instant;
  readonly place: number;
  readonly item: T;
}

/** What is still to happen, earliest first; of one instant in the order in which it was added. A binary heap. */
export class Agenda<T> {
  private readonly heap: Entry<T>[] = [];
  private places = 0;

  add(at: Instant, item: T): void {
    const { heap } = this;
    heap.push({ at, place: this.places++, item });
    for (let index = heap.length - 1; index > 0;) {
      const parent = (index - 1) >> 1;
      if (!before(heap[index]!, heap[parent]!)) return;
      [heap[index], heap[parent]] = [heap[parent]!, heap[index]!];
      index = parent;
    }
  }

  nextAt(): Instant | null {
    return this.heap[0]?.at ?? null;
  }

  /** Takes all that is due by `now`, in order. */
  take(now: Instant): { readonly at: Instant; readonly item: T }[] {
    const taken: Entry<T>[] = [];
    while (this.heap.length > 0 && this.heap[0]!.at <= now) taken.push(this.pop());
    return taken;
  }

  private pop(): Entry<T> {
    const { heap } = this;
    const first = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return first;
    heap[0] = last;
    for (let index = 0; ;) {
      const left = 2 * index + 1;
      let least = index;
      if (left < heap.length && before(heap[left]!, heap[least]!)) least = left;
      if (left + 1 < heap.length && before(heap[left + 1]!, heap[least]!)) least = left + 1;
      if (least === index) return first;
      [heap[index], heap[least]] = [heap[least]!, heap[index]!];
      index = least;
    }
  }
}

function before(a: Entry<unknown>, b: Entry<unknown>): boolean {
  return a.at < b.at || (a.at === b.at && a.place < b.place);
}
