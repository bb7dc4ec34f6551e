// Administration without a browser. Works beside a running service. Exit 0, 1 (refused, with a reason), 2 (usage).
import { existsSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { StartRefused } from './base/start-refused.ts'
import { openCapabilities, storeFile, theWorld } from './capabilities.ts'
import { adminCommands } from './command-line/admin-commands.ts'
import { type Command, CommandRefused, readGiven, UsageError } from './command-line/command.ts'
import { deviceCommands } from './command-line/device-commands.ts'
import { integrationCommands } from './command-line/integration-commands.ts'
import { systemCommands } from './command-line/system-commands.ts'
import { ConfigMistakes, processEnvironment, readConfig } from './config.ts'

const commands: Record<string, Command> = {
  ...integrationCommands,
  ...deviceCommands,
  ...adminCommands,
  ...systemCommands,
}

const usage = (): string =>
  [
    'Usage: countersign COMMAND [--json]',
    'It needs the same environment as the service (COUNTERSIGN_...): see the README.',
    '',
    ...Object.values(commands).flatMap(({ usage, summary }) => [`  ${usage}`, `      ${summary}`]),
  ].join('\n')

/** The command that the first words name, and the words behind it. Throws UsageError. */
function commandOf(words: string[]): { command: Command; rest: string[] } {
  for (const length of [2, 1]) {
    const command = commands[words.slice(0, length).join(' ')]
    if (command) return { command, rest: words.slice(length) }
  }
  const group = Object.values(commands).filter(({ usage }) => usage.startsWith(`${words[0]} `))
  if (group.length > 0) throw new UsageError(`it is one of:\n${group.map(({ usage }) => `  ${usage}`).join('\n')}`)
  throw new UsageError(words.length === 0 ? 'no command' : `there is no command “${words.slice(0, 2).join(' ')}”`)
}

type Streams = { out(text: string): void; err(text: string): void }

/** Runs one command; gives the exit code. */
export async function run(words: string[], { out, err }: Streams): Promise<number> {
  if (words.includes('--help') || words[0] === 'help') {
    out(`${usage()}\n`)
    return 0
  }
  try {
    const { command, rest } = commandOf(words)
    const { given, json } = readGiven(command, rest)
    const config = readConfig(processEnvironment())
    if (!command.makesStore && !existsSync(storeFile(config))) {
      throw new CommandRefused(
        `There is no store in ${config.dataDir}. Set COUNTERSIGN_DATA_DIR, and the other variables, as for the service.`,
      )
    }
    const world = theWorld(config)
    const capabilities = openCapabilities(config, world)
    try {
      const output = await command.run({ config, capabilities, now: world.clock.now() }, given)
      out(json ? `${JSON.stringify(output.json)}\n` : `${output.text}\n`)
      return 0
    } finally {
      await capabilities.stores.close()
    }
  } catch (error) {
    if (error instanceof UsageError) {
      err(`${error.message}\nSee: countersign --help\n`)
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
    throw error
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  // What the reader of a pipe does not want any more is no error of ours.
  process.stdout.on('error', () => process.exit(0))
  process.exitCode = await run(process.argv.slice(2), {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
  })
}
