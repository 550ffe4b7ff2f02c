import { errorDocs } from '../contract/docs/errors.ts';
import { ERRORS, type ErrorCode } from '../contract/errors.ts';
import { escapeHtml, sentence } from './html.ts';
import { schemaText } from './schema-text.ts';
import { curl, json, typescript } from './snippets.ts';
import { STYLE } from './style.ts';

type Json = Record<string, unknown>;
interface Parameter {
  readonly $ref?: string;
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: Json;
  readonly example?: unknown;
}
interface Content {
  readonly schema?: Json;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}
interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly deprecated?: boolean;
  readonly security?: readonly Json[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Content>> };
  readonly responses: Readonly<
    Record<string, { readonly $ref?: string; readonly content?: Readonly<Record<string, Content>> }>
  >;
}
interface Place {
  readonly path: string;
  readonly method: string;
  readonly operation: Operation;
}

const STYLE_HERE = `${STYLE}
.page{display:grid;grid-template-columns:17rem minmax(0,1fr);min-height:100vh}
nav{position:sticky;top:0;height:100vh;overflow:auto;padding:1rem;border-right:1px solid var(--line);background:var(--soft);font-size:14px}
nav ul{list-style:none;margin:0 0 .5rem;padding:0 0 0 .2rem}nav li{padding:.1rem 0}nav summary{cursor:pointer;padding:.2rem 0;font-weight:600}
#search{width:100%;padding:.45rem .6rem;margin:.7rem 0;border:1px solid var(--line);border-radius:6px;background:var(--bg);color:var(--text);font:inherit}
main{padding:1.5rem clamp(1rem,4vw,3rem) 6rem;max-width:60rem}
article{padding:1.6rem 0;border-bottom:1px solid var(--line)}
[hidden]{display:none!important}
.line{display:flex;gap:.6rem;align-items:baseline;flex-wrap:wrap}.method{font:600 12px ui-monospace,monospace;padding:.1rem .4rem;border-radius:4px;background:var(--code)}
.GET{color:var(--good)}.DELETE{color:var(--bad)}.POST,.PUT,.PATCH{color:var(--accent)}
.ways{display:flex;gap:.35rem;margin-top:.6rem}button{font:inherit;font-size:13px;padding:.15rem .6rem;border:1px solid var(--line);border-radius:6px;background:var(--soft);color:var(--text);cursor:pointer}
button[aria-pressed=true]{border-color:var(--accent);color:var(--accent)}button[data-copy]{margin-left:auto}
[data-way=curl] pre.typescript,[data-way=typescript] pre.curl{display:none}
details.more>summary{cursor:pointer;color:var(--dim);font-size:.85rem;margin-top:.6rem}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:1rem;background:var(--bg);padding:.5rem}
@media (max-width:40rem){article table,article tbody,article tr,article td{display:block}article td{border:0;padding:.1rem 0}article tr{border-bottom:1px solid var(--line);padding:.4rem 0}}
@media (max-width:52rem){.page{display:block}nav{position:static;height:auto;max-height:45vh;border-right:0;border-bottom:1px solid var(--line)}}
`;

const made = new WeakMap<Json, Map<string, string>>();

/** The page of a document, made once. */
export function docsPage(document: Json, slug: string): string {
  const pages = made.get(document) ?? new Map<string, string>();
  made.set(document, pages);
  const page = pages.get(slug) ?? makePage(document, slug);
  pages.set(slug, page);
  return page;
}

