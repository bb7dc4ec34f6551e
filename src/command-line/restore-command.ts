import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { instant } from '../base/clock.ts'
import { type Command, CommandRefused } from './command.ts'

const MEGABYTE = 1_000_000

/** 2026-11-23T15-30-00Z: an instant, as file systems take it. */
const stampOf = (now: number): string => `${instant(now).slice(0, 19).replaceAll(':', '-')}Z`

export const restoreCommands: Record<string, Command> = {
  restore: {
    usage: 'restore FILE [--replace]',
    summary:
      'Puts a backup in the place of the store, after it was checked. Stop the service first. --replace moves a store that is there aside.',
    options: [],
    flags: ['replace'],
    argument: 'FILE',
    bringsStore: true,
    async runUnopened({ config, now, restore }, given) {
      if (config.mongodbUri)
        throw new CommandRefused(
          'This Countersign keeps everything in MongoDB: restore that with its own tools (docs/operating.md says how).',
        )
      const file = resolve(given.argument)
      const { bytes, schema, moved } = await restore(file, { replace: given.flag('replace'), stamp: stampOf(now) })
      const hasKey = existsSync(join(config.dataDir, 'master.key'))
      const text = [
        `Restored ${file} (${(bytes / MEGABYTE).toFixed(1)} MB) to ${config.dataDir}. It was checked, page by page.`,
        ...(moved.length > 0
          ? [`What was there is now ${moved.join(', ')}. It holds secrets: delete it when nobody needs it.`]
          : []),
        `Start the service with the master key of that time${hasKey ? ', if that is not the one in master.key here' : ''}; then: audit verify.`,
        'Since the backup:',
        '  - phones that were added are unknown: their people need an invitation (invite).',
        '  - what was revoked or removed is back: phones, administrators, API tokens, integrations. Revoke it again.',
        '  - signing keys that were announced are gone: keys list shows which one signs.',
      ].join('\n')
      return { text, json: { file, bytes, schema, moved, at: instant(now) } }
    },
  },
}
