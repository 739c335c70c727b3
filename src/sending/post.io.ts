import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { useAgent } from "request-filtering-agent";
import { SECOND } from "../instant.ts";
import type { Post } from "./webhook.ts";

/** Answers with the HTTP status; throws where there was none. */
export type Poster = (post: Post) => Promise<number>;

const LONGEST = 10 * SECOND;

/**
 * Posts over HTTP, follows no redirect and waits for an answer for 10 s altogether. An address that leads into a private
 * or reserved network is refused after its name is resolved, so that no file can make us reach what is behind our own
 * firewall; `allowPrivate` is for tests, and for receivers that stand there on purpose.
 */
export function httpPoster(options: { readonly allowPrivate?: boolean } = {}): Poster {
  const allowPrivateIPAddress = options.allowPrivate ?? false;
  return (post) =>
    new Promise((resolve, reject) => {
      const url = URL.canParse(post.url) ? new URL(post.url) : null;
      if (url?.protocol !== "https:" && url?.protocol !== "http:") {
        reject(new Error("the address is not http or https"));
        return;
      }
      const request = url.protocol === "https:" ? requestHttps : requestHttp;
      const agent = useAgent(url.href, { allowPrivateIPAddress, keepAlive: false });
      const sent = request(
        url,
        {
          method: "POST",
          agent,
          headers: { ...post.headers, "Content-Length": Buffer.byteLength(post.body) },
          signal: AbortSignal.timeout(LONGEST),
        },
        (answer) => {
          // What it says beside the status is nothing to us, however long it is.
          answer.destroy();
          resolve(answer.statusCode ?? 0);
        },
      );
      sent.on("error", (error) => {
        reject(
          error.name === "AbortError" || error.name === "TimeoutError"
            ? new Error("no answer in 10 s")
            : error,
        );
      });
      sent.end(post.body);
    });
}
