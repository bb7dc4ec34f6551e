import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { createKeys, type PersistedKeys } from './entra-keys.ts'
import type { Person, Registration } from './registration.ts'
import { type EntraSimulator, startEntraSimulator } from './start-entra-simulator.ts'

type Config = { registrations: Registration[]; people: Person[]; keysFile: string }

const stopWith = (sentence: string): never => {
  process.stderr.write(`${sentence}\n`)
  process.exit(1)
}

function readJson<T>(file: string): T {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T
  } catch (error) {
    return stopWith(`${file} cannot be read as JSON: ${(error as Error).message}.`)
  }
}

async function readOrCreateKeys(file: string): Promise<PersistedKeys> {
  if (existsSync(file)) return readJson(file)
  const keys = await createKeys()
  try {
    writeFileSync(file, JSON.stringify(keys), { mode: 0o600, flag: 'wx' })
    return keys
  } catch (error) {
    return stopWith(`The keys cannot be written to ${file}: ${(error as Error).message}.`)
  }
}

function readPort(name: string, text: string): number {
  const port = Number(text)
  return /^\d+$/.test(text) && port <= 65535 ? port : stopWith(`--${name} ${text} is not a port.`)
}

function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        config: { type: 'string' },
        port: { type: 'string', default: '8090' },
        'application-port': { type: 'string', default: '8091' },
      },
    })
    const applicationPort = readPort('application-port', values['application-port'])
    return { file: values.config, port: readPort('port', values.port), applicationPort }
  } catch (error) {
    return stopWith(`${(error as Error).message}.`)
  }
}

const { file, port, applicationPort } = readArguments()
if (file === undefined) stopWith('Usage: program.ts --config FILE [--port 8090] [--application-port 8091]')
const config = readJson<Config>(file!)
if (!Array.isArray(config.registrations) || !Array.isArray(config.people) || typeof config.keysFile !== 'string') {
  stopWith(`${file} must hold registrations, people and keysFile.`)
}
const keys = await readOrCreateKeys(resolve(dirname(file!), config.keysFile))
const simulator: EntraSimulator = await startEntraSimulator({ ...config, keys, port, applicationPort }).catch(
  (error) =>
    error.code === 'EADDRINUSE'
      ? stopWith(`Port ${error.port} is taken by another program; choose another with --port or --application-port.`)
      : stopWith(`The simulator cannot start: ${error.message}.`),
)

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => void simulator.close().then(() => process.exit(0)))
}
const { authority, applicationUrl } = simulator
process.stdout.write(`${JSON.stringify({ ready: true, authority, application: applicationUrl })}\n`)