/** An entry for each operation, with what it takes and answers, and how to ask. */
function makePage(document: Json, slug: string): string {
  const { info, tags } = document as {
    info: { version: string; description: string };
    tags: { name: string; description: string }[];
  };
  const places = Object.entries(document.paths as Record<string, Record<string, Operation>>).flatMap(
    ([path, methods]) =>
      Object.entries(methods).map(([method, operation]): Place => ({ path, method: method.toUpperCase(), operation })),
  );
  const prefix = slug === 'default' ? '' : `/p/${slug}`;
  const groups = tags.map((tag) => ({
    ...tag,
    places: places.filter(({ operation }) => operation.tags[0] === tag.name),
  }));
  const menu = groups.map(({ name, places: inside }) => {
    const items = inside.map(
      ({ operation }) =>
        `<li><a href="#${operation.operationId}" data-for="${operation.operationId}">${escapeHtml(titleOf(operation.operationId))}</a></li>`,
    );
    return `<details><summary>${name}</summary><ul>${items.join('')}</ul></details>`;
  });
  const sections = groups.map(
    ({ name, description, places: inside }) =>
      `<section data-tag="${name}"><h2 id="area-${name}">${name}</h2><p class="dim">${sentence(description)}</p>${inside.map((place) => article(document, place, prefix)).join('')}</section>`,
  );
  return `<!doctype html>
<html lang="en" data-way="curl"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>Tidemark API ${escapeHtml(info.version)}</title><style>${STYLE_HERE}</style></head><body>
<a class="skip" href="#content">Skip to the content</a>
<div class="page"><nav aria-label="Operations"><h1><a href="${prefix || '/'}">Tidemark</a> API</h1>
<input id="search" type="search" placeholder="Search ( / )" aria-label="Search operations" autocomplete="off">
<a href="#errors">Errors</a> · <a href="#versions">Versions</a> · <a href="/api/v1/openapi.json">openapi.json</a>${menu.join('')}</nav>
<main id="content"><div id="intro">${intro(info, prefix)}</div><p id="nothing" hidden>No operation has all these words.</p>${sections.join('')}</main></div>
<script src="/docs/page.js" defer></script></body></html>`;
}

function intro({ version, description }: { version: string; description: string }, prefix: string): string {
  const rows = (Object.entries(ERRORS) as [ErrorCode, { status: number }][]).map(
    ([code, { status }]) =>
      `<tr><td><code>${code}</code></td><td>${status}</td><td>${sentence(errorDocs[code].meaning)}</td><td>${sentence(errorDocs[code].again)}</td></tr>`,
  );
  return `<p class="dim">Version ${escapeHtml(version)}</p><p>${sentence(description)}</p>
<p>Send <code>Authorization: Bearer TOKEN</code>; an admin makes tokens in the dashboard or with <code>tidemark token create</code>. Addresses here begin with <code>${escapeHtml(prefix)}/api/v1</code>.</p>
<h2 id="errors">Errors</h2><p>Every error is <code>{"error":{"code","message","hint","details","requestId"}}</code>. Branch on <code>code</code> only.</p>
<table><thead><tr><th>code</th><th>status</th><th>meaning</th><th>the same request again</th></tr></thead><tbody>${rows.join('')}</tbody></table>
<h2 id="versions">Versions</h2><p>Replies may get new fields, and requests new optional ones, at any time: ignore what you do not know. What will go says so at least six months before, by the headers <code>Deprecation</code> and <code>Sunset</code>, and here. Every reply names the server’s version in <code>Tidemark-Version</code>.</p>`;
}

