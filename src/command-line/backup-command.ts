import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { instant } from '../base/clock.ts'
import type { BackedUp } from '../capabilities.ts'
import { type Command, CommandRefused, type FileContext } from './command.ts'

const MEGABYTE = 1_000_000

/** A refusal of the operating system or of SQLite, in words; what is none of theirs is a bug. */
async function copied({ backUp }: FileContext, file: string): Promise<BackedUp> {
  try {
    return await backUp(file)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === undefined && !message.startsWith('the store is damaged')) throw error
    throw new CommandRefused(`No backup was made: ${message}.`)
  }
}

export const backupCommands: Record<string, Command> = {
  backup: {
    usage: 'backup FILE',
    summary: 'Copies the whole store to a new file, also while the service runs. It needs no master key.',
    options: [],
    argument: 'FILE',
    async runUnopened(context, given) {
      const { config, now } = context
      if (config.mongodbUri)
        throw new CommandRefused(
          'This Countersign keeps everything in MongoDB: back that up with its own tools (docs/operating.md says how).',
        )
      const file = resolve(given.argument)
      if (!existsSync(dirname(file))) throw new CommandRefused(`There is no folder ${dirname(file)}.`)
      const made = await copied(context, file)
      if (made.kind === 'taken')
        throw new CommandRefused(
          made.file === file
            ? `${file} is there already, and a backup overwrites nothing. Give another name.`
            : `${made.file} is there: a backup is being written, or one was broken off. If none is, remove it.`,
        )
      const keyFile = join(resolve(config.dataDir), 'master.key')
      const text = [
        `Wrote ${file} (${(made.bytes / MEGABYTE).toFixed(1)} MB), which only you can read: the store as it is now.`,
        `The master key is not in it${existsSync(keyFile) ? `, but in ${keyFile}` : ''}. Keep a copy of that in another place:`,
        'without it nobody can start Countersign on this backup, and whoever has both can sign in its name.',
      ].join('\n')
      return { text, json: { file, bytes: made.bytes, at: instant(now) } }
    },
  },
}
