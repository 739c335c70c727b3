/** The dashboard before there is anybody in it: how leads get here. */
export function Welcome({ baseUrl }: { readonly baseUrl: string }) {
  return (
    <section class="welcome">
      <h1>No leads yet</h1>
      <p>They come in three ways; each takes a minute. What happens to them shows here at once.</p>
      <ol>
        <li>
          <h2>Import a file</h2>
          <p>
            CSV or JSON Lines; columns are matched to attributes. Nobody is mailed for having been imported.
          </p>
          <pre tabindex={0}>
            <code>npm run kindling -- import leads.csv</code>
          </pre>
        </li>
        <li>
          <h2>Send them by the API</h2>
          <p>
            From a form, a shop or a CRM; <a href="/api/docs">all calls</a>. A key comes from{" "}
            <code>kindling keys add</code>.
          </p>
          <pre tabindex={0}>
            <code>
              {`curl -X PUT ${baseUrl}/api/leads/ana@example.com \\\n  -H "Authorization: Bearer $KEY" \\\n  -H "Content-Type: application/json" \\\n  -d '{"attributes": {"first_name": "Ana"}}'`}
            </code>
          </pre>
        </li>
        <li>
          <h2>Look around first</h2>
          <p>A made-up company with some hundred leads and four months of their life. Nothing is mailed.</p>
          <pre tabindex={0}>
            <code>npm run demo</code>
          </pre>
        </li>
      </ol>
    </section>
  );
}