function article(document: Json, { path, method, operation }: Place, prefix: string): string {
  const { operationId: id, summary, description = '', deprecated } = operation;
  const parameters = (operation.parameters ?? []).map((each) => resolve<Parameter>(document, each));
  const [bodyType, bodyContent] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
  const success = Object.keys(operation.responses).find((status) => status.startsWith('2'))!;
  const [replyType, replyContent] =
    Object.entries(
      resolve<{ content?: Record<string, Content> }>(document, operation.responses[success]!).content ?? {},
    )[0] ?? [];
  const bytes = bodyType === 'application/octet-stream';
  const given = (where: string): Json =>
    Object.fromEntries(
      parameters
        .filter((each) => each.in === where && each.example !== undefined)
        .map((each) => [each.name, each.example]),
    );
  const body = Object.values(bodyContent?.examples ?? {})[0]?.value;
  const request = {
    operationId: id,
    area: AREAS[operation.tags[0]!] ?? operation.tags[0]!,
    method,
    address: addressOf(prefix + path, given('path'), given('query'), parameters),
    params: given('path'),
    query: requiredOnly(given('query'), parameters),
    body,
    bytes,
    secured: operation.security?.length !== 0,
  };
  const reply = Object.values(replyContent?.examples ?? {})[0]?.value;
  const text =
    `${id} ${titleOf(id)} ${method} ${path} ${summary} ${description} ${operation.tags.join(' ')}`.toLowerCase();
  const inContract = path.startsWith('/api/v1/') && id !== 'openapi';
  return `<article id="${id}" data-text="${escapeHtml(text)}">
<div class="line"><h3><a href="#${id}">${escapeHtml(titleOf(id))}</a></h3><span class="method ${method}">${method}</span><code>${escapeHtml(path)}</code>${deprecated ? '<span class="bad">deprecated</span>' : ''}</div>
<p>${sentence(summary)}</p>${description ? `<p>${sentence(description)}</p>` : ''}
${parameters.length > 0 ? `<h4>Parameters</h4><table><tbody>${parameters.map(row).join('')}</tbody></table>` : ''}
<div class="ways"><button type="button" data-way="curl" aria-pressed="true">curl</button>${inContract ? '<button type="button" data-way="typescript" aria-pressed="false">TypeScript</button>' : ''}<button type="button" data-copy>copy</button></div>
<pre class="${inContract ? 'curl' : ''}" tabindex="0"><code>${escapeHtml(curl(request))}</code></pre>${inContract ? `<pre class="typescript" tabindex="0"><code>${escapeHtml(typescript(request))}</code></pre>` : ''}
${replyType === undefined ? '' : `<h4>${success}${replyType === 'application/json' ? '' : `, ${escapeHtml(replyType)}`}</h4>`}${reply === undefined ? '' : `<pre tabindex="0"><code>${escapeHtml(json(reply))}</code></pre>`}
${bodyContent?.schema ? `<details class="more"><summary>what it takes</summary><pre tabindex="0"><code>${escapeHtml(schemaText(document, bodyContent.schema))}</code></pre></details>` : ''}
${replyContent?.schema ? `<details class="more"><summary>what it answers</summary><pre tabindex="0"><code>${escapeHtml(schemaText(document, replyContent.schema))}</code></pre></details>` : ''}
<p class="dim">Errors: ${errorsOf(operation)}</p></article>`;
}

/** Areas whose routes stand in a file of another name than their tag. */
const AREAS: Readonly<Record<string, string>> = { projects: 'front', server: 'status' };

const row = ({ name, in: where, required, description = '', schema }: Parameter): string =>
  `<tr><td><code>${escapeHtml(name)}</code>${required ? ' <span class="bad">*</span>' : ''}</td><td class="dim">${where}, ${escapeHtml(typeOf(schema))}</td><td>${sentence(description)}</td></tr>`;

function typeOf(schema: Json): string {
  if (Array.isArray(schema.enum)) return schema.enum.join(' | ');
  const type = String(schema.type ?? 'text');
  return schema.default === undefined ? type : `${type}, else ${JSON.stringify(schema.default)}`;
}

function errorsOf({ responses }: Operation): string {
  const codes = Object.values(responses).flatMap(({ $ref }) =>
    ($ref?.split('/').at(-1) ?? '').split('.').filter(Boolean),
  );
  return codes.length === 0 ? 'none' : codes.map((code) => `<a href="#errors"><code>${code}</code></a>`).join(' ');
}

function resolve<T>(document: Json, value: object): T {
  if (!('$ref' in value) || typeof value.$ref !== 'string') return value as T;
  let found: unknown = document;
  for (const part of value.$ref.slice(2).split('/')) found = (found as Json)[part];
  return found as T;
}

function requiredOnly(query: Json, parameters: readonly Parameter[]): Json {
  const required = new Set(parameters.filter((each) => each.required).map(({ name }) => name));
  const needed = Object.entries(query).filter(([name]) => required.has(name));
  return Object.fromEntries(needed);
}

function addressOf(path: string, params: Json, query: Json, parameters: readonly Parameter[]): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (whole, name: string) =>
    params[name] === undefined ? whole : String(params[name]),
  );
  const asked = Object.entries(requiredOnly(query, parameters)).map(
    ([name, value]) => `${name}=${encodeURIComponent(String(value)).replaceAll('%2C', ',')}`,
  );
  return asked.length > 0 ? `${filled}?${asked.join('&')}` : filled;
}

/** `createRun` is read as "create run". */
const titleOf = (id: string): string => id.replaceAll(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
