import { readFileSync } from 'node:fs'
import type { Integration } from './integration.ts'

export type TemplateName =
  | 'custom-control'
  | 'external-mfa'
  | 'external-mfa-user'
  | 'conditional-access-custom-control'
  | 'conditional-access-external-mfa'

type Json = string | number | boolean | null | Json[] | { [name: string]: Json }

/**
 * Fills a template of `policy-templates/`. Placeholders are replaced inside the strings of the parsed file, never in its
 * text, so that no name, whatever it contains, can change the file's shape. Placeholders without a value stay.
 */
export function fillTemplate(name: TemplateName, values: Readonly<Record<string, string>>): Json {
  const file = new URL(`../../policy-templates/${name}.json`, import.meta.url)
  return fill(JSON.parse(readFileSync(file, 'utf8')) as Json, values)
}

function fill(value: Json, values: Readonly<Record<string, string>>): Json {
  if (typeof value === 'string') return value.replace(/\{\{(\w+)\}\}/g, (whole, name: string) => values[name] ?? whole)
  if (Array.isArray(value)) return value.map((item) => fill(item, values))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, fill(member, values)]))
}

/** What the templates need of an integration. `discoveryUrl` is the issuer's, with its suffix. */
export const templateValues = (integration: Integration, discoveryUrl: string): Record<string, string> => ({
  name: integration.name,
  appId: integration.appId,
  clientId: integration.clientId,
  discoveryUrl,
  controlId: integration.control.id,
  claimType: integration.control.claimType,
  claimValue: integration.control.claimValue,
})
