import { connect, type Socket } from "node:net";

/** GETs to send, each once, over so many kept connections. */
export interface Hammering {
  readonly port: number;
  readonly paths: readonly string[];
  readonly connections: number;
}

/** Milliseconds from the first request to the last answer, and how many answers had another status than asked for. */
export interface Hammered {
  readonly elapsed: number;
  readonly wrong: number;
}

const AGENT =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0 Safari/537.36";

// A client as cheap as can be, so that the server is what is measured: requests are made beforehand, an answer is
// hardly read.
process.on("message", (ask: Hammering) => {
  void hammer(ask).then((answer) => process.send!(answer satisfies Hammered));
});

async function hammer({ port, paths, connections }: Hammering): Promise<Hammered> {
  const requests = paths.map(
    (path) => `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nuser-agent: ${AGENT}\r\naccept: */*\r\n\r\n`,
  );
  const sockets = await Promise.all(Array.from({ length: connections }, () => open(port)));
  let next = 0;
  let wrong = 0;
  const start = performance.now();
  await Promise.all(
    sockets.map(
      (socket) =>
        new Promise<void>((resolve, reject) => {
          let waiting = Buffer.alloc(0);
          const ask = () => {
            if (next >= requests.length) return resolve();
            socket.write(requests[next++]!);
          };
          socket.on("error", reject).on("close", () => reject(new Error("the server hung up")));
          socket.on("data", (bytes) => {
            waiting = waiting.length === 0 ? bytes : Buffer.concat([waiting, bytes]);
            const head = waiting.indexOf("\r\n\r\n");
            if (head < 0) return;
            const text = waiting.toString("latin1", 0, head);
            const end = endOf(waiting, head + 4, text);
            if (end === null) return;
            if (!/^HTTP\/1.1 (200|302) /.test(text)) wrong++;
            waiting = waiting.subarray(end);
            ask();
          });
          ask();
        }),
    ),
  );
  const elapsed = performance.now() - start;
  for (const socket of sockets) socket.removeAllListeners("close").destroy();
  return { elapsed, wrong };
}

const LAST_CHUNK = "0\r\n\r\n";

/** Where the answer ends whose body begins at `start`; null: not all of it is there. */
function endOf(bytes: Buffer, start: number, head: string): number | null {
  if (/^transfer-encoding: chunked/im.test(head)) {
    const last = bytes.indexOf(LAST_CHUNK, start);
    return last < 0 ? null : last + LAST_CHUNK.length;
  }
  const end = start + Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
  return bytes.length < end ? null : end;
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => resolve(socket.setNoDelay()));
    socket.once("error", reject);
  });
}
