// The code a person types when the phone cannot scan: 12 characters of Crockford's base32.
const SHAPE = /^[0-9A-HJKMNP-TV-Z]{12}$/

/** The code as it is shown (`XXXX-XXXX-XXXX`), or nothing when what was typed cannot be one. */
export function readShortCode(typed: string): string | undefined {
  const code = typed
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[\s\p{Dash_Punctuation}]/gu, '')
    .replaceAll('O', '0')
    .replace(/[IL]/g, '1')
  return SHAPE.test(code) ? code.replace(/(.{4})(?=.)/g, '$1-') : undefined
}

/** The ticket of a link that was opened, or pasted where the code belongs. */
export function readTicket(link: string): string | undefined {
  return /#ticket=([\w-]{8,64})$/.exec(link.trim())?.[1]
}
