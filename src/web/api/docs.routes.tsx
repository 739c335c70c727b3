import { createHash } from "node:crypto";
import type { OpenAPIHono } from "@hono/zod-openapi";
import { Hono } from "hono";
import { html, raw } from "hono/html";
import { PROBLEMS } from "../problem.ts";
import type { ApiEnv } from "./deps.ts";
import { HEALTH_CALLS } from "./health.routes.ts";

/** `GET /api/openapi.json`, and `/api/docs` for people: made from the same schemas that check what comes in. */
export function docsRoutes(app: OpenAPIHono<ApiEnv>): Hono {
  const routes = new Hono();
  let made: Document | undefined;
  const document = () => (made ??= describe(app));
  routes.get("/api/openapi.json", (c) => c.json(document()));
  routes.get("/api/docs", (c) =>
    c.html(html`<!doctype html>${<Docs document={document()} />}`, 200, HEADERS),
  );
  return routes;
}

type Document = ReturnType<OpenAPIHono<ApiEnv>["getOpenAPI31Document"]>;

const ABOUT =
  "Send Authorization: Bearer KEY; `kindling keys add` makes one. Bodies and answers are JSON, instants ISO 8601 in UTC. " +
  "Errors are problem documents (RFC 9457) that name the field. Lists page by `cursor`: hand back `next_cursor` until it is null.";

function describe(app: OpenAPIHono<ApiEnv>): Document {
  app.openAPIRegistry.registerComponent("securitySchemes", "key", { type: "http", scheme: "bearer" });
  for (const call of HEALTH_CALLS) app.openAPIRegistry.registerPath(call);
  return app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: { title: "Kindling", version: "1", description: ABOUT },
    security: [{ key: [] }],
  });
}

const STYLE =
  "body{margin:0;background:#f6f6f4;color:#1c1c1a;font:16px/1.55 system-ui,sans-serif}main{max-width:52rem;margin:0 auto;" +
  "padding:2rem 1.25rem}h1{font-size:1.6rem}h2{font-size:1.05rem;margin:2.5rem 0 .25rem}code,pre{font:14px/1.5 ui-monospace," +
  "monospace}pre{background:#fff;border:1px solid #ddd;border-radius:.5rem;padding:.75rem 1rem;overflow-x:auto}" +
  "table{border-collapse:collapse}td,th{text-align:left;padding:.2rem 1rem .2rem 0;vertical-align:top}" +
  ".method{display:inline-block;min-width:3.5rem;font-weight:700}a{color:#1d4ed8}" +
  "@media(prefers-color-scheme:dark){body{background:#161614;color:#eeeeea}pre{background:#222;border-color:#444}a{color:#9bb8ff}}";

const STYLE_HASH = createHash("sha256").update(STYLE).digest("base64");

const HEADERS = {
  "content-security-policy": `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`,
};

interface Operation {
  readonly summary?: string;
  readonly description?: string;
  readonly parameters?: readonly {
    readonly name?: string;
    readonly in?: string;
    readonly description?: string;
    readonly schema?: { readonly description?: string };
  }[];
  readonly requestBody?: { readonly content?: Readonly<Record<string, { readonly schema?: unknown }>> };
  readonly responses?: Readonly<Record<string, Answer>>;
}

interface Answer {
  readonly content?: Readonly<Record<string, { readonly schema?: unknown }>>;
}

function Docs({ document }: { readonly document: Document }) {
  const calls = Object.entries(document.paths ?? {}).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, Operation>).map(([method, operation]) => ({
      path,
      method: method.toUpperCase(),
      operation,
    })),
  );
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Kindling's HTTP API</title>
        <style>{raw(STYLE)}</style>
      </head>
      <body>
        <main>
          <h1>Kindling's HTTP API</h1>
          <p>{ABOUT}</p>
          <p>
            For machines: <a href="/api/openapi.json">openapi.json</a>
          </p>
          {calls.map(({ path, method, operation }) => (
            <Call path={path} method={method} operation={operation} />
          ))}
          <h2>Objects</h2>
          {Object.entries(document.components?.schemas ?? {}).map(([name, schema]) => (
            <details>
              <summary id={`schema-${name}`}>{name}</summary>
              <Schema schema={schema} />
            </details>
          ))}
          <h2>Problems</h2>
          <table>
            {Object.entries(PROBLEMS).map(([kind, { status, title }]) => (
              <tr id={kind}>
                <td>{status}</td>
                <td>
                  <code>/api/docs#{kind}</code>
                </td>
                <td>{title}</td>
              </tr>
            ))}
          </table>
        </main>
      </body>
    </html>
  );
}

function Call({ path, method, operation }: { path: string; method: string; operation: Operation }) {
  const body = operation.requestBody?.content?.["application/json"]?.schema;
  return (
    <section>
      <h2>
        <span class="method">{method}</span> <code>{path}</code>
      </h2>
      <p>
        {operation.summary}. {operation.description}
      </p>
      {operation.parameters && (
        <table>
          {operation.parameters.map((parameter) => (
            <tr>
              <td>
                <code>{parameter.name}</code>
              </td>
              <td>{parameter.in}</td>
              <td>{parameter.description ?? parameter.schema?.description}</td>
            </tr>
          ))}
        </table>
      )}
      {body !== undefined && (
        <details>
          <summary>Body</summary>
          <Schema schema={body} />
        </details>
      )}
      {Object.entries(operation.responses ?? {})
        .filter(([status]) => status !== "default")
        .map(([status, answer]) => (
          <details>
            <summary>Answer {status}</summary>
            <Schema schema={Object.values(answer.content ?? {})[0]?.schema} />
          </details>
        ))}
    </section>
  );
}

function Schema({ schema }: { readonly schema: unknown }) {
  return <pre>{JSON.stringify(schema, null, 2)}</pre>;
}
