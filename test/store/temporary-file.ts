import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A place for a database of one test. */
export function temporaryFile(): { file: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-store-'))
  return {
    file: join(folder, 'countersign.sqlite'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
