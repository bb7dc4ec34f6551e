const AUDIT = '/admin/audit'
const EXPORT = `${AUDIT}/export`

/**
 * Where a browser may be led after signing in: a page of the console, as the request names it, else its start. Never to
 * another site, whatever tricks the text plays with slashes, backslashes or dots; and to a page only: not into a download
 * that goes on record in the name of who signed in, which a link elsewhere may have asked for.
 */
export function backTo(asked: unknown, publicUrl: string): string {
  const start = '/admin/'
  if (typeof asked !== 'string' || asked.length > 1024 || !URL.canParse(asked, publicUrl)) return start
  const { origin, pathname, search, searchParams } = new URL(asked, publicUrl)
  const isPage = origin === publicUrl && pathname.startsWith('/admin/') && !pathname.startsWith('/admin/sign-in')
  if (!isPage) return start
  if (pathname !== EXPORT) return `${pathname}${search}`
  // What would be exported, shown; the button that exports it is there.
  searchParams.delete('format')
  return searchParams.size === 0 ? AUDIT : `${AUDIT}?${searchParams}`
}
