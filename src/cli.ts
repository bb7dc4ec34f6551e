// Administration without a browser. Works beside a running service. Exit 0, 1 (refused, with a reason), 2 (usage).
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { isRefusal } from './base/refusal.ts'
import { StartRefused } from './base/start-refused.ts'
import {
  backUpStore,
  copyStore,
  type Destination,
  openCapabilities,
  restoreStore,
  storeFile,
  theWorld,
  VERSION,
} from './capabilities.ts'
import { adminCommands } from './command-line/admin-commands.ts'
import { auditCommands } from './command-line/audit-commands.ts'
import { backupCommands } from './command-line/backup-command.ts'
import {
  type Command,
  CommandRefused,
  type Given,
  type Output,
  readGiven,
  type Streamed,
  UsageError,
} from './command-line/command.ts'
import { copyCommands } from './command-line/copy-command.ts'
import { deviceCommands } from './command-line/device-commands.ts'
import { integrationCommands } from './command-line/integration-commands.ts'
import { keyCommands } from './command-line/key-commands.ts'
import { personCommands } from './command-line/person-commands.ts'
import { restoreCommands } from './command-line/restore-command.ts'
import { webhookCommands } from './command-line/webhook-commands.ts'
import { type Config, ConfigMistakes, processEnvironment, readConfig } from './config.ts'

const commands: Record<string, Command> = {
  ...integrationCommands,
  ...deviceCommands,
  ...personCommands,
  ...adminCommands,
  ...keyCommands,
  ...backupCommands,
  ...auditCommands,
  ...webhookCommands,
  ...restoreCommands,
  ...copyCommands,
}

const listOf = (some: Command[]): string =>
  some.flatMap(({ usage, summary }) => [`  ${usage}`, `      ${summary}`]).join('\n')

const usage = (): string =>
  [
    'Usage: countersign COMMAND [--json]',
    'It needs the same environment as the service (COUNTERSIGN_...): see the README.',
    '',
    listOf(Object.values(commands)),
    '',
    'Of one command: countersign COMMAND --help',
  ].join('\n')

/** The command that the first words name, and the words behind it. */
function named(words: string[]): { name: string; command: Command; rest: string[] } | undefined {
  for (const length of [2, 1]) {
    const name = words.slice(0, length).join(' ')
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined
    if (command) return { name, command, rest: words.slice(length) }
  }
  return undefined
}

/** Those that begin with the first word. */
const groupOf = ([first]: string[]): Command[] =>
  Object.values(commands).filter(({ usage }) => usage.startsWith(`${first} `))

/** The same, which must be there. Throws UsageError. */
function commandOf(words: string[]): { command: Command; rest: string[] } {
  const found = named(words)
  if (found) return found
  if (words.length === 0) throw new UsageError('no command')
  const [said, group] = [words.slice(0, 2).join(' '), groupOf(words)]
  if (group.length === 0) throw new UsageError(`there is no command “${said}”`)
  throw new UsageError(`“${said}” is no command. There is:\n${group.map(({ usage }) => `  ${usage}`).join('\n')}`)
}

/** What is told of the words that were typed around a plea for help: the command, its kin, or everything. */
function helpOn(words: string[]): string {
  const rest = words.filter((word) => word !== '--help' && word !== '-h')
  const asked = rest[0] === 'help' ? rest.slice(1) : rest
  const found = named(asked)
  if (found) return `Usage: countersign ${found.command.usage}\n\n${found.command.summary}`
  const group = groupOf(asked)
  return group.length > 0 ? `Usage: countersign COMMAND\n\n${listOf(group)}` : usage()
}

/** Names come from phones: nothing in them may move a terminal's cursor. */
const withoutControls = (text: string): string => text.replace(/[^\P{Cc}\n]/gu, '\ufffd')

type Show = (output: Output | Streamed) => Promise<number>

/** Runs a command with what it needs, the opened store or its file only, and shows what it gives as long as it has that. */
async function showOutputOf(command: Command, given: Given, config: Config, show: Show): Promise<number> {
  const world = theWorld(config)
  if ('runUnopened' in command) {
    const context = {
      ...{ config, now: world.clock.now() },
      backUp: (to: string) => backUpStore(config, to),
      restore: (from: string, options: { replace: boolean; stamp: string }) => restoreStore(config, from, options),
      copyStore: (to: Destination) => copyStore(config, world, to),
    }
    return show(await command.runUnopened(context, given))
  }
  const capabilities = await openCapabilities(config, world)
  try {
    const context = { config, capabilities, now: capabilities.clock.now(), version: VERSION }
    return await show(await command.run(context, given))
  } finally {
    await capabilities.stores.close()
  }
}

/** What is written is waited for: who reads slowly is not run ahead of. */
type Streams = { out(text: string): Promise<void> | void; err(text: string): void }

/** Runs one command; gives the exit code. */
export async function run(words: string[], { out, err }: Streams): Promise<number> {
  if (words.includes('--help') || words.includes('-h') || words[0] === 'help') {
    out(`${helpOn(words)}\n`)
    return 0
  }
  try {
    const { command, rest } = commandOf(words)
    const { given, json } = readGiven(command, rest)
    // What opens no store opens no secret either.
    const config = readConfig(processEnvironment(), { masterKey: !('runUnopened' in command) })
    const makesStore = 'makesStore' in command || 'bringsStore' in command
    if (!makesStore && !config.mongodbUri && !existsSync(storeFile(config))) {
      throw new CommandRefused(
        `There is no store in ${config.dataDir}. Set COUNTERSIGN_DATA_DIR, and the other variables, as for the service.`,
      )
    }
    return await showOutputOf(command, given, config, async (output) => {
      if ('pieces' in output) {
        for await (const piece of output.pieces(json)) await out(piece)
        return 0
      }
      const say = output.isFault && !json ? err : out
      await say(json ? `${JSON.stringify(output.json)}\n` : `${withoutControls(output.text)}\n`)
      return output.isFault ? 1 : 0
    })
  } catch (error) {
    if (error instanceof UsageError) {
      const name = named(words)?.name
      err(`${error.message}\nSee: countersign ${name ? `${name} ` : ''}--help\n`)
      return 2
    }
    if (error instanceof ConfigMistakes) {
      err(`The configuration has mistakes:\n${error.mistakes.map((mistake) => `  - ${mistake}`).join('\n')}\n`)
      return 1
    }
    if (error instanceof CommandRefused || error instanceof StartRefused) {
      err(`${error.message}\n`)
      return 1
    }
    // Of the store, which is away, full or busy.
    if (isRefusal(error)) {
      err(`${error.sentence} (${error.code}: ${error.reason})\n`)
      return 1
    }
    throw error
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
    // What the reader of a pipe does not want any more is no error of ours.
    if (code === 'EPIPE') process.exit()
    process.stderr.write(`The output could not be written (${code}): what is there is not whole.\n`)
    process.exit(1)
  })
  process.exitCode = await run(process.argv.slice(2), {
    async out(text) {
      if (!process.stdout.write(text)) await once(process.stdout, 'drain')
    },
    err: (text) => void process.stderr.write(text),
  })
}
