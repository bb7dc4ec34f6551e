// Texts, JSON and forms, bent: a little most of the time, so that they come far, and beyond recognition now and then.
import type { Chance } from './chance.ts'

/** What has broken parsers before. */
const NASTY = [
  ...[
    '',
    ' ',
    '\u0000',
    '\r\n',
    '\n',
    '\t',
    '%',
    '%00',
    '%2',
    '%u0041',
    '&',
    '=',
    ';',
    '+',
    '"',
    "'",
    '`',
    '\\',
    '/',
    '..',
  ],
  ...[
    '<script>',
    '{{',
    '${',
    '<%',
    '__proto__',
    'constructor',
    'toString',
    'null',
    'undefined',
    'NaN',
    'true',
    '-1',
    '0',
  ],
  ...[
    '9999999999999999999',
    '1e999',
    '0x10',
    '[]',
    '{}',
    '[[[[',
    '{"',
    '\ud800',
    '\udfff',
    '\u202e',
    '\ufeff',
    '\u2028',
  ],
  ...[
    'é',
    '你好',
    '🔑',
    'ﬀ',
    'İ',
    'ß',
    '$where',
    '$gt',
    "' OR 1=1 --",
    '../../etc/passwd',
    'file:///etc/passwd',
    'javascript:1',
  ],
]

export function mutateText(chance: Chance, text: string): string {
  const at = chance.below(text.length + 1)
  switch (chance.below(9)) {
    case 0:
      return text.slice(0, at)
    case 1:
      return text.slice(0, at) + text.slice(at + 1 + chance.below(8))
    case 2:
      return text.slice(0, at) + chance.pick(NASTY) + text.slice(at)
    case 3:
      return text.slice(0, at) + String.fromCharCode(chance.below(0x10000)) + text.slice(at + 1)
    case 4:
      return text.slice(0, at) + text.slice(at).toUpperCase()
    case 5:
      return text + text
    case 6:
      return chance.pick(NASTY)
    case 7:
      return (
        text.slice(0, at) + chance.pick(NASTY).repeat(1 + chance.below(chance.is(0.02) ? 20_000 : 50)) + text.slice(at)
      )
    default:
      return [...text].reverse().join('')
  }
}

/** Some other value of JSON. */
function otherValue(chance: Chance): unknown {
  const values: unknown[] = [
    ...[null, true, false, 0, -1, 1.5, 1e308, Number.MAX_SAFE_INTEGER, '', 'x', [], {}, [null], [[]], { '': '' }],
    ...[{ length: 1e9 }, { toString: 1 }, ['possessionorinherence'], 'a'.repeat(5000), chance.pick(NASTY)],
  ]
  return chance.pick(values)
}

/** Bends a value of JSON: members are changed, left out, doubled, renamed or replaced, at any depth. */
export function mutateJson(chance: Chance, value: unknown): unknown {
  if (chance.is(0.1)) return otherValue(chance)
  if (Array.isArray(value)) {
    if (value.length === 0 || chance.is(0.2)) return [...value, otherValue(chance)]
    const at = chance.below(value.length)
    return value.map((each, i) => (i === at ? mutateJson(chance, each) : each))
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value)
    if (entries.length === 0 || chance.is(0.15)) return { ...value, [chance.pick(NASTY)]: otherValue(chance) }
    const at = chance.below(entries.length)
    if (chance.is(0.2)) return Object.fromEntries(entries.filter((_, i) => i !== at))
    return Object.fromEntries(entries.map(([name, each], i) => [name, i === at ? mutateJson(chance, each) : each]))
  }
  return typeof value === 'string' ? mutateText(chance, value) : otherValue(chance)
}

/** JSON as text, bent as JSON or as text; now and then deeper than anything that is read. */
export function mutateJsonText(chance: Chance, value: unknown): string {
  if (chance.is(0.02)) return '[{"a":'.repeat(1 + chance.below(3000))
  if (chance.is(0.02)) return `{"__proto__":${JSON.stringify(value)}}`
  const bent = JSON.stringify(chance.is(0.8) ? mutateJson(chance, value) : value) ?? ''
  return chance.is(0.25) ? mutateText(chance, bent) : bent
}

export type Pairs = [string, string][]

/** Parameters of a form: values bent, names bent, left out, doubled, in another order. */
export function mutatePairs(chance: Chance, pairs: Pairs): Pairs {
  const at = chance.below(pairs.length)
  const [name = '', value = ''] = pairs[at] ?? []
  const changed = (...put: Pairs): Pairs => pairs.flatMap((pair, i) => (i === at ? put : [pair]))
  switch (chance.below(8)) {
    case 0:
      return changed()
    case 1:
      return changed([name, value], [name, value])
    case 2:
      return changed([mutateText(chance, name), value])
    case 3:
      return [...pairs, [chance.pick(NASTY), chance.pick(NASTY)]]
    case 4:
      return pairs.toReversed()
    default:
      return changed([name, mutateText(chance, value)])
  }
}

/** A compact JWS: its header or payload bent as JSON, a part bent as text, left out or doubled. The signature is not renewed. */
export function mutateJws(chance: Chance, token: string): string {
  const parts = token.split('.')
  const at = chance.below(parts.length)
  const bent = (part: string): string => {
    if (chance.is(0.5)) return mutateText(chance, part)
    try {
      const value = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
      return Buffer.from(mutateJsonText(chance, value)).toString('base64url')
    } catch {
      return mutateText(chance, part)
    }
  }
  if (chance.is(0.1)) return parts.filter((_, i) => i !== at).join('.')
  if (chance.is(0.1)) return [...parts, parts[at]].join('.')
  return parts.map((part, i) => (i === at ? bent(part) : part)).join('.')
}

/** Text of which a path or form can be made: no half of a surrogate pair. */
export const wellFormed = (text: string): string => text.toWellFormed()
/** What a header may carry at all. */
export const printable = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?')
