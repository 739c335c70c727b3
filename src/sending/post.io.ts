import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { SECOND } from "../instant.ts";
import { publicAgent, reasonOf } from "./public-agent.io.ts";
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
  return (post) =>
    new Promise((resolve, reject) => {
      const url = URL.canParse(post.url) ? new URL(post.url) : null;
      if (url?.protocol !== "https:" && url?.protocol !== "http:") {
        reject(new Error("the address is not http or https"));
        return;
      }
      const request = url.protocol === "https:" ? requestHttps : requestHttp;
      const sent = request(
        url,
        {
          method: "POST",
          agent: publicAgent(url.href, options),
          headers: { ...post.headers, "Content-Length": Buffer.byteLength(post.body) },
          signal: AbortSignal.timeout(LONGEST),
        },
        (answer) => {
          // What it says beside the status is nothing to us, however long it is.
          answer.destroy();
          resolve(answer.statusCode ?? 0);
        },
      );
      sent.on("error", (error) => reject(new Error(reasonOf(error), { cause: error })));
      sent.end(post.body);
    });
}
