import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { useAgent } from "request-filtering-agent";
import { SECOND } from "../../instant.ts";

/** Answers with the body of a 200; throws for anything else. */
export type Getter = (url: string) => Promise<string>;

const LONGEST = 10 * SECOND;
const LARGEST = 64 * 1024;

/**
 * Gets over HTTPS, follows no redirect, reads 64 KB and waits 10 s at most. Like `httpPoster` it refuses a name that
 * leads into a private network; `allowPrivate` (also plain http) is for tests.
 */
export function httpGetter(options: { readonly allowPrivate?: boolean } = {}): Getter {
  const allowPrivateIPAddress = options.allowPrivate ?? false;
  return (url) =>
    new Promise((resolve, reject) => {
      const secure = url.startsWith("https:");
      if (!secure && !allowPrivateIPAddress) throw new Error("the address is not https");
      const agent = useAgent(url, { allowPrivateIPAddress, keepAlive: false });
      const asked = (secure ? requestHttps : requestHttp)(
        url,
        { agent, signal: AbortSignal.timeout(LONGEST) },
        (answer) => {
          if (answer.statusCode !== 200) {
            answer.destroy();
            reject(new Error(`answered ${answer.statusCode}`));
            return;
          }
          let text = "";
          answer.setEncoding("utf8");
          answer.on("data", (part: string) => {
            text += part;
            if (text.length > LARGEST) answer.destroy(new Error("the answer is too long"));
          });
          answer.on("end", () => resolve(text));
          answer.on("error", reject);
        },
      );
      asked.on("error", reject);
      asked.end();
    });
}
