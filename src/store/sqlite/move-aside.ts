// Files that make way for others, and come back when those do not come.
import { existsSync, renameSync } from 'node:fs'
import { StartRefused } from '../../base/start-refused.ts'

export type Aside = {
  /** Where the files are now. */
  moved: string[]
  /** Gives them their names back, the last of what is done here: the error says why, and where what was there is now. */
  refused(reason: string): StartRefused
}

/**
 * Moves `file`, with what lies beside it under these ends of its name, to `aside`. Throws StartRefused when one of them cannot
 * be moved; those before it are back then, or the error names where they are.
 */
export function moveAside(file: string, aside: string, ends: readonly string[]): Aside {
  const away: string[] = []

  function refused(reason: string): StartRefused {
    const words = `${reason}: nothing was restored.`
    if (away.length === 0) return new StartRefused(words)
    // In their order, and none after one that cannot: a log without its store is worth nothing.
    while (away[0] !== undefined && isBack(`${aside}${away[0]}`, `${file}${away[0]}`)) away.shift()
    if (away.length === 0) return new StartRefused(`${words} What was there is in its place again.`)
    const left = away.map((end) => `${aside}${end} (was ${file}${end})`).join(', ')
    return new StartRefused(`${words} What was there is now ${left}. Give it its name back, or restore again.`)
  }

  for (const end of ends) {
    try {
      renameSync(`${file}${end}`, `${aside}${end}`)
      away.push(end)
    } catch (error) {
      throw refused(`${file}${end} cannot be moved aside (${(error as Error).message})`)
    }
  }
  return { moved: ends.map((end) => `${aside}${end}`), refused }
}

/** What somebody else put there meanwhile is not overwritten. */
function isBack(from: string, to: string): boolean {
  if (existsSync(to)) return false
  try {
    renameSync(from, to)
    return true
  } catch {
    return false
  }
}
