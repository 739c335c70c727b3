import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { SECOND } from "../../instant.ts";
import { publicAgent, reasonOf } from "../../sending/public-agent.io.ts";

/** Answers with the body of a 200; throws for anything else. */
export type Getter = (url: string) => Promise<string>;

const LONGEST = 10 * SECOND;
const LARGEST = 64 * 1024;

/**
 * Gets over HTTPS, follows no redirect, reads 64 KB and waits 10 s at most. Like `httpPoster` it refuses a name that
 * leads into a private network; `allowPrivate` (also plain http) is for tests.
 */
export function httpGetter(options: { readonly allowPrivate?: boolean } = {}): Getter {
  return (url) =>
    new Promise((resolve, reject) => {
      const secure = url.startsWith("https:");
      if (!secure && !options.allowPrivate) throw new Error("the address is not https");
      const asked = (secure ? requestHttps : requestHttp)(
        url,
        { agent: publicAgent(url, options), signal: AbortSignal.timeout(LONGEST) },
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
      asked.on("error", (error) => reject(new Error(reasonOf(error), { cause: error })));
      asked.end();
    });
}
