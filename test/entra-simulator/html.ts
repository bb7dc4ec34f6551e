/** Text that is already markup; everything else is escaped on its way in. */
export type Markup = { readonly markup: string }
type Value = Markup | string | number | undefined | false | Value[]

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

function render(value: Value): string {
  if (value === undefined || value === false) return ''
  if (Array.isArray(value)) return value.map(render).join('')
  if (typeof value === 'object') return value.markup
  return String(value).replace(/[&<>"']/g, (character) => entities[character] ?? '')
}

export function html(strings: TemplateStringsArray, ...values: Value[]): Markup {
  return { markup: strings.map((text, at) => text + render(values[at])).join('') }
}

type Page = { title: string; site: 'entra' | 'application'; main: Markup; script?: string }

const siteNames = { entra: 'Simulated Entra', application: 'Example application' }

/** A whole page. The two sites look different on purpose: one sees at a glance where the browser is. */
export function page({ title, site, main, script }: Page): string {
  return html`<!doctype html>
<html lang="en" class="${site}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} – ${siteNames[site]}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/public/style.css">
${script !== undefined && html`<script src="/public/${script}" defer></script>`}
</head>
<body>
<header><p><span class="mark" aria-hidden="true"></span>${siteNames[site]} <span class="tag">test usage only</span></p></header>
<main>${main}</main>
</body>
</html>
`.markup
}
