/** Fields of a report by their names in lower case, each with all of its values. */
export type Fields = ReadonlyMap<string, readonly string[]>;

const MOST_BLOCKS = 500;

/** The blocks of `Name: value` lines that blank lines part, folded lines joined. What is no such line is passed over. */
export function blocksOf(text: string): Fields[] {
  const blocks: Map<string, string[]>[] = [];
  let block = new Map<string, string[]>();
  let values: string[] | null = null;
  const close = () => {
    if (block.size > 0) blocks.push(block);
    block = new Map();
    values = null;
  };
  for (const line of text.split("\n")) {
    if (blocks.length >= MOST_BLOCKS) break;
    if (line.trim() === "") close();
    else if (/^[ \t]/.test(line)) {
      if (values) values[values.length - 1] = `${values.at(-1)} ${line.trim()}`.slice(0, 5000);
    } else {
      const colon = line.indexOf(":");
      const name = line.slice(0, colon).trim().toLowerCase();
      if (colon < 1 || !/^[a-z0-9-]+$/.test(name)) continue;
      values = block.get(name) ?? [];
      values.push(line.slice(colon + 1, colon + 5000).trim());
      block.set(name, values);
    }
  }
  close();
  return blocks;
}

export function first(fields: Fields, name: string): string {
  return fields.get(name)?.[0] ?? "";
}

/** Long runs of letters can't make this slow: each part is bounded. */
const ADDRESS =
  /(?<![\p{L}\p{N}!#$%&'*+/=?^_`{|}~.-])[\p{L}\p{N}!#$%&'*+/=?^_`{|}~.-]{1,100}@[\p{L}\p{N}](?:[\p{L}\p{N}.-]{0,200}[\p{L}\p{N}])?/gu;

/** The mail addresses in a text, in lower case, in order, each once. */
export function addressesIn(text: string): string[] {
  const found = text.match(ADDRESS) ?? [];
  return [...new Set(found.map((address) => address.replace(/^[.'`=]+/, "").toLowerCase()))];
}
