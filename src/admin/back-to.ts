/**
 * Where a browser may be led after signing in: a page of the console, as the request names it, else its start. Never to
 * another site, whatever tricks the text plays with slashes, backslashes or dots.
 */
export function backTo(asked: unknown, publicUrl: string): string {
  const start = '/admin/'
  if (typeof asked !== 'string' || asked.length > 1024 || !URL.canParse(asked, publicUrl)) return start
  const { origin, pathname, search } = new URL(asked, publicUrl)
  const isPage = origin === publicUrl && pathname.startsWith('/admin/') && !pathname.startsWith('/admin/sign-in')
  return isPage ? `${pathname}${search}` : start
}
