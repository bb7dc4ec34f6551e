/** Remembers the newest keys, at most `most` of them, and says of each whether it is new. */
export function createFirstTime(most: number): (key: string) => boolean {
  const seen = new Set<string>()
  return (key) => {
    if (seen.has(key)) return false
    seen.add(key)
    const oldest = seen.values().next().value
    if (seen.size > most && oldest !== undefined) seen.delete(oldest)
    return true
  }
}
